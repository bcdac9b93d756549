#include "libobs/tui/table_layout.h"

#include <algorithm>
#include <numeric>

namespace obs::tui {
namespace {

std::size_t total_width(std::span<const std::size_t> widths, std::size_t cap) {
  std::size_t total = widths.empty() ? 0 : (widths.size() - 1) * kColumnGap;
  for (std::size_t width : widths) total += std::min(width, cap);
  return total;
}

}  // namespace

std::vector<std::size_t> fit_columns(std::span<const std::size_t> wanted, std::size_t width) {
  std::vector<std::size_t> widths(wanted.begin(), wanted.end());
  if (width == 0) return widths;
  while (widths.size() > 1 && total_width(widths, kMinColumnWidth) > width) widths.pop_back();
  const std::size_t widest = widths.empty() ? 0 : *std::max_element(widths.begin(), widths.end());
  std::size_t cap = std::max(widest, kMinColumnWidth);
  while (cap > kMinColumnWidth && total_width(widths, cap) > width) --cap;
  // What is left over goes to the first of those that were cut.
  std::size_t spare = width - std::min(width, total_width(widths, cap));
  for (std::size_t& column : widths) {
    const std::size_t cut = column - std::min(column, cap);
    const std::size_t given = std::min(cut, spare);
    spare -= given;
    column = std::min(column, cap) + given;
  }
  return widths;
}

}  // namespace obs::tui
