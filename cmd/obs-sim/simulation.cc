#include "cmd/obs-sim/simulation.h"

#include <utility>

#include <fmt/format.h>

namespace obs::sim {

using model::KeyValue;
using model::Value;

Simulation::Simulation(SimulationOptions options)
    : options_(std::move(options)),
      now_(options_.start),
      weather_(options_.incidents, options_.start, options_.seed),
      fleet_(weather_, options_.seed),
      recorder_(timeline_, fleet_),
      tracer_(weather_, recorder_, timeline_),
      meters_(weather_, fleet_, options_.start, options_.metric_interval, options_.seed) {}

std::vector<model::Batch> Simulation::next_second() {
  for (const Arrival& arrival : draw_arrivals(options_.traffic, weather_, now_, options_.seed)) {
    tracer_.run(arrival.entry, arrival.time, arrival.seed);
  }
  log_starts();
  Second second = timeline_.take(now_);
  meters_.run(second, now_);
  now_ += kSecond;
  return to_batches(std::move(second), fleet_);
}

// What an instance says when an incident has it started anew.
void Simulation::log_starts() {
  for (std::size_t id = 0; id < kInstanceIds; ++id) {
    const Instance at{static_cast<Service>(id / kMaxInstances),
                      static_cast<std::uint8_t>(id % kMaxInstances)};
    if (at.index >= info(at.service).instances) continue;
    const Deployment deployment = weather_.deployment(at, now_ + kSecond - 1);
    if (deployment.generation == 0 || deployment.started < now_) continue;

    Arena& arena = *timeline_.at(deployment.started).arena;
    const KeyValue attributes[] = {{"shop.start.reason", Value::string(deployment.reason)}};
    const auto copied = arena.copy_array<KeyValue>(attributes);
    const std::string body =
        fmt::format("starting {} {}, previous container ended: {}", info(at.service).name,
                    deployment.version, deployment.reason);
    recorder_.record_log({at, {}, {}}, deployment.started, 9, Value::string(arena.copy(body)),
                         copied);
  }
}

}  // namespace obs::sim
