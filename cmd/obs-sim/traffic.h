// Traffic: who comes when. A day's rhythm, the mix of pages, and what incidents make of them.

#pragma once

#include <vector>

#include "cmd/obs-sim/weather.h"

namespace obs::sim {

struct TrafficOptions {
  double rate = 5;     // Traces a second, averaged over a day.
  bool rhythm = true;  // More by day than by night (UTC); else the same at all hours.
};

// What of the daily average comes at that time: 0.2 before dawn, 1.8 in the evening. Its mean over
// a day is 1.
double daily_rhythm(Timestamp time);

struct Arrival {
  Op entry = Op::kHome;
  Timestamp time = 0;
  std::uint64_t seed = 0;  // For all that follows.
};

// Those who arrive in the second that begins at `begin`, in order. The same for the same seed and
// second, whenever the simulation began.
std::vector<Arrival> draw_arrivals(const TrafficOptions& options, const Weather& weather,
                                   Timestamp begin, std::uint64_t seed);

}  // namespace obs::sim
