// Points of one instance's export, with the metrics they belong to.

#pragma once

#include "cmd/obs-sim/instrument.h"

namespace obs::sim {

inline constexpr std::int32_t kDelta = 1;
inline constexpr std::int32_t kCumulative = 2;

class PointWriter {
 public:
  PointWriter(Second& second, Fleet& fleet, Instance at, Timestamp start, Timestamp time)
      : second_(second), fleet_(fleet), at_(at), start_(start), time_(time) {}

  // What follows belongs to this metric.
  void begin(const InstrumentInfo& instrument, std::int32_t temporality);

  void add(codec::PointRow point);
  // A point of a gauge has no start.
  void add(model::Value value, std::initializer_list<model::KeyValue> attributes = {});

  Arena& arena() { return *second_.arena; }
  Timestamp time() const { return time_; }
  Timestamp start() const { return start_; }

 private:
  Second& second_;
  Fleet& fleet_;
  Instance at_;
  Timestamp start_;
  Timestamp time_;
};

// What the process itself is like at that moment: memory, processor, run-time, pools and queues.
struct RuntimeState {
  Instance at;
  double memory_factor = 1;    // Times the usual.
  double cpu_utilization = 0;  // Of one processor.
  double cpu_seconds = 0;
  double database_slowness = 1;
  std::int64_t queued = 0;  // Messages that wait for their consumer.
  double load = 0;          // Operations a second.
  double uptime_s = 0;
  std::uint64_t noise = 0;  // Seeds what wavers.
};
void write_runtime_points(PointWriter& out, const RuntimeState& state);

}  // namespace obs::sim
