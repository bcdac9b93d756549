// Counting logs from cubes, and from rows where cubes do not tell. Internal to libobs/store.

#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>

#include "libobs/base/result.h"
#include "libobs/store/log_counts.h"
#include "libobs/store/rows.h"
#include "libobs/store/scan_plan.h"

namespace obs::store {

// Rows to be counted: logs of these parts, and of the WAL too if `with_fresh`, for which the
// condition holds. Answers rows of the beginning of a minute in ns, service, severity, and their
// number.
struct CountRows {
  std::vector<PartSlice> slices;
  bool with_fresh = false;
  std::string condition;
};
using CountRowsBySql = std::function<Result<std::unique_ptr<RowStream>>(const CountRows& rows)>;

// Of the filter time, project, services and severity count.
Result<LogCounts> count_logs(ScanPlanner& planner, std::span<const SnapshotPart> parts,
                             const ScanFilter& filter, const CountRowsBySql& count_rows);

}  // namespace obs::store
