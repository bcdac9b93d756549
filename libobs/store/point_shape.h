// Parts of points have one of four shapes, which their schema in the catalog tells:
//
//   numbers        points of gauges and sums            both refer to their series by series_id
//   distributions  points of histograms and summaries
//   series         what such parts refer to
//   flat           points with all that is in their series, as obs wrote them before schema 101
//
// Internal to libobs/store.

#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

#include "libobs/store/part.h"

namespace obs::store {

enum class PointShape : std::uint8_t { kFlat, kNumbers, kDistributions, kSeries };

inline constexpr int kNumbersSchema = 101;
inline constexpr int kDistributionsSchema = 102;
inline constexpr int kSeriesSchema = 103;

// Where parts of series are, which are of no day and never too old: others refer to them.
inline constexpr std::string_view kSeriesPartition = "series";
inline constexpr Timestamp kSeriesMinTime = std::numeric_limits<Timestamp>::min();
inline constexpr Timestamp kSeriesMaxTime = std::numeric_limits<Timestamp>::max();
inline constexpr std::uint64_t kSeriesSeq = std::numeric_limits<std::int64_t>::max();

constexpr PointShape shape_of(int schema) {
  switch (schema) {
    case kNumbersSchema: return PointShape::kNumbers;
    case kDistributionsSchema: return PointShape::kDistributions;
    case kSeriesSchema: return PointShape::kSeries;
    default: return PointShape::kFlat;
  }
}

inline bool is_series(const Part& part) {
  return part.signal == model::Signal::kMetrics && part.schema == kSeriesSchema;
}

}  // namespace obs::store
