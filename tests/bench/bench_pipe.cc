// obs-pipe beside jq, Miller, grep and wc, and beside a bare simdjson pass, over one file of
// obs-record lines of about 340 bytes; see DESIGN's marks.
//
//   bench_pipe [OBS-PIPE [MEGABYTES]]      default: build/bin/obs-pipe, 400
//
// Medians of several runs, in megabytes of input a second. jq and Miller read a slice of the file,
// since they would take minutes for all of it; what is not installed is left out.

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <simdjson.h>

#include "libobs/base/clock.h"

namespace {

constexpr int kRuns = 5;
constexpr std::size_t kSliceMegabytes = 20;
constexpr double kMegabyte = 1e6;

std::string make_line(std::mt19937_64& random, int i) {
  constexpr const char* kServices[] = {"checkout",  "cart",     "payments", "search", "frontend",
                                       "inventory", "shipping", "auth",     "email",  "ads"};
  constexpr const char* kRoutes[] = {"/pay",    "/cart",  "/items",
                                     "/search", "/login", "/orders/{id}"};
  constexpr const char* kLevels[] = {"info", "info", "info", "info",
                                     "info", "info", "warn", "error"};
  constexpr int kNumbers[] = {9, 9, 9, 9, 9, 9, 13, 17};
  const auto level = random() % 8;
  return fmt::format(
      R"({{"signal":"log","time":"2026-11-22T10:{:02}:{:02}.{:09}Z","service":"{}","severity":"{}",)"
      R"("severity_number":{},"body":"request {} finished in {} ms","trace_id":"{:016x}{:016x}",)"
      R"("span_id":"{:016x}","attributes":{{"http.route":"{}","http.status":{},)"
      R"("duration_ms":{:.6f},"user.id":"{}"}},"resource":{{"host.name":"web-{}"}}}})"
      "\n",
      i / 60000 % 60, i / 1000 % 60, random() % 1000000000, kServices[random() % 10],
      kLevels[level], kNumbers[level], i, random() % 2000, random(), random(), random(),
      kRoutes[random() % 6], random() % 4 == 0 ? 500 : 200,
      static_cast<double>(random() % 1000000000) / 1e6, random() % 5000, random() % 9);
}

// Writes about so many megabytes, and says how many it became.
double make_file(const std::string& path, std::size_t megabytes) {
  std::mt19937_64 random(20261122);
  std::ofstream out(path, std::ios::binary);
  double size = 0;
  for (int i = 0; size < static_cast<double>(megabytes) * kMegabyte; ++i) {
    const std::string line = make_line(random, i);
    out << line;
    size += static_cast<double>(line.size());
  }
  return size / kMegabyte;
}

// Seconds, or 0 when the command fails.
double run_once(const std::string& command) {
  const obs::Duration begin = obs::system_clock().monotonic();
  const int status = std::system((command + " >/dev/null 2>&1").c_str());
  const obs::Duration taken = obs::system_clock().monotonic() - begin;
  const bool fine = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  return fine ? static_cast<double>(taken) / 1e9 : 0;
}

double median_seconds(const std::string& command, int runs) {
  std::vector<double> taken;
  for (int i = 0; i < runs; ++i) taken.push_back(run_once(command));
  std::sort(taken.begin(), taken.end());
  return taken[taken.size() / 2];
}

struct Bench {
  std::string pipe;
  std::string file;
  std::string slice;
  double megabytes;
  double slice_megabytes;

