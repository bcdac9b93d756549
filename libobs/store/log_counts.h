// Counts of log records by minute, service and severity: what Session::count_logs() answers.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libobs/base/clock.h"

namespace obs::store {

struct LogMinute {
  Timestamp minute = 0;  // Its beginning.
  std::uint64_t count = 0;

  friend bool operator==(const LogMinute&, const LogMinute&) = default;
};

struct LogCountGroup {
  std::optional<std::string> service;
  std::string severity;            // "error"; empty: none.
  std::vector<LogMinute> minutes;  // Ascending, without those of no record.

  friend bool operator==(const LogCountGroup&, const LogCountGroup&) = default;
};

// By service, those of none first, then severity from the least.
using LogCounts = std::vector<LogCountGroup>;

}  // namespace obs::store
