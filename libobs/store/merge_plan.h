// Which parts to merge next. Pure. Internal to libobs/store.

#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/store/part.h"

namespace obs::store {

struct MergeOptions {
  std::uint64_t rows = 0;  // A merged part has about so many.
  std::size_t parts = 0;   // So many small ones are worth a merge, however few rows they have.
  std::uint64_t final_rows = 0;  // A part of so many rows is never rewritten.
  // So many small ones of a day that is over are enough, since few will follow.
  std::size_t past_parts = 0;
};

// Parts of large records are large with fewer rows: no merge makes one of more than about so many
// bytes, and half as many are enough.
inline constexpr std::uint64_t kMaxMergedBytes = std::uint64_t{256} << 20;

// A record is rewritten once at most: what a merge has made is left alone, however small. At rates
// where a flush is final by itself nothing is rewritten; at lower ones a merge waits for the rows
// of a whole part; and at the lowest for `parts` flushes, so that a day of flushes ten seconds
// apart ends as 90 parts, and is never more than twice that.
inline constexpr int kMaxLevel = 1;

// Whether a part is large enough to be left alone, however often it was rewritten.
bool is_large(const Part& part, std::uint64_t final_rows);
// Whether merges leave it alone, for its size or because it was rewritten often enough.
bool is_final(const Part& part, std::uint64_t final_rows);

// Of small parts the earliest, as many as make one of the wanted size: two at least, where there
// are so many.
std::vector<Part> take_first(std::vector<Part> small, const MergeOptions& options);

// Parts to be made into one: of the same signal, partition and level, by time. Empty: nothing is
// worth merging. Parts in `skip` are left alone. A day that is over is tidied up sooner.
std::vector<Part> choose_merge(std::span<const Part> parts, const MergeOptions& options,
                               Timestamp now, const std::set<std::int64_t>& skip);

// What the catalog is to know of the part they become, but for its id.
Part describe_merged(std::span<const Part> parts, const MergeOptions& options);

}  // namespace obs::store
