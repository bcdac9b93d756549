// bench_ingest: what it costs obs-ingest to take a million records, how long a request waits for
// its answer, and what becomes of it when more is sent than it can take.
//
//   bench_ingest [--records N] [--connections N] [--logs --grpc …] [OBS-INGEST [ADDRESS]]
//   bench_ingest --latency [--seconds N] [--connections N] [--rate N] [--logs …]
//                [OBS-INGEST [ADDRESS…]]
//   bench_ingest --overload [--seconds N] [--connections N] [--memory SIZE] [--logs …]
//                [OBS-INGEST [ADDRESS…]]
//
// Starts that program (default: obs-ingest beside this one) with `--to ADDRESS` and sends it
// requests of a thousand records over keep-alive connections on loopback.
//
// The first prints CPU seconds of the process's whole life, as the kernel tells, for each protocol
// or for those named, into null:; beside it the bare decoder, and a bare server of libuv's that
// reads the same bytes and discards them.
//
// The second finds what the program sustains with eight senders, or takes --rate for it (requests a
// second), then offers half and a quarter of that, and prints how long requests waited; beside it
// the same load on the bare server. A redis: address may name a stream, so that something can
// consume it meanwhile.
//
// The third offers once, twice and four times what it sustains, and prints what was accepted and
// refused, the largest resident size, and for dir: and redis: whether what was accepted is there.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include <unistd.h>

#include <fmt/format.h>

#include "tests/bench/ingest_daemon.h"
#include "tests/bench/ingest_load.h"
#include "tests/bench/ingest_request.h"
#include "tests/bench/measure.h"

namespace {

namespace fs = std::filesystem;
using namespace obs::bench;

enum class Mode { kCost, kLatency, kOverload };

struct Options {
  Mode mode = Mode::kCost;
  std::size_t records = 1'000'000;
  std::size_t connections = 0;  // 0: as many as the mode has by default.
  std::size_t seconds = 10;
  double rate = 0;  // What can be taken at most; 0: to be found.
  std::string memory = "768MiB";
  std::vector<std::string> flags;  // Of the requests to send; empty: all, or the first.
  fs::path program;
  std::vector<std::string> to;
};

fs::path beside_us(const char* name) {
  return fs::read_symlink("/proc/self/exe").parent_path() / name;
}

Options parse(int argc, char** argv) {
  Options options;
  options.program = beside_us("obs-ingest");
  const std::vector<std::string> words(argv + 1, argv + argc);
  bool has_program = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    const auto value = [&] { return ++i < words.size() ? words[i] : std::string("0"); };
    if (word == "--records") {
      options.records = std::stoul(value());
    } else if (word == "--connections") {
      options.connections = std::stoul(value());
    } else if (word == "--seconds") {
      options.seconds = std::stoul(value());
    } else if (word == "--rate") {
      options.rate = std::stod(value());
    } else if (word == "--memory") {
      options.memory = value();
    } else if (word == "--latency") {
      options.mode = Mode::kLatency;
    } else if (word == "--overload") {
      options.mode = Mode::kOverload;
    } else if (word.starts_with("--")) {
      options.flags.push_back(word);
    } else if (has_program) {
      options.to.push_back(word);
    } else {
      options.program = word;
      has_program = true;
    }
  }
  return options;
}

std::vector<IngestRequest> choose(const Options& options) {
  std::vector<IngestRequest> requests = ingest_requests();
  if (options.flags.empty()) return requests;
  std::erase_if(requests, [&](const IngestRequest& request) {
    return std::find(options.flags.begin(), options.flags.end(), request.flag) ==
           options.flags.end();
  });
  if (requests.empty()) throw std::runtime_error("no such option: " + options.flags.front());
  return requests;
}

constexpr std::size_t kFewSenders = 4;     // For costs;
constexpr std::size_t kSendersAtMost = 8;  // to find what can be taken at most;
constexpr std::size_t kSenders = 16;       // for latencies;
constexpr std::size_t kManySenders = 64;   // for more than can be taken.

double millions(const Options& options) { return static_cast<double>(options.records) / 1e6; }

Load all_of_it(const Options& options, int port) {
  Load load;
  load.port = port;
  load.connections = options.connections > 0 ? options.connections : kFewSenders;
  load.requests = options.records / kRequestRecords;
  return load;
}

double cost_of_bare_server(const Options& options, IngestRequest request) {
  request.grpc = false;  // It speaks HTTP/1.1 alone.
  Daemon bare = Daemon::start_bare();
  run_load(request, all_of_it(options, bare.port()));
  return bare.stop().cpu() / millions(options);
}

