// The functions a statement may call: those that compute from their arguments and do nothing else.
//
// Not in the list, and so refused: what reads files, settings, secrets, variables or the catalog;
// what sleeps, writes logs or runs SQL from text; what belongs to DuckDB's insides; and what makes
// a string of any length out of a few letters (repeat, printf, format), since such a call can
// neither be interrupted nor held by the memory limit.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace obs::query {

// Names in lower case. Aggregates, window functions and operators are functions too.
bool is_allowed_function(std::string_view name);

// In FROM.
bool is_allowed_table_function(std::string_view name);

// Which arguments of a function say how long its result is: each must be an integer literal of at
// most kMaxSizeArgument. In FROM, range and generate_series stream, and have no such limit.
struct SizeArguments {
  std::size_t first = 0;
  std::size_t count = 0;
};
SizeArguments find_size_arguments(std::string_view name);
inline constexpr std::int64_t kMaxSizeArgument = 100'000;

}  // namespace obs::query
