// Bars on a time axis. Internal to tui/waterfall.h.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "libobs/query/critical_path.h"
#include "libobs/query/trace_tree.h"
#include "libobs/tui/paint.h"

namespace obs::tui {

class TimeAxis {
 public:
  // `cells` characters, at least one, for so long from `start` on.
  TimeAxis(Timestamp start, Duration length, std::size_t cells);

  // The marks: 0 at the left, the whole at the right, and quarters between when there is room.
  std::string scale() const;

  // A node's bar: full blocks where the segments of the critical path are (`path`: those of this
  // node), shaded ones elsewhere. At least one cell. Spaces fill up to the whole axis.
  void append_bar(std::string& out, const query::TraceNode& node,
                  std::span<const query::PathSegment> path, const Painter& painter) const;

 private:
  std::size_t first_cell(Timestamp time) const;
  std::size_t end_cell(Timestamp time) const;
  double position(Timestamp time) const;

  Timestamp start_;
  Duration length_;
  std::size_t cells_;
};

}  // namespace obs::tui
