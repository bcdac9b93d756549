// Which records `obs-query logs`, `spans` and `metrics` ask for, as SQL. Pure.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/model/batch.h"
#include "libobs/store/scan_filter.h"

namespace obs::query {

struct RecordFilter {
  std::optional<Timestamp> since;     // Inclusive.
  std::optional<Timestamp> until;     // Exclusive.
  std::vector<std::string> services;  // Any of them; empty is all. Likewise the other lists.
  std::vector<std::string> names;     // Of spans and metrics.
  std::vector<std::string> statuses;  // Of spans.
  std::string trace_id;               // Of logs and spans, in lower-case hex.
  std::int32_t least_severity = 0;    // Of logs: OTLP's number.
  std::vector<std::string> phrases;   // Each is in the body of a log, the name of a span or metric.
  std::vector<store::AttributeValue> attributes;  // Each is there.
  std::string condition;                          // From compile_expression(); empty is none.
  std::uint64_t after_seq = 0;                    // Only what arrived later.
  std::uint64_t newest = 0;                       // Only so many, the latest by time; 0 is all.
};

enum class RecordColumns {
  kShown,  // What users see: those of the view.
  kLine,   // What a line of obs-record(5) is made of: record_columns().
};

enum class RecordOrder { kNone, kTime, kArrival };

// Over the views of create_views() for kShown, over the session's own for kLine, whose `project` it
// then names.
std::string select_records(model::Signal signal, const RecordFilter& filter, RecordColumns columns,
                           RecordOrder order, std::string_view project);

// Likewise of the session's own view, and these members of it alone, each a column or an
// expression.
std::string select_members(model::Signal signal, const RecordFilter& filter,
                           std::span<const std::string> members, RecordOrder order,
                           std::string_view project);

}  // namespace obs::query