  void row(const char* name, const std::string& command, bool on_slice = false) const {
    const std::string& input = on_slice ? slice : file;
    const double seconds = median_seconds(
        fmt::format(fmt::runtime(command), fmt::arg("pipe", pipe), fmt::arg("file", input)),
        on_slice ? 1 : kRuns);
    if (seconds == 0) return;
    const double speed = (on_slice ? slice_megabytes : megabytes) / seconds;
    fmt::print("  {:<34} {:>8.0f} MB/s   {:>8.3f} s\n", name, speed, seconds);
  }
};

// All documents opened, one field read: what any JSON tool pays at least on one core.
void bare_simdjson(const Bench& bench) {
  const obs::Duration begin = obs::system_clock().monotonic();
  simdjson::padded_string text = simdjson::padded_string::load(bench.file);
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document_stream documents;
  if (parser.iterate_many(text).get(documents) != simdjson::SUCCESS) return;
  std::size_t found = 0;
  for (auto document : documents) {
    std::string_view service;
    if (document["service"].get(service) == simdjson::SUCCESS) found += service == "checkout";
  }
  const double seconds = static_cast<double>(obs::system_clock().monotonic() - begin) / 1e9;
  fmt::print("  {:<34} {:>8.0f} MB/s   {:>8.3f} s   ({} found)\n", "simdjson on-demand, one core",
             bench.megabytes / seconds, seconds, found);
}

void filter(const Bench& bench) {
  fmt::print("filter on a string field\n");
  bench.row("obs-pipe", R"({pipe} 'where service == "checkout"' {file})");
  bench.row("obs-pipe, one thread", R"({pipe} --threads 1 'where service == "checkout"' {file})");
  // Through a pipe, since grep stops at the first hit when it writes to /dev/null.
  bench.row("grep, same literal", R"(LC_ALL=C grep -F '"service":"checkout"' {file} | cat)");
  bench.row("jq", R"(jq -c 'select(.service == "checkout")' {file})", true);
  bench.row("mlr", R"(mlr --ojsonl --ijsonl filter '$service == "checkout"' {file})", true);
  bare_simdjson(bench);
  fmt::print("on a pipe\n");
  bench.row("cat | wc -c", "cat {file} | wc -c");
  bench.row("cat | obs-pipe", R"(cat {file} | {pipe} 'where service == "checkout"')");
  bench.row("cat | obs-pipe, count by two",
            "cat {file} | {pipe} 'stats count() by service, severity'");
  bench.row("cat | obs-pipe, p95 by one",
            "cat {file} | {pipe} 'stats p95(attributes.duration_ms) by service'");
}

void gather(const Bench& bench) {
  fmt::print("count by two fields\n");
  bench.row("obs-pipe", "{pipe} 'stats count() by service, severity' {file}");
  bench.row("jq", "jq -nc 'reduce inputs as $r ({{}}; .[$r.service + $r.severity] += 1)' {file}",
            true);
  bench.row("mlr", "mlr --ijsonl --ojson count -g service,severity {file}", true);
  fmt::print("p95 by field\n");
  bench.row("obs-pipe", "{pipe} 'stats p95(duration_ms) by service' {file}");
  bench.row("obs-pipe, attribute said exactly",
            "{pipe} 'stats p95(attributes.duration_ms) by service' {file}");
  bench.row(
      "mlr",
      "mlr --ijsonl --ojson flatten -s : then stats1 -a p95 -f attributes:duration_ms -g service "
      "{file}",
      true);
}

void reshape(const Bench& bench) {
  fmt::print("parse regex, then count\n");
  bench.row("obs-pipe",
            R"x({pipe} 'parse regex "finished in (?P<ms>[0-9]+)" | stats count() by ms' {file})x");
  bench.row(
      "mlr",
      R"x(mlr --ijsonl --ojson put -q 'if ($body =~ "finished in ([0-9]+)") {{@c["\1"] += 1}} )x"
      R"x(end {{emit @c}}' {file})x",
      true);
  fmt::print("other work\n");
  bench.row("set", "{pipe} 'set x = 1' {file}");
  bench.row("keep", "{pipe} 'keep service, body' {file}");
  bench.row("redact all", "{pipe} 'redact all' {file}");
  bench.row("--pretty", "{pipe} --pretty 'where true' {file} | cat");
  bench.row("-o logfmt", "{pipe} -o logfmt 'where true' {file} | cat");
  bench.row("-o csv", "{pipe} -o csv 'keep time, service, body' {file} | cat");
  bench.row("--merge of two", "{pipe} --merge 'where severity == error' {file} {file} | cat");
  bench.row("sort", "{pipe} 'sort -duration_ms' {file} | cat");
  bench.row("sort in 16 MiB", "{pipe} --memory 16MiB 'sort -duration_ms' {file} | cat");
  bench.row("p95 in 1 MiB", "{pipe} --memory 1MiB 'stats p95(duration_ms) by service' {file}");
  bench.row("sort, head", "{pipe} 'sort -duration_ms | head 10' {file}");
  bench.row("cold start", "{pipe} 'head 0' /dev/null");
}

}  // namespace

int main(int argc, char** argv) {
  Bench bench;
  bench.pipe = argc > 1 ? argv[1] : "build/bin/obs-pipe";
  bench.file = fmt::format("/tmp/bench_pipe.{}.ndjson", ::getpid());
  bench.slice = bench.file + ".slice";
  bench.megabytes = make_file(bench.file, argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 400);
  bench.slice_megabytes = make_file(bench.slice, kSliceMegabytes);
  fmt::print("{:.0f} MB of lines\n", bench.megabytes);
  filter(bench);
  gather(bench);
  reshape(bench);
  std::remove(bench.file.c_str());
  std::remove(bench.slice.c_str());
}
