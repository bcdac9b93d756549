// The log lines of the recorder.

#include <fmt/format.h>

#include "cmd/obs-sim/recorder.h"

namespace obs::sim {
namespace {

using model::KeyValue;
using model::Value;

double milliseconds(Duration duration) { return static_cast<double>(duration) / kMillisecond; }

int access_severity(int status) {
  if (status >= 500) return 17;
  return status >= 400 ? 13 : 9;
}

}  // namespace

void Recorder::record_lines(LogLine::When when, const Operation& operation, const Place& place,
                            Timestamp time, Timestamp since, const Visit& visit, const Fault& fault,
                            Random& random) {
  for (const LogLine& line : operation.lines) {
    if (line.when != when || (line.chance < 1 && !random.chance(line.chance))) continue;
    Arena& arena = *timeline_.at(time).arena;
    scratch_.clear();
    for (const Field field : line.fields) scratch_.push_back(attribute_of(field, visit, arena));
    if (when == LogLine::When::kFailure) {
      scratch_.push_back({"error.type", Value::string(fault.type)});
    }
    const std::string_view body =
        fill_pattern(line.body, visit, arena, fault.message, milliseconds(time - since));
    record_log(place, time, line.severity_number, Value::string(body),
               arena.copy_array<KeyValue>(scratch_));
  }
}

void Recorder::record_access(const SpanFacts& facts) {
  const Operation& operation = *facts.operation;
  Arena& arena = *timeline_.at(facts.end).arena;
  const int status = http_status(operation, facts.fault.failure);
  const double took = milliseconds(facts.end - facts.start);
  const std::string_view path = fill_pattern(operation.target, *facts.visit, arena);
  const KeyValue attributes[] = {
      {"http.request.method", Value::string(operation.method)},
      {"url.path", Value::string(path)},
      {"http.route", Value::string(operation.target)},
      {"http.response.status_code", Value::integer(status)},
      {"client.address", Value::string(arena.copy(client_address(*facts.visit)))},
      {"duration_ms", Value::number(took)},
  };
  const std::string body = fmt::format("{} {} {} {:.1f}ms", operation.method, path, status, took);
  record_log(facts.place, facts.end, access_severity(status), Value::string(arena.copy(body)),
             arena.copy_array<KeyValue>(attributes));
}

void Recorder::record_warning(const Operation& callee, const Place& place, Timestamp time,
                              const Fault& fault, int attempt, int attempts) {
  Arena& arena = *timeline_.at(time).arena;
  const std::string body =
      attempt < attempts
          ? fmt::format("{} {} failed, attempt {} of {}: {}; trying again", callee.method,
                        callee.target, attempt, attempts, fault.message)
          : fmt::format("going on without {}: {}", callee.name, fault.message);
  const KeyValue attributes[] = {{"shop.callee", Value::string(callee.target)},
                                 {"shop.attempt", Value::integer(attempt)},
                                 {"error.type", Value::string(fault.type)}};
  record_log(place, time, 13, Value::string(arena.copy(body)),
             arena.copy_array<KeyValue>(attributes));
}

}  // namespace obs::sim
