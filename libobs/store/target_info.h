// target_info: what Prometheus keeps of a resource, a series of its own whose labels are the
// resource's attributes. Made when it is asked for, out of the catalog's resources and the WAL.
// Internal to libobs/store.

#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "libobs/base/result.h"
#include "libobs/store/fresh_samples.h"
#include "libobs/store/sample_scan.h"
#include "libobs/store/series_reader.h"
#include "libobs/store/sqlite.h"

namespace obs::store {

// Samples of it are so far apart: half of what PromQL looks back, so that it always finds one.
inline constexpr Duration kTargetInfoStep = 150 * kSecond;

// A resource that has points, and from when to when something of it was seen.
struct SeenTarget {
  KnownSeriesPtr info;
  Timestamp first_seen = 0;
  Timestamp last_seen = 0;
};

// Whether matchers may choose it, by what they say of the name.
bool may_choose_target_info(std::span<const CompiledMatcher> matchers);

// Those of a project, each set of labels once, in their order.
Result<std::vector<SeenTarget>> read_targets(Sqlite& catalog, std::string_view project,
                                             const FreshSamples& fresh);

// Its samples in the range, each 1.
void add_target_samples(const SeenTarget& target, const SampleRange& range, SampleSeries& series);

}  // namespace obs::store
