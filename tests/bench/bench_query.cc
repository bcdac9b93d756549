// bench_query: what a resident process answers in, over 24 hours of logs and spans: typed scans and
// counts, each beside bare DuckDB over the same files. Arguments: millions of logs and of spans
// (2), and a directory to keep the store in (none: a temporary one).

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <future>
#include <random>
#include <thread>

#include <fmt/format.h>

#include "libobs/store/scan.h"
#include "libobs/store/writer.h"
#include "tests/unit/base/temporary_dir.h"

namespace {

using namespace obs;
using model::Batch;
using model::Signal;
using model::Value;

constexpr Timestamp kBegin = 1'795'305'600'000'000'000;  // 2026-11-22T00:00:00Z
constexpr std::size_t kRecords = 5000;                   // A batch.
constexpr int kServices = 20;
constexpr int kRounds = 7;

template <class T>
T check(Result<T> result) {
  if (result) return *std::move(result);
  fmt::print(stderr, "bench_query: {}\n", result.error().message);
  std::exit(1);
}

// A day of records, evenly spread: services, routes, users, request ids, a trace for each eight.
class Day {
 public:
  Day(Signal signal, std::size_t records)
      : signal_(signal), step_(kDay / static_cast<Duration>(records)) {}

  model::BatchPtr next() {
    auto batch = std::make_shared<Batch>();
    batch->signal = signal_;
    batch->received = kBegin + static_cast<Timestamp>(made_) * step_;
    for (std::uint32_t i = 0; i < kServices; ++i) add_service(*batch, i);
    for (std::size_t i = 0; i < kRecords; ++i) {
      signal_ == Signal::kLogs ? add_log(*batch) : add_span(*batch);
      ++made_;
    }
    model::assign_id(*batch);
    return batch;
  }

 private:
  static Value text(Batch& batch, const std::string& value) {
    return Value::string(batch.arena->copy(value));
  }

  static void add_service(Batch& batch, std::uint32_t i) {
    const model::KeyValue attributes[] = {
        {"service.name", text(batch, fmt::format("service-{}", i))},
        {"host.name", text(batch, fmt::format("host-{}", i % 7))}};
    model::Resource resource;
    resource.attributes = batch.arena->copy_array(std::span<const model::KeyValue>(attributes));
    resource.service = model::find_service(resource.attributes);
    batch.resources.push_back(resource);
    batch.scopes.emplace_back().resource = i;
  }