double cost_of_decoder(const Options& options, const IngestRequest& request) {
  const std::clock_t start = std::clock();
  for (std::size_t i = 0; i < options.records / kRequestRecords; ++i) {
    if (request.decode(request.body) != kRequestRecords)
      throw std::runtime_error("records were lost: " + request.name);
  }
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC / millions(options);
}

void print_cost(const Options& options, const IngestRequest& request) {
  Daemon daemon = Daemon::start(options.program, options.to.empty() ? "null:" : options.to.front());
  const LoadResult result = run_load(request, all_of_it(options, daemon.port()));
  const Usage used = daemon.stop();
  if (used.exit_status != 0 || result.other > 0)
    throw std::runtime_error(request.name + ": obs-ingest failed");
  fmt::print("  {:<20} {:5.3f} {:<6} {:5.3f}  {:5.3f}   {:6.0f} k/s  {:6} KiB  {} B a record\n",
             request.name, used.cpu() / millions(options),
             request.mark > 0 ? fmt::format("({})", request.mark) : "",
             cost_of_decoder(options, request), cost_of_bare_server(options, request),
             result.rate() * kRequestRecords / 1e3, used.most_kib,
             request.body.size() / kRequestRecords);
  std::fflush(stdout);
}

void print_costs(const Options& options) {
  fmt::print(
      "CPU s a million records: obs-ingest (mark), its decoder alone, a server that discards;\n"
      "then what came through, and the largest resident size\n");
  for (const IngestRequest& request : choose(options)) print_cost(options, request);
}

