#include "libobs/tui/time_bar.h"

#include <algorithm>
#include <cmath>

#include "libobs/base/text.h"

namespace obs::tui {
namespace {

enum class Cell : std::uint8_t { kNone, kOff, kOn };

std::string_view glyph(Cell cell) {
  switch (cell) {
    case Cell::kOff: return "░";
    case Cell::kOn: return "█";
    case Cell::kNone: break;
  }
  return " ";
}

}  // namespace

TimeAxis::TimeAxis(Timestamp start, Duration length, std::size_t cells)
    : start_(start), length_(length), cells_(std::max<std::size_t>(1, cells)) {}

double TimeAxis::position(Timestamp time) const {
  if (length_ <= 0) return 0;
  const double from_start = static_cast<double>(time) - static_cast<double>(start_);
  const double part = from_start / static_cast<double>(length_);
  return std::clamp(part, 0.0, 1.0) * static_cast<double>(cells_);
}

std::size_t TimeAxis::first_cell(Timestamp time) const {
  return std::min(cells_ - 1, static_cast<std::size_t>(position(time)));
}

std::size_t TimeAxis::end_cell(Timestamp time) const {
  return std::max<std::size_t>(1, static_cast<std::size_t>(std::ceil(position(time))));
}

std::string TimeAxis::scale() const {
  constexpr std::size_t kRoomForQuarters = 48;
  const int parts = cells_ >= kRoomForQuarters ? 4 : 1;
  std::string line;
  std::size_t used = 0;
  for (int i = 0; i <= parts; ++i) {
    const Duration time = length_ / parts * i + length_ % parts * i / parts;
    const std::string mark = i == 0 ? "0" : to_duration_text(time);
    const std::size_t width = display_width(mark);
    std::size_t at = cells_ * static_cast<std::size_t>(i) / static_cast<std::size_t>(parts);
    at -= i == parts ? std::min(at, width) : 0;
    if (i > 0 && at <= used) continue;
    append_padding(line, used, at);
    line += mark;
    used = at + width;
  }
  return line;
}

void TimeAxis::append_bar(std::string& out, const query::TraceNode& node,
                          std::span<const query::PathSegment> path, const Painter& painter) const {
  std::vector<Cell> cells(cells_, Cell::kNone);
  const auto fill = [&](Timestamp from, Timestamp to, Cell with) {
    const std::size_t first = first_cell(from);
    const std::size_t end = std::min(cells_, std::max(first + 1, end_cell(to)));
    std::fill(cells.begin() + static_cast<std::ptrdiff_t>(first),
              cells.begin() + static_cast<std::ptrdiff_t>(end), with);
  };
  fill(node.start, node.end, Cell::kOff);
  for (const query::PathSegment& segment : path) fill(segment.start, segment.end, Cell::kOn);

  const Style style = service_style(node.span.service);
  for (std::size_t i = 0; i < cells.size();) {
    std::size_t end = i;
    std::string run;
    for (; end < cells.size() && cells[end] == cells[i]; ++end) run += glyph(cells[end]);
    painter.append(out, run, cells[i] == Cell::kNone ? kPlain : style);
    i = end;
  }
}

}  // namespace obs::tui
