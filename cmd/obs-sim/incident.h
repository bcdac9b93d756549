// Incidents: what goes wrong, why, and what one should then see.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cmd/obs-sim/operation.h"
#include "libobs/base/clock.h"
#include "libobs/base/result.h"

namespace obs::sim {

// A failure as the code that meets it tells it.
struct Fault {
  Failure failure = Failure::kNone;
  std::string_view type;  // Of the exception.
  std::string_view message;
  double hold_ms = 0;  // How long it takes to show; 0: as long as success does.
};

// The words for a failure that no incident explains.
Fault usual_fault(Failure failure);

// What incidents do to one operation at one moment.
struct Effect {
  double slower = 1;        // Times its own work.
  double failure_rate = 0;  // On top of what is usual; fails with `fault`.
  bool refused = false;     // It fails before it is reached: the caller's span is all there is.
  Fault fault;
  std::optional<double> miss_rate;
  Duration delay = 0;  // Of a consumer: how long the message waits.
};

struct Incident {
  std::string_view name;
  std::string_view cause;
  std::string_view affected;
  std::string_view symptoms;
  Duration usual_duration = 10 * kMinute;

  // `progress` goes from 0 at the beginning to 1 at the end; outside nothing is called but
  // restarts(). All are optional.
  void (*affect)(Op op, Instance at, double progress, Effect& effect) = nullptr;
  double (*traffic)(Op entry, double progress) = nullptr;      // Times the usual.
  double (*memory)(Instance at, double progress) = nullptr;    // Times the usual.
  std::span<const double> (*restarts)(Instance at) = nullptr;  // At which progress, ascending.
  std::string_view restart_reason = {};
  std::string_view version = {};  // Of what runs after an odd number of restarts.
};

// All there are, by name.
std::span<const Incident> incidents();

struct ScheduledIncident {
  const Incident* incident = nullptr;
  Timestamp begin = 0;
  Duration duration = 0;

  double progress(Timestamp time) const {
    return static_cast<double>(time - begin) / static_cast<double>(duration);
  }
};

// NAME[@OFFSET[+DURATION]]. Without an offset it begins a minute after `start`; without a duration
// it lasts as long as is usual for it.
Result<ScheduledIncident> parse_incident(std::string_view text, Timestamp start);

// For people: each incident with its cause, whom it affects and what one should see.
std::string describe_incidents();

}  // namespace obs::sim