  model::Attributes attributes(Batch& batch) {
    const model::KeyValue all[] = {
        {"http.route", text(batch, fmt::format("/api/v1/resource/{}", random_() % 40))},
        {"http.status", Value::integer(static_cast<std::int64_t>(200 + random_() % 5))},
        {"user.id", text(batch, std::to_string(random_() % 100'000))},
        {"tenant.id", text(batch, fmt::format("tenant-{}", random_() % 50))},
        {"request.id", text(batch, fmt::format("{:016x}", random_()))},
        {"k8s.pod", text(batch, fmt::format("pod-{}", random_() % 200))}};
    return batch.arena->copy_array(std::span<const model::KeyValue>(all));
  }

  model::TraceId trace() const {
    std::mt19937_64 random(made_ / 8 + 1);
    model::TraceId id;
    for (std::size_t at = 0; at < 16; at += 8) {
      const std::uint64_t bits = random();
      std::memcpy(id.bytes.data() + at, &bits, 8);
    }
    return id;
  }

  Timestamp time() const { return kBegin + static_cast<Timestamp>(made_) * step_; }

  void add_log(Batch& batch) {
    auto& logs = batch.logs;
    logs.time.push_back(time());
    logs.time_source.push_back(model::TimeSource::kSender);
    logs.observed_time.push_back(time());
    logs.scope.push_back(static_cast<std::uint32_t>(random_() % kServices));
    logs.severity_number.push_back(random_() % 100 == 0 ? 17 : 9);
    logs.severity_text.emplace_back();
    std::string body = fmt::format(
        "request {:016x} to upstream cluster took {} ms, {} bytes sent after {} retries, status "
        "settled",
        random_(), random_() % 3000, random_() % 100'000, random_() % 5);
    if (made_ % 1'000'003 == 1000) body += " needle7f3a9c";
    logs.body.push_back(text(batch, body));
    logs.event_name.emplace_back();
    logs.attributes.push_back(attributes(batch));
    logs.dropped_attributes_count.push_back(0);
    logs.flags.push_back(0);
    logs.trace_id.push_back(trace());
    logs.span_id.emplace_back();
  }

  void add_span(Batch& batch) {
    auto& spans = batch.spans;
    spans.time.push_back(time());
    spans.time_source.push_back(model::TimeSource::kSender);
    spans.duration.push_back(static_cast<Duration>(random_() % (2 * kSecond)));
    spans.scope.push_back(static_cast<std::uint32_t>(random_() % kServices));
    spans.trace_id.push_back(trace());
    model::SpanId id;
    const std::uint64_t bits = random_();
    std::memcpy(id.bytes.data(), &bits, 8);
    spans.span_id.push_back(id);
    spans.parent_span_id.emplace_back();
    spans.name.push_back(batch.arena->copy(fmt::format("GET /api/v1/resource/{}", random_() % 40)));
    spans.kind.push_back(2);
    spans.status_code.push_back(random_() % 50 == 0 ? 2 : 0);
    spans.status_message.emplace_back();
    spans.trace_state.emplace_back();
    spans.flags.push_back(0);
    spans.attributes.push_back(attributes(batch));
    spans.events.emplace_back();
    spans.links.emplace_back();
    spans.dropped_attributes_count.push_back(0);
    spans.dropped_events_count.push_back(0);
    spans.dropped_links_count.push_back(0);
  }

  const Signal signal_;
  const Duration step_;
  std::size_t made_ = 0;
  std::mt19937_64 random_{7};
};

void fill(const std::string& dir, std::size_t records) {
  Registry registry;
  store::WriterOptions options;
  options.flush_age = kHour;
  auto writer = check(store::Writer::open(system_fs(), system_clock(), dir, registry, options));
  for (const Signal signal : {Signal::kLogs, Signal::kSpans}) {
    Day day(signal, records);
    for (std::size_t made = 0; made < records; made += kRecords) {
      for (;;) {
        std::promise<Result<void>> acked;
        writer->write(day.next(), [&](Result<void> result) { acked.set_value(std::move(result)); });
        if (acked.get_future().get()) break;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));  // It asks to wait.
      }
    }
    if (auto flushed = writer->flush(); !flushed) check(Result<int>(fail(flushed.error())));
  }
  if (auto closed = writer->close(); !closed) check(Result<int>(fail(closed.error())));
}

std::uint64_t drain(store::RowStream& rows) {
  std::uint64_t count = 0;
  std::span<const model::Value> row;
  while (check(rows.next(row))) ++count;
  return count;
}

struct Timed {
  double ms = 0;
  std::uint64_t rows = 0;
};

Timed measure(const std::function<std::uint64_t()>& work) {
  std::vector<double> took;
  Timed timed;
  for (int i = 0; i < kRounds; ++i) {
    const auto start = std::chrono::steady_clock::now();
    timed.rows = work();
    took.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
            .count());
  }
  std::sort(took.begin(), took.end());
  timed.ms = took[took.size() / 2];
  return timed;
}

// A store being asked, and a DuckDB that knows only its files.
class Bench {
 public:
  explicit Bench(const std::string& dir)
      : session_(check(store::Session::open(system_fs(), dir, {}))),
        database_(check(store::Database::open({}))),
        bare_(check(database_->connect())),
        dir_(dir) {
    if (auto done = session_->refresh(); !done) check(Result<int>(fail(done.error())));
  }

  void run(std::string_view what, const std::function<std::uint64_t()>& ours,
           const std::string& theirs) {
    const Timed timed = measure(ours);
    const Timed bare = measure([&] { return drain(*check(bare_->query(expand(theirs)))); });
    fmt::print("{:<34} {:>9.1f} ms {:>9.1f} ms bare {:>8} rows{}\n", what, timed.ms, bare.ms,
               timed.rows, timed.rows == bare.rows ? "" : fmt::format(" (bare: {})", bare.rows));
  }

  std::uint64_t logs(const store::LogScan& scan) {
    return drain(*check(scan_logs(*session_, scan)));
  }
  std::uint64_t spans(const store::SpanScan& scan) {
    return drain(*check(scan_spans(*session_, scan)));
  }
  std::uint64_t sql(const std::string& sql) {
    return drain(*check(session_->connection().query(sql)));
  }
  std::uint64_t counts() {
    std::uint64_t cells = 0;
    for (const auto& group : check(session_->count_logs({}))) cells += group.minutes.size();
    return cells;
  }
  // The first cell of the answer.
  std::string text(const std::string& sql) {
    const auto rows = check(bare_->query(expand(sql)));
    std::span<const model::Value> row;
    return check(rows->next(row)) ? std::string(row[0].as_string()) : std::string();
  }
  store::Session& session() { return *session_; }

