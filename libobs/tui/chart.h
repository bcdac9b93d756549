// Charts in characters: curves over time and horizontal bars. Pure.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/tui/paint.h"

namespace obs::tui {

// Rows of characters that a curve is drawn in.
inline constexpr std::size_t kCurveHeight = 8;

struct CurvePoint {
  Timestamp time = 0;
  double value = 0;  // Finite.
};

struct Curve {
  std::string name;
  std::vector<CurvePoint> points;  // In any order.
};

// A panel: the name with least, greatest and last value, the curve, and a time axis. The value axis
// begins at 0 unless a value is below. Nothing but the name when there are no points.
void append_curve(std::string& out, const Curve& curve, std::size_t width, const Painter& painter);

struct Bar {
  std::string label;
  double value = 0;
};

// A panel: the name, and a line a bar. NaN has no bar; a negative value has a bar as long as its
// size.
void append_bars(std::string& out, std::string_view name, const std::vector<Bar>& bars,
                 std::size_t width, const Painter& painter);

// "1.23k", "45M", "0.00123"; as a duration when `name` ends in _ns.
std::string to_axis_text(std::string_view name, double value);

}  // namespace obs::tui
