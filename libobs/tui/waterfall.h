// A trace drawn in characters: the tree of its spans on the left, their bars on one time axis, and
// what the request was waiting for (query/critical_path.h).
//
//   trace 4bf92f3577b34da6a3ce929d0e0e4736
//   2026-11-22 10:15:30.123  3 spans  2 services  1 error  120ms
//
//                                0s                                       120ms
//   web GET /checkout            ███░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░██████  120ms
//   ├─ ✗ payment POST /charge       ███████████████████████████████        92ms
//   └─ web render                                                  ░░       5ms
//
// Pure.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "libobs/query/trace_tree.h"

namespace obs::tui {

// More rows than a few screens are not read; the rest is folded away until asked for.
inline constexpr std::size_t kMaxWaterfallRows = 200;

struct WaterfallOptions {
  std::size_t width = 100;
  bool color = false;
  // Spans drawn: errors first, then the critical path, then long ones, each with all it hangs from.
  std::size_t max_rows = kMaxWaterfallRows;
};

// The tree has at least one node.
std::string draw_waterfall(std::string_view trace_id, const query::TraceTree& tree,
                           const WaterfallOptions& options);

}  // namespace obs::tui
