// Where the newest records begin: DuckDB would look through all of time for the latest hundred;
// this finds a time since when there are so many. Internal to libobs/store.

#pragma once

#include <functional>
#include <optional>
#include <span>

#include "libobs/base/clock.h"
#include "libobs/base/result.h"
#include "libobs/store/scan_plan.h"

namespace obs::store {

struct NewestQuery {
  model::Signal signal = model::Signal::kLogs;
  std::uint64_t records = 0;
  bool is_whole = false;  // There is no condition beyond the filter.
};

// The time of the last of the newest so many records of these slices that match; nullopt: there are
// fewer.
using NewestProbe = std::function<Result<std::optional<Timestamp>>(std::span<const PartSlice>)>;

// A time such that so many records that match, or more, are of it or later; nullopt: there is none,
// or looking for one is not worth while. By counts if they tell; else by asking the latest row
// groups, then four times as many.
Result<std::optional<Timestamp>> find_newest_start(ScanPlanner& planner,
                                                   std::span<const SnapshotPart> parts,
                                                   const ScanFilter& filter,
                                                   const NewestQuery& query,
                                                   const NewestProbe& probe);

}  // namespace obs::store
