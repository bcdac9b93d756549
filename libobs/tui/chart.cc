#include "libobs/tui/chart.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "libobs/base/text.h"
#include "libobs/tui/braille.h"

namespace obs::tui {
namespace {

constexpr std::size_t kMinPlotWidth = 10;
constexpr std::size_t kMaxLabelWidth = 32;

struct Range {
  double low = 0;
  double high = 1;
};

Range value_range(const std::vector<CurvePoint>& points) {
  Range range{0, points[0].value};
  for (const CurvePoint& point : points) {
    range.low = std::min(range.low, point.value);
    range.high = std::max(range.high, point.value);
  }
  if (range.high <= range.low) range.high = range.low + 1;
  return range;
}

// Where `value` lies in the range, in whole dots.
std::size_t to_dot(double value, double low, double high, std::size_t dots) {
  const double part = high > low ? (value - low) / (high - low) : 0.5;
  return static_cast<std::size_t>(std::clamp(part, 0.0, 1.0) * static_cast<double>(dots - 1) + 0.5);
}

BrailleCanvas draw(const std::vector<CurvePoint>& points, Range range, std::size_t width) {
  BrailleCanvas canvas(width, kCurveHeight);
  const auto first = static_cast<double>(points.front().time);
  const auto last = static_cast<double>(points.back().time);
  std::size_t before_x = 0;
  std::size_t before_y = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto time = static_cast<double>(points[i].time);
    const std::size_t x = to_dot(time, first, last, canvas.dots_wide());
    const std::size_t up = to_dot(points[i].value, range.low, range.high, canvas.dots_high());
    const std::size_t y = canvas.dots_high() - 1 - up;
    if (i == 0) canvas.set(x, y);
    if (i > 0) canvas.line(before_x, before_y, x, y);
    before_x = x;
    before_y = y;
  }
  return canvas;
}

// As much of a time as tells the ends of the axis apart.
std::string to_axis_time(Timestamp time, Duration span) {
  const std::string text = to_rfc3339(time);
  if (span < 10 * kSecond) return text.substr(11, 12);
  if (span < kDay) return text.substr(11, 8);
  return text.substr(0, 10) + ' ' + text.substr(11, 5);
}

void append_time_axis(std::string& out, const std::vector<CurvePoint>& points, std::size_t indent,
                      std::size_t width) {
  const Duration span = points.back().time - points.front().time;
  const std::string first = to_axis_time(points.front().time, span);
  const std::string last = to_axis_time(points.back().time, span);
  out.append(indent, ' ');
  out += first;
  if (span > 0 && width > first.size() + last.size()) {
    out.append(width - first.size() - last.size(), ' ');
    out += last;
  }
  out += '\n';
}

std::string describe(const Curve& curve) {
  const auto [least, greatest] = std::minmax_element(
      curve.points.begin(), curve.points.end(),
      [](const CurvePoint& a, const CurvePoint& b) { return a.value < b.value; });
  return fmt::format("  min {}  max {}  last {}", to_axis_text(curve.name, least->value),
                     to_axis_text(curve.name, greatest->value),
                     to_axis_text(curve.name, curve.points.back().value));
}

// A bar of `eighths` eighths of a character.
std::string draw_bar(std::size_t eighths) {
  static constexpr std::array<const char*, 8> kParts = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  std::string bar;
  for (std::size_t i = 0; i < eighths / 8; ++i) bar += "█";
  return bar + kParts[eighths % 8];
}

std::size_t widest(const std::vector<std::string>& texts) {
  std::size_t width = 0;
  for (const std::string& text : texts) width = std::max(width, display_width(text));
  return width;
}

}  // namespace

std::string to_axis_text(std::string_view name, double value) {
  if (name.ends_with("_ns") && std::abs(value) < 9e18) {
    return to_duration_text(static_cast<Duration>(value));
  }
  static constexpr std::array<std::pair<double, const char*>, 4> kUnits = {
      {{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}}};
  for (const auto& [size, unit] : kUnits) {
    // 999,500 is 1M, not 1e+03k.
    if (std::abs(value) >= size * 0.9995) return fmt::format("{:.3g}{}", value / size, unit);
  }
  return fmt::format("{:.3g}", value);
}

void append_curve(std::string& out, const Curve& curve, std::size_t width, const Painter& painter) {
  painter.append(out, to_safe(curve.name), kBold);
  if (curve.points.empty()) {
    out += "  no values\n";
    return;
  }
  Curve sorted = curve;
  std::stable_sort(sorted.points.begin(), sorted.points.end(),
                   [](const CurvePoint& a, const CurvePoint& b) { return a.time < b.time; });
  painter.append(out, describe(sorted), kDim);
  out += '\n';

  const Range range = value_range(sorted.points);
  const std::vector<std::string> marks = {to_axis_text(curve.name, range.high),
                                          to_axis_text(curve.name, range.low)};
  const std::size_t indent = widest(marks) + 2;
  const std::size_t plot = std::max(kMinPlotWidth, width - std::min(width, indent));
  const BrailleCanvas canvas = draw(sorted.points, range, plot);
  for (std::size_t y = 0; y < kCurveHeight; ++y) {
    const std::string mark = y == 0 ? marks[0] : y + 1 == kCurveHeight ? marks[1] : "";
    append_padding(out, display_width(mark), indent - 2);
    out += mark + (mark.empty() ? " │" : " ┤");
    painter.append(out, canvas.row(y), service_style(curve.name));
    out += '\n';
  }
  append_time_axis(out, sorted.points, indent, plot);
}

void append_bars(std::string& out, std::string_view name, const std::vector<Bar>& bars,
                 std::size_t width, const Painter& painter) {
  painter.append(out, to_safe(name), kBold);
  out += '\n';
  std::vector<std::string> labels;
  std::vector<std::string> values;
  double greatest = 0;
  for (const Bar& bar : bars) {
    labels.push_back(fit(bar.label, kMaxLabelWidth));
    values.push_back(std::isnan(bar.value) ? "" : to_axis_text(name, bar.value));
    if (std::isfinite(bar.value)) greatest = std::max(greatest, std::abs(bar.value));
  }
  const std::size_t others = widest(labels) + widest(values) + 4;
  const std::size_t plot = std::max(kMinPlotWidth, width - std::min(width, others));
  for (std::size_t i = 0; i < bars.size(); ++i) {
    const bool has_bar = greatest > 0 && !std::isnan(bars[i].value);
    const double part = has_bar ? std::min(1.0, std::abs(bars[i].value) / greatest) : 0;
    const double eighths = part * static_cast<double>(plot) * 8;
    painter.append(out, labels[i], service_style(labels[i]));
    if (values[i].empty()) {
      out += '\n';
      continue;
    }
    append_padding(out, display_width(labels[i]), widest(labels) + 2);
    painter.append(out, draw_bar(static_cast<std::size_t>(eighths)), service_style(labels[i]));
    out += "  " + values[i] + '\n';
  }
}

}  // namespace obs::tui
