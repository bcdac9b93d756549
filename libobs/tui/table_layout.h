// How wide the columns of a table are.

#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace obs::tui {

// Spaces between two columns.
inline constexpr std::size_t kColumnGap = 2;
// Narrower than this a column says nothing.
inline constexpr std::size_t kMinColumnWidth = 4;

// The widths to give to columns that would like to be `wanted` wide, so that with gaps they take no
// more than `width` (0: any). The widest give way first, and all of them equally. When even the
// least does not fit, columns are dropped from the right: the result is then shorter.
std::vector<std::size_t> fit_columns(std::span<const std::size_t> wanted, std::size_t width);

}  // namespace obs::tui
