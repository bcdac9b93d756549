// Where the quotes of a line are: a bit for each byte, found 64 at a time.
//
// Pure; any thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace obs::lang {

// Every '"', escaped or not.
void find_quotes(std::string_view line, std::vector<std::uint64_t>& quotes);

// The first one at or after `from`; npos when there is none.
std::size_t next_quote(const std::vector<std::uint64_t>& quotes, std::size_t from);

}  // namespace obs::lang
