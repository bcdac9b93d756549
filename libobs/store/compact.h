// Which parts a compaction makes into one. Pure. Internal to libobs/store.

#pragma once

#include <span>
#include <vector>

#include "libobs/store/merge_plan.h"
#include "libobs/store/part.h"

namespace obs::store {

// The next parts to be made into one, of one signal, shape and partition, by time; empty: the store
// is compact. Unlike choose_merge() it does not wait for more to come, and mixes levels. Done with
// its answers again and again it comes to an end.
std::vector<Part> choose_compaction(std::span<const Part> parts, const MergeOptions& options);

}  // namespace obs::store