 private:
  // LOGS and SPANS stand for the files.
  std::string expand(std::string sql) const {
    for (const auto& [word, folder] : {std::pair("LOGS", "logs"), std::pair("SPANS", "spans")}) {
      const std::string files =
          fmt::format("read_parquet('{}/{}/*/*.parquet', union_by_name = true)", dir_, folder);
      for (std::size_t at = sql.find(word); at != std::string::npos; at = sql.find(word, at + 1)) {
        sql.replace(at, std::string_view(word).size(), files);
        at += files.size();
      }
    }
    return sql;
  }

  std::unique_ptr<store::Session> session_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<store::Connection> bare_;
  std::string dir_;
};

template <class Scan>
Scan scan_of(std::vector<std::string> columns) {
  Scan scan;
  scan.columns = std::move(columns);
  return scan;
}

void ask_all(Bench& bench) {
  auto word = scan_of<store::LogScan>({"time", "service", "body"});
  word.filter.phrases = {"needle7f3a9c"};
  bench.run(
      "has a rare word", [&] { return bench.logs(word); },
      "SELECT time, service, body FROM LOGS WHERE contains(body, 'needle7f3a9c')");

  const std::string user = "4242";
  auto attribute = scan_of<store::LogScan>({"time", "service", "body"});
  attribute.filter.attributes = {{"user.id", user}};
  bench.run(
      "rare attribute", [&] { return bench.logs(attribute); },
      "SELECT time, service, body FROM LOGS WHERE \"attributes.user.id\" = '4242'");

  auto newest = scan_of<store::LogScan>({"time", "service", "severity", "body"});
  newest.filter.services = {"service-3"};
  newest.filter.least_severity = 17;
  newest.order = store::ScanOrder::kNewestFirst;
  newest.limit = 100;
  bench.run(
      "newest 100 errors of a service", [&] { return bench.logs(newest); },
      "SELECT time, service, severity, body FROM LOGS WHERE service = 'service-3' AND "
      "severity_number >= 17 ORDER BY time DESC LIMIT 100");

  const std::string id = bench.text(
      "SELECT trace_id FROM SPANS WHERE seq = (SELECT max(seq) // 2 + min(seq) // 2 FROM SPANS)");
  auto trace = scan_of<store::SpanScan>({"time", "duration_ns", "service", "name", "attributes"});
  trace.filter.trace_id = id;
  bench.run(
      "trace by id", [&] { return bench.spans(trace); },
      fmt::format(
          "SELECT time, duration_ns, service, name, attributes FROM SPANS WHERE trace_id = '{}'",
          id));

  bench.run(
      "counts by service and minute", [&] { return bench.counts(); },
      "SELECT service, severity, epoch_ns(time) // 60000000000 AS m, count(*) FROM LOGS GROUP BY "
      "ALL");

  if (auto done = bench.session().refresh(); !done) check(Result<int>(fail(done.error())));
  const std::string quantiles =
      "SELECT name, quantile_cont(duration_ns, [0.5, 0.95, 0.99]) FROM {} GROUP BY 1";
  bench.run(
      "exact quantiles by operation",
      [&] { return bench.sql(fmt::format(fmt::runtime(quantiles), "spans")); },
      fmt::format(fmt::runtime(quantiles), "SPANS"));

  auto substring = scan_of<store::LogScan>({"time", "service", "body"});
  substring.filter.substrings = {"dle7f3a"};
  bench.run(
      "substring scan", [&] { return bench.logs(substring); },
      "SELECT time, service, body FROM LOGS WHERE contains(body, 'dle7f3a')");
}

std::uint64_t bytes_of(const std::string& dir, std::string_view suffix) {
  std::uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir)) {
    if (entry.path().extension() == suffix) bytes += entry.file_size();
  }
  return bytes;
}

}  // namespace

int main(int argc, char** argv) {
  const double millions = argc > 1 ? std::atof(argv[1]) : 2;
  const auto records = static_cast<std::size_t>(std::max(millions, 0.1) * 1e6);
  const TemporaryDir temporary;
  const std::string dir = argc > 2 ? argv[2] : temporary / "data";
  if (!std::filesystem::exists(dir)) fill(dir, records);
  for (const std::string_view folder : {"logs", "spans"}) {
    const std::string path = fmt::format("{}/{}", dir, folder);
    fmt::print("{}: {:.1f} B a row in parts, {:.1f} in indexes\n", folder,
               static_cast<double>(bytes_of(path, ".parquet")) / static_cast<double>(records),
               static_cast<double>(bytes_of(path, ".idx")) / static_cast<double>(records));
  }
  Bench bench(dir);
  ask_all(bench);
  return 0;
}
