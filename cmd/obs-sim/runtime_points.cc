#include <algorithm>
#include <cmath>

#include "cmd/obs-sim/point_writer.h"

namespace obs::sim {
namespace {

using model::KeyValue;
using model::MetricType;
using model::Value;

constexpr double kMib = 1024.0 * 1024;
constexpr std::int64_t kPoolSize = 20;

constexpr InstrumentInfo up_down(std::string_view name, std::string_view unit,
                                 std::string_view description) {
  return {name, unit, description, MetricType::kSum, Library::kApp, false};
}
constexpr InstrumentInfo counter(std::string_view name, std::string_view unit,
                                 std::string_view description) {
  return {name, unit, description, MetricType::kSum, Library::kApp, true};
}
constexpr InstrumentInfo gauge(std::string_view name, std::string_view unit,
                               std::string_view description) {
  return {name, unit, description, MetricType::kGauge, Library::kApp, false, false};
}

Value whole(double value) { return Value::integer(std::llround(value)); }

// A collector rises to its next collection and falls: a saw with a period of its own.
double saw(const RuntimeState& state, double period_s) {
  return std::fmod(state.uptime_s + static_cast<double>(state.at.id()) * 7, period_s) / period_s;
}

void write_process(PointWriter& out, const RuntimeState& state, Random& random) {
  const double usual = info(state.at.service).memory_mib * kMib;
  out.begin(up_down("process.memory.usage", "By", "The amount of physical memory in use."),
            kCumulative);
  out.add(whole(usual * state.memory_factor * (0.94 + 0.06 * random.uniform())));
  out.begin(
      gauge("process.cpu.utilization", "1", "CPU time since the last measurement, of one CPU."), 0);
  out.add(Value::number(state.cpu_utilization * (0.9 + 0.2 * random.uniform())));
  out.begin(
      {"process.cpu.time", "s", "Total CPU seconds by mode.", MetricType::kSum, Library::kApp},
      kCumulative);
  out.add(Value::number(state.cpu_seconds * 0.82), {{"cpu.mode", Value::string("user")}});
  out.add(Value::number(state.cpu_seconds * 0.18), {{"cpu.mode", Value::string("system")}});
}

void write_nodejs(PointWriter& out, const RuntimeState& state, Random& random) {
  out.begin(gauge("nodejs.eventloop.utilization", "1", "Event loop utilization."), 0);
  out.add(Value::number(std::min(0.99, state.cpu_utilization * (0.8 + 0.2 * random.uniform()))));
  out.begin(up_down("v8js.memory.heap.used", "By", "Heap memory size allocated."), kCumulative);
  const double heap = info(state.at.service).memory_mib * kMib * 0.5;
  out.add(whole(heap * (0.6 + 0.4 * saw(state, 45))),
          {{"v8js.heap.space.name", Value::string("old_space")}});
  out.add(whole(heap * 0.1 * saw(state, 9)),
          {{"v8js.heap.space.name", Value::string("new_space")}});
}

void write_java(PointWriter& out, const RuntimeState& state, Random& random) {
  const double heap = info(state.at.service).memory_mib * kMib * 0.6;
  out.begin(up_down("jvm.memory.used", "By", "Measure of memory used."), kCumulative);
  out.add(whole(heap * 0.5 * saw(state, 30)),
          {{"jvm.memory.type", Value::string("heap")},
           {"jvm.memory.pool.name", Value::string("G1 Eden Space")}});
  out.add(whole(heap * (0.4 + 0.1 * saw(state, 900))),
          {{"jvm.memory.type", Value::string("heap")},
           {"jvm.memory.pool.name", Value::string("G1 Old Gen")}});
  out.begin(up_down("jvm.thread.count", "{thread}", "Number of executing platform threads."),
            kCumulative);
  out.add(whole(38 + random.below(6)), {{"jvm.thread.daemon", Value::boolean(true)}});
  out.add(whole(4), {{"jvm.thread.daemon", Value::boolean(false)}});
}

// Scraped from the client library of Prometheus, which still speaks in summaries.
void write_go(PointWriter& out, const RuntimeState& state, Random& random) {
  out.begin(up_down("go.goroutine.count", "{goroutine}", "Count of live goroutines."), kCumulative);
  out.add(whole(22 + state.load * 0.6 + random.below(5)));
  model::Distribution summary;
  summary.count = static_cast<std::uint64_t>(state.uptime_s / 12) + 1;
  summary.sum = static_cast<double>(summary.count) * 0.00018;
  const model::Quantile quantiles[] = {
      {0, 4.1e-05}, {0.5, 0.00014 + 2e-05 * random.uniform()}, {1, 0.0021}};
  summary.quantiles = out.arena().copy_array<model::Quantile>(quantiles);
  out.begin(
      {"go_gc_duration_seconds", "s", "A summary of the pause duration of garbage collection.",
       MetricType::kSummary, Library::kApp},
      0);
  codec::PointRow point;
  point.time.time = out.time();
  point.start_time = out.start();
  point.distribution = out.arena().copy_array<model::Distribution>({&summary, 1}).data();
  out.add(point);
}

void write_collections(PointWriter& out, const RuntimeState& state, std::string_view name,
                       std::string_view key) {
  out.begin(counter(name, "{collection}", "Garbage collections since the process has started."),
            kCumulative);
  constexpr std::string_view kGenerations[] = {"gen0", "gen1", "gen2"};
  double period_s = 4;
  for (const std::string_view generation : kGenerations) {
    out.add(whole(state.uptime_s / period_s), {{key, Value::string(generation)}});
    period_s *= 9;
  }
}

void write_pool(PointWriter& out, const RuntimeState& state, Random& random) {
  const double wanted = 1 + random.below(3) + state.load * 0.004 * state.database_slowness +
                        (state.database_slowness - 1) * 0.5;
  const auto used = std::min(kPoolSize, static_cast<std::int64_t>(wanted));
  out.begin(up_down("db.client.connection.count", "{connection}", "Connections, by state."),
            kCumulative);
  const KeyValue pool{"db.client.connection.pool.name", Value::string("shop")};
  const std::string_view key = "db.client.connection.state";
  out.add(Value::integer(used), {pool, {key, Value::string("used")}});
  out.add(Value::integer(kPoolSize - used), {pool, {key, Value::string("idle")}});
  out.begin(up_down("db.client.connection.pending_requests", "{request}",
                    "Requests that wait for an open connection."),
            kCumulative);
  out.add(whole(std::max(0.0, wanted - kPoolSize)), {pool});
}

void write_lag(PointWriter& out, const RuntimeState& state) {
  out.begin({"kafka.consumer.records_lag", "{record}", "Records the consumer is behind.",
             MetricType::kGauge, Library::kServer, false},
            0);
  out.add(Value::integer(state.queued),
          {{"topic", Value::string("orders.placed")}, {"partition", Value::integer(0)}});
}

}  // namespace

void PointWriter::begin(const InstrumentInfo& instrument, std::int32_t temporality) {
  model::Metric metric;
  metric.scope = fleet_.scope(at_, time_, instrument.library);
  metric.name = instrument.name;
  metric.description = instrument.description;
  metric.unit = instrument.unit;
  metric.type = instrument.type;
  metric.temporality = temporality;
  metric.is_monotonic = instrument.type == MetricType::kSum && instrument.is_monotonic;
  second_.metrics.push_back(metric);
}

void PointWriter::add(codec::PointRow point) {
  point.metric = static_cast<std::uint32_t>(second_.metrics.size() - 1);
  second_.points.push_back(point);
}

void PointWriter::add(Value value, std::initializer_list<KeyValue> attributes) {
  codec::PointRow point;
  point.time.time = time_;
  if (second_.metrics.back().type != MetricType::kGauge) point.start_time = start_;
  point.attributes = arena().copy_array<KeyValue>({attributes.begin(), attributes.size()});
  point.value = value;
  add(point);
}

void write_runtime_points(PointWriter& out, const RuntimeState& state) {
  Random random(state.noise);
  write_process(out, state, random);
  switch (info(state.at.service).language) {
    case Language::kNodejs: write_nodejs(out, state, random); break;
    case Language::kJava: write_java(out, state, random); break;
    case Language::kGo: write_go(out, state, random); break;
    case Language::kDotnet:
      write_collections(out, state, "dotnet.gc.collections", "gc.heap.generation");
      break;
    case Language::kPython:
      write_collections(out, state, "cpython.gc.collections", "cpython.gc.generation");
      break;
    case Language::kRust:
    case Language::kRuby:
    case Language::kCpp: break;
  }
  if (info(state.at.service).has_database) write_pool(out, state, random);
  if (state.at.service == Service::kEmail) write_lag(out, state);
}

}  // namespace obs::sim
