// Which spans of a trace are drawn, in which order, and the branches of the tree before each.
// Internal to tui/waterfall.h.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "libobs/query/trace_tree.h"

namespace obs::tui {

struct WaterfallRow {
  std::string branches;             // "│  ├─ "
  std::optional<std::size_t> node;  // Or else:
  std::size_t hidden = 0;           // Spans folded away at this place.
};

struct RowLimits {
  std::size_t rows = 0;
  // Deeper spans are drawn at this depth behind a `⋯`, or the tree would leave its names no room.
  std::size_t depth = 1;
};

// `on_path` tells of each node whether it is on the critical path.
std::vector<WaterfallRow> choose_rows(const query::TraceTree& tree,
                                      const std::vector<bool>& on_path, RowLimits limits);

}  // namespace obs::tui
