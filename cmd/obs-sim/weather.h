// Weather: the sum of all incidents, asked about one place and moment at a time.
//
// Pure: what it answers depends on the schedule and the question alone.

#pragma once

#include <vector>

#include "cmd/obs-sim/incident.h"

namespace obs::sim {

// What runs as an instance at some moment: each restart makes another.
struct Deployment {
  std::uint32_t generation = 0;
  Timestamp started = 0;
  std::string_view version;
  std::string_view reason;  // Why it was started, when an incident did it.
};

class Weather {
 public:
  Weather(std::vector<ScheduledIncident> schedule, Timestamp start, std::uint64_t seed);

  Effect effect(Op op, Instance at, Timestamp time) const;
  double traffic(Op entry, Timestamp time) const;
  double memory(Instance at, Timestamp time) const;
  Deployment deployment(Instance at, Timestamp time) const;

 private:
  template <class Visit>
  void for_each_active(Timestamp time, Visit&& visit) const;

  std::vector<ScheduledIncident> schedule_;
  Timestamp start_;
  std::uint64_t seed_;
};

}  // namespace obs::sim
