// The meters: the metric SDK of every instance, counting and exporting at intervals.

#pragma once

#include <array>
#include <map>

#include "cmd/obs-sim/series.h"

namespace obs::sim {

class Meters {
 public:
  // Nothing was counted before `start`. `interval` is at least a second.
  Meters(const Weather& weather, Fleet& fleet, Timestamp start, Duration interval,
         std::uint64_t seed);

  // Counts what was measured in the second that begins at `begin`, then adds to it the points of
  // those instances whose interval ends with it.
  void run(Second& second, Timestamp begin);

 private:
  // What one process remembers: gone when it dies.
  struct Memory {
    std::uint32_t generation = 0;
    Timestamp started = 0;
    Timestamp exported = 0;
    std::map<std::uint64_t, Series> series;
    double handled = 0;      // Operations since the last export.
    double cpu_seconds = 0;  // Since it started.
  };

  Memory& memory(Instance at, Timestamp time);
  void count(const Measurement& measurement);
  void export_instance(Second& second, Instance at, Timestamp time);
  void export_series(Second& second, Instance at, Memory& memory, Timestamp time);

  const Weather& weather_;
  Fleet& fleet_;
  Timestamp start_;
  Duration interval_;
  std::uint64_t seed_;
  std::array<Memory, kInstanceIds> memories_;
  std::int64_t queued_ = 0;  // Messages sent and not yet consumed.
};

}  // namespace obs::sim
