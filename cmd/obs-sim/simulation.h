// The simulation: a second at a time, what the shop sends. Pure: no clock, no I/O; the same options
// make the same batches.

#pragma once

#include <vector>

#include "cmd/obs-sim/meters.h"
#include "cmd/obs-sim/tracer.h"
#include "cmd/obs-sim/traffic.h"

namespace obs::sim {

struct SimulationOptions {
  std::uint64_t seed = 1;
  Timestamp start = 0;  // A full second.
  TrafficOptions traffic;
  Duration metric_interval = 15 * kSecond;
  std::vector<ScheduledIncident> incidents;
};

class Simulation {
 public:
  explicit Simulation(SimulationOptions options);

  // When the next second begins.
  Timestamp now() const { return now_; }

  // Everything that happens in the next second: logs and points by their time, spans by their end.
  // What has begun by then and not ended comes later.
  std::vector<model::Batch> next_second();

 private:
  void log_starts();

  SimulationOptions options_;
  Timestamp now_;
  Weather weather_;
  Fleet fleet_;
  Timeline timeline_;
  Recorder recorder_;
  Tracer tracer_;
  Meters meters_;
};

}  // namespace obs::sim
