// Span metrics: calls, errors and durations of spans by minute, service, name, kind and status, as
// a rollup (rollup.h). Internal to libobs/store.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "libobs/base/clock.h"
#include "libobs/store/rollup.h"
#include "libobs/store/row_set.h"

namespace obs::store {

// A span as its columns have it. A span without a service has the service "".
struct RolledSpan {
  std::string_view project;
  std::string_view service;
  std::string_view name;
  std::string_view kind;
  std::string_view status;
  Timestamp time = 0;
  Duration duration = 0;
  std::string_view trace_state;
};

// One thread.
class SpanMetrics {
 public:
  void add(const RolledSpan& span);
  const Rollup& rollup() const { return rollup_; }

 private:
  // Where spans with the same labels go; mostly they are of the same minute as the one before.
  struct Place {
    Rollup::Minutes* minutes = nullptr;
    std::int64_t minute = 0;
    RollupCell* cell = nullptr;
  };
  Rollup rollup_;
  std::unordered_map<std::uint64_t, Place> places_;  // By the hash of all labels.
};

// Of rows of a set of spans.
Rollup roll_up_spans(const RowSet& set, std::span<const RowRef> rows);

// "error" is what column status has of a failed span.
inline constexpr std::string_view kErrorStatus = "error";

}  // namespace obs::store
