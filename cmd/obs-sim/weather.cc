#include "cmd/obs-sim/weather.h"

#include <utility>

#include "cmd/obs-sim/random.h"

namespace obs::sim {

Weather::Weather(std::vector<ScheduledIncident> schedule, Timestamp start, std::uint64_t seed)
    : schedule_(std::move(schedule)), start_(start), seed_(seed) {}

template <class Visit>
void Weather::for_each_active(Timestamp time, Visit&& visit) const {
  for (const ScheduledIncident& scheduled : schedule_) {
    const double progress = scheduled.progress(time);
    if (progress >= 0 && progress < 1) visit(*scheduled.incident, progress);
  }
}

Effect Weather::effect(Op op, Instance at, Timestamp time) const {
  Effect effect;
  for_each_active(time, [&](const Incident& incident, double progress) {
    if (incident.affect) incident.affect(op, at, progress, effect);
  });
  return effect;
}

double Weather::traffic(Op entry, Timestamp time) const {
  double factor = 1;
  for_each_active(time, [&](const Incident& incident, double progress) {
    if (incident.traffic) factor *= incident.traffic(entry, progress);
  });
  return factor;
}

double Weather::memory(Instance at, Timestamp time) const {
  double factor = 1;
  for_each_active(time, [&](const Incident& incident, double progress) {
    if (incident.memory) factor *= incident.memory(at, progress);
  });
  return factor;
}

Deployment Weather::deployment(Instance at, Timestamp time) const {
  // Everything had been running for hours to days.
  const auto age = static_cast<Duration>(mix({seed_, at.id()}) % (60 * kHour)) + 2 * kHour;
  Deployment deployment{0, start_ - age, info(at.service).version, {}};
  for (const ScheduledIncident& scheduled : schedule_) {
    const Incident& incident = *scheduled.incident;
    if (!incident.restarts) continue;
    std::uint32_t passed = 0;
    for (const double point : incident.restarts(at)) {
      const auto when =
          scheduled.begin + static_cast<Duration>(point * static_cast<double>(scheduled.duration));
      if (when > time) break;
      ++passed;
      if (when < deployment.started) continue;
      deployment.started = when;
      deployment.reason = incident.restart_reason;
    }
    deployment.generation += passed;
    if (passed % 2 == 1 && !incident.version.empty()) deployment.version = incident.version;
  }
  return deployment;
}

}  // namespace obs::sim
