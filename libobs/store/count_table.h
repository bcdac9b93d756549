// The tables of what is counted beside the records: see Session::make_count_view().

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace obs::store {

enum class CountTable : std::uint8_t { kSpanMetrics, kEdges, kLogCounts };
inline constexpr std::size_t kCountTables = 3;

// "span_metrics", "edges", "log_counts".
std::string_view count_table_name(CountTable table);

}  // namespace obs::store