// A place for one run, gone at its end.
class Place {
 public:
  explicit Place(const std::string& address) : address_(address) {
    if (address == "dir:") {
      dir_ = fs::temp_directory_path() / fmt::format("bench_ingest.{}.store", getpid());
      fs::remove_all(dir_);
      address_ += dir_.string();
    }
    const std::size_t named = address.find("stream=");
    if (named != address.npos) {
      name_ = address.substr(named + 7, address.find('&', named) - named - 7);
    } else if (address.starts_with("redis:")) {
      name_ = fmt::format("bench{}", getpid());
      address_ += (address.find('?') == address.npos ? "?stream=" : "&stream=") + name_;
    }
  }
  ~Place() {
    if (!dir_.empty()) fs::remove_all(dir_);
    if (!name_.empty()) forget_stream();
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  const std::string& address() const { return address_; }

  // How many records lie there; -1: it cannot be asked.
  long records() const {
    if (!dir_.empty())
      return ask(fmt::format("{} --store dir:{} -o csv sql 'SELECT count(*) FROM logs' | tail -1",
                             beside_us("obs-query").string(), dir_.string()));
    if (!name_.empty())
      return ask(redis("eval \"local n=0 for i=0,63 do n=n+redis.call('XLEN',"
                       "string.format('%s:%02d',ARGV[1],i)) end return n\" 0 " +
                       name_)) *
             static_cast<long>(kRequestRecords);
    return -1;
  }

 private:
  static long ask(const std::string& command) {
    FILE* const pipe = ::popen(command.c_str(), "r");
    char line[64] = "-1";
    if (pipe == nullptr || std::fgets(line, sizeof line, pipe) == nullptr) return -1;
    ::pclose(pipe);
    return std::atol(line);
  }
  std::string redis(const std::string& command) const {
    return fmt::format("redis-cli -u {} {}", address_.substr(0, address_.find('?')), command);
  }
  void forget_stream() const {
    (void)ask(
        redis("eval \"for i=0,63 do redis.call('DEL',"
              "string.format('%s:%02d',ARGV[1],i)) end return 0\" 0 " +
              name_));
  }

  std::string address_;
  fs::path dir_;
  std::string name_;
};

Load for_a_time(const Options& options, int port, std::size_t connections, double rate) {
  Load load;
  load.port = port;
  load.connections = options.connections > 0 ? options.connections : connections;
  load.time = static_cast<obs::Duration>(options.seconds) * obs::kSecond;
  load.rate = rate;
  return load;
}

// Requests a second that eight senders bring, each with one request on its way.
double find_most(const Options& options, const IngestRequest& request, const std::string& address,
                 const std::vector<std::string>& settings) {
  const Place place(address);
  Daemon daemon = Daemon::start(options.program, place.address(), settings);
  Load load = for_a_time(options, daemon.port(), kSendersAtMost, 0);
  load.connections = kSendersAtMost;
  const double rate = run_load(request, load).rate();
  daemon.stop();
  return rate;
}

void print_latencies(std::string_view of, const LoadResult& result) {
  fmt::print(
      "  {:<30} {:4.0f} k/s  p50 {:6.2f}  p95 {:6.2f}  p99 {:6.2f}  p99.9 {:6.2f}  most {:6.2f} "
      "ms{}\n",
      of, result.rate() * kRequestRecords / 1e3, result.milliseconds(0.5),
      result.milliseconds(0.95), result.milliseconds(0.99), result.milliseconds(0.999),
      result.milliseconds(1),
      result.refused > 0 ? fmt::format("   {} refused", result.refused) : "");
  std::fflush(stdout);
}

void print_latency_at(const Options& options, const IngestRequest& request,
                      const std::string& address, double rate, std::string_view share) {
  const Place place(address);
  Daemon daemon = Daemon::start(options.program, place.address());
  const Load load = for_a_time(options, daemon.port(), kSenders, rate);
  print_latencies(fmt::format("obs-ingest, {}", share), run_load(request, load));
  daemon.stop();
  IngestRequest plain = request;
  plain.grpc = false;
  Daemon bare = Daemon::start_bare();
  print_latencies(fmt::format("a server that discards, {}", share),
                  run_load(plain, for_a_time(options, bare.port(), kSenders, rate)));
}

void print_latency(const Options& options, const IngestRequest& request,
                   const std::string& address) {
  const double most = options.rate > 0 ? options.rate : find_most(options, request, address, {});
  fmt::print("{} to {}: {:.0f} k/s at most; of that a share, and how long a request of {} waits\n",
             request.name, address, most * kRequestRecords / 1e3, kRequestRecords);
  print_latency_at(options, request, address, most / 2, "a half");
  print_latency_at(options, request, address, most / 4, "a quarter");
}

void print_load(const Options& options, const IngestRequest& request, const std::string& address,
                double rate, const std::string& of) {
  const Place place(address);
  Daemon daemon = Daemon::start(options.program, place.address(), {"--memory", options.memory});
  Load load = for_a_time(options, daemon.port(), kManySenders, rate);
  load.retry = false;
  std::size_t most_kib = 0;
  load.sample = [&] { most_kib = std::max(most_kib, daemon.resident_kib()); };
  const LoadResult result = run_load(request, load);
  const bool clean = daemon.stop().exit_status == 0;
  const long there = place.records();
  const long accepted = static_cast<long>(result.accepted * kRequestRecords);
  fmt::print(
      "  {:<4} {:6.0f} k/s accepted  {:6} refused ({} without a time)  {:6} unsent  {} closed  "
      "{} otherwise  p99 {:4.0f} ms  {:4} MiB  {}{}\n",
      of, result.rate() * kRequestRecords / 1e3, result.refused, result.unannounced, result.unsent,
      result.closed, result.other, result.milliseconds(0.99), most_kib / 1024,
      there < 0           ? ""
      : there == accepted ? "all of it is there"
                          : fmt::format("{} accepted, {} there", accepted, there),
      clean ? "" : "; ended badly");
  std::fflush(stdout);
}

void print_overload(const Options& options, const IngestRequest& request,
                    const std::string& address) {
  const double most = find_most(options, request, address, {"--memory", options.memory});
  fmt::print("{} to {} with --memory {}: {:.0f} k/s at most\n", request.name, address,
             options.memory, most * kRequestRecords / 1e3);
  for (const int times : {1, 2, 4})
    print_load(options, request, address, most * times, fmt::format("{}x", times));
}

void run(const Options& options) {
  if (options.mode == Mode::kCost) return print_costs(options);
  std::vector<IngestRequest> requests = choose(options);
  if (options.flags.empty()) requests.resize(1);
  for (const IngestRequest& request : requests) {
    for (const std::string& address :
         options.to.empty() ? std::vector<std::string>{"dir:"} : options.to) {
      if (options.mode == Mode::kLatency) print_latency(options, request, address);
      if (options.mode == Mode::kOverload) print_overload(options, request, address);
    }
  }
}

}  // namespace

int main(int argc, char** argv) try {
  run(parse(argc, argv));
  return 0;
} catch (const std::exception& problem) {
  fmt::print(stderr, "bench_ingest: {}\n", problem.what());
  return 1;
}
