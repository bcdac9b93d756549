// The timeline: what has been simulated but has not yet happened, by the second in which it does.
//
// A trace is simulated in one go when it begins; its spans and logs wait here until the clock gets
// to them, as an SDK exports a span when it has ended.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "cmd/obs-sim/fleet.h"
#include "libobs/codec/columns.h"

namespace obs::sim {

enum class Instrument : std::uint8_t {
  kHttpServerDuration,
  kActiveRequests,
  kRpcServerDuration,
  kDatabaseDuration,
  kCacheRequests,
  kMessagesSent,
  kMessagesConsumed,
  kOrdersPlaced,
  kRevenue,
  kPayments,
  kCartItems,
};
inline constexpr std::size_t kInstrumentCount = 11;

// One call of an instrument. `op` and `code` tell its attributes (meter.h).
struct Measurement {
  Instrument instrument = Instrument::kHttpServerDuration;
  Instance at;
  Op op = Op::kHome;
  std::uint16_t code = 0;
  double value = 0;
  Timestamp time = 0;
  model::TraceId trace_id;
  model::SpanId span_id;
};

// What happens within one second. Text in the rows lies in its arena or the fleet's; `scope` is an
// index into the fleet's.
struct Second {
  std::shared_ptr<Arena> arena = std::make_shared<Arena>();
  std::vector<codec::LogRow> logs;
  std::vector<codec::SpanRow> spans;
  std::vector<Measurement> measurements;
  // Points, and the metrics they belong to.
  std::vector<codec::PointRow> points;
  std::vector<model::Metric> metrics;
};

class Timeline {
 public:
  Second& at(Timestamp time) { return seconds_[time / kSecond]; }

  // Takes the second that begins at `time` out.
  Second take(Timestamp time);

 private:
  std::map<std::int64_t, Second> seconds_;
};

// The records of a second in order of their time, as batches of one signal that name only the
// resources and scopes they need. No batch is empty, and none has an id.
std::vector<model::Batch> to_batches(Second&& second, const Fleet& fleet);

}  // namespace obs::sim
