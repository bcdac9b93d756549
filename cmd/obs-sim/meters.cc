#include "cmd/obs-sim/meters.h"

#include <algorithm>
#include <optional>

#include "cmd/obs-sim/point_writer.h"

namespace obs::sim {
namespace {

using model::MetricType;

// Processor time of one operation, over all services about right.
constexpr double kCpuSecondsPerOperation = 0.0012;
constexpr double kIdleCpu = 0.012;

// UpDownCounters stay cumulative even where counters and histograms are delta, as the
// specification's temporality preferences have it.
bool is_delta(const ServiceInfo& service, const InstrumentInfo& instrument) {
  return service.delta && (instrument.type != MetricType::kSum || instrument.is_monotonic);
}

}  // namespace

Meters::Meters(const Weather& weather, Fleet& fleet, Timestamp start, Duration interval,
               std::uint64_t seed)
    : weather_(weather), fleet_(fleet), start_(start), interval_(interval), seed_(seed) {}

void Meters::run(Second& second, Timestamp begin) {
  std::stable_sort(second.measurements.begin(), second.measurements.end(),
                   [](const Measurement& a, const Measurement& b) { return a.time < b.time; });
  for (const Measurement& measurement : second.measurements) count(measurement);

  const std::int64_t interval_s = interval_ / kSecond;
  for (std::size_t id = 0; id < kInstanceIds; ++id) {
    const Instance at{static_cast<Service>(id / kMaxInstances),
                      static_cast<std::uint8_t>(id % kMaxInstances)};
    if (at.index >= info(at.service).instances) continue;
    // Instances were not started in the same moment, so they do not export in the same either.
    const auto phase = static_cast<std::int64_t>(mix({seed_, id}));
    if ((begin / kSecond - phase) % interval_s != 0) continue;
    export_instance(second, at, begin + kSecond - (phase & 0xFFFFF) - 1);
  }
}

Meters::Memory& Meters::memory(Instance at, Timestamp time) {
  Memory& memory = memories_[at.id()];
  const Deployment deployment = weather_.deployment(at, time);
  if (memory.started != 0 && memory.generation == deployment.generation) return memory;
  memory = Memory();
  memory.generation = deployment.generation;
  memory.started = memory.exported = std::max(start_, deployment.started);
  return memory;
}

void Meters::count(const Measurement& measurement) {
  Memory& own = memory(measurement.at, measurement.time);
  ++own.handled;
  if (measurement.instrument == Instrument::kMessagesSent) ++queued_;
  if (measurement.instrument == Instrument::kMessagesConsumed) --queued_;
  const std::uint64_t key = series_key(measurement);
  auto found = own.series.find(key);
  if (found == own.series.end()) {
    const auto attributes = series_attributes(measurement, fleet_.text());
    const auto kept = fleet_.text().copy_array<model::KeyValue>(attributes);
    found = own.series.emplace(key, Series(info(measurement.instrument), kept)).first;
  }
  found->second.add(measurement);
}

void Meters::export_instance(Second& second, Instance at, Timestamp time) {
  Memory& own = memory(at, time);
  const double elapsed = static_cast<double>(time - own.exported) / kSecond;
  if (elapsed <= 0) return;
  export_series(second, at, own, time);

  RuntimeState state;
  state.at = at;
  state.load = own.handled / elapsed;
  state.memory_factor = weather_.memory(at, time);
  state.cpu_utilization =
      std::min(2.0, kIdleCpu + state.load * kCpuSecondsPerOperation +
                        (state.memory_factor > 2 ? 0.3 * (state.memory_factor - 2) : 0));
  state.cpu_seconds = own.cpu_seconds += state.cpu_utilization * elapsed;
  state.database_slowness = weather_.effect(Op::kSelectProduct, at, time).slower;
  state.queued = queued_;
  state.uptime_s = static_cast<double>(time - weather_.deployment(at, time).started) / kSecond;
  state.noise = mix({seed_, at.id(), static_cast<std::uint64_t>(time)});
  PointWriter out(second, fleet_, at, own.started, time);
  write_runtime_points(out, state);
  own.handled = 0;
  own.exported = time;
}

void Meters::export_series(Second& second, Instance at, Memory& own, Timestamp time) {
  PointWriter out(second, fleet_, at, own.started, time);
  std::optional<Instrument> current;
  for (auto& [key, series] : own.series) {
    if (!series.has_news()) continue;
    const auto instrument = static_cast<Instrument>(key >> 32);
    const bool delta = is_delta(info(at.service), info(instrument));
    if (current != instrument) out.begin(info(instrument), delta ? kDelta : kCumulative);
    current = instrument;
    out.add(series.make_point(delta ? own.exported : own.started, time, out.arena()));
    if (delta) {
      series.clear();
    } else {
      series.clear_exemplars();
    }
  }
}

}  // namespace obs::sim
