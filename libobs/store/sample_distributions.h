// Rows of parts of distributions as histograms and summaries, whole. Internal to libobs/store.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "libobs/base/arena.h"
#include "libobs/model/batch.h"

namespace obs::store {

// A SELECT of parts in SQL; `relation` reads them, `condition` is over their columns.
std::string select_distributions(const std::string& relation, const std::string& condition);

// Places in it.
struct DistributionPlace {
  enum Place : std::size_t {
    kSeries,
    kTime,
    kStart,
    kFlags,
    kArrival,
    kCount,
    kSum,
    kMin,
    kMax,
    kBounds,
    kCounts,
    kScale,
    kZeroCount,
    kZeroThreshold,
    kPositive,
    kNegative,
    kQuantiles,
    kExtra
  };
};

// Out of one of its rows; lists lie in the arena.
model::Distribution to_distribution(std::span<const model::Value> row, Arena& arena);
// That of a point that had nothing to record: its sum is the staleness marker.
model::Distribution stale_distribution();

// A number as a sample; the staleness marker for none.
double to_sample(const model::Value& value);
// A count, which is text where it is above what an integer holds; 0 for none.
std::uint64_t to_count(const model::Value& value);

}  // namespace obs::store
