// Cutting a large answer into windows of time, so that it can be sorted piece by piece: sorting all
// records of a store at once would take memory for all of them.

#pragma once

#include <vector>

#include "libobs/query/reader.h"
#include "libobs/query/record_filter.h"

namespace obs::query {

// About so many records a window: a hundred megabytes while they are sorted.
inline constexpr std::uint64_t kWindowRecords = 100'000;

// The filter, cut into one filter a window, earliest first; together they ask for the same records,
// each once. One that asks for the newest is left whole. Reads the times of what it asks for.
Result<std::vector<RecordFilter>> cut_into_windows(Reader& reader, model::Signal signal,
                                                   const RecordFilter& filter,
                                                   std::uint64_t records = kWindowRecords);

}  // namespace obs::query
