#include "cmd/obs-pipe/live_table.h"

#include <sys/ioctl.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "cmd/obs-pipe/lines.h"
#include "libobs/tui/line_output.h"

namespace obs::pipe {
namespace {

constexpr std::size_t kHeaderLines = 2;
// More rows than any screen has need not be drawn to be left out.
constexpr std::size_t kMostRows = 500;

// The first lines of a text; says how many there are beyond them.
std::string_view take_lines(std::string_view text, std::size_t count, std::size_t& left_out) {
  std::string_view rest = text;
  for (; count > 0 && !rest.empty(); --count) take_line(rest);
  left_out = static_cast<std::size_t>(std::count(rest.begin(), rest.end(), '\n'));
  return text.substr(0, text.size() - rest.size());
}

}  // namespace

Screen screen_size() {
  winsize size{};
  if (::ioctl(1, TIOCGWINSZ, &size) != 0) return {0, 0};
  return {size.ws_col, size.ws_row};
}

std::string LiveTable::paint(std::string_view rows, Screen screen) {
  // The header, the line that says what is left out, and the one the cursor is on.
  const std::size_t height = screen.height == 0 ? Screen().height : screen.height;
  const std::size_t room = std::max<std::size_t>(height, kHeaderLines + 3);
  std::size_t left_out = 0;
  rows = take_lines(rows, std::min(room - kHeaderLines - 2, kMostRows), left_out);
  const std::size_t width = screen.width == 0 ? Screen().width : screen.width;
  const auto table = tui::make_output("table", {width, color_});
  std::string text;
  if (!rows.empty()) {
    table->add(rows, text);
    table->finish(text);
  }
  if (left_out > 0) text += fmt::format("... and {} more\n", left_out);
  if (text == shown_) return {};
  std::string out = erase() + text;
  height_ = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  shown_ = std::move(text);
  return out;
}

std::string LiveTable::erase() {
  shown_.clear();
  const std::size_t height = std::exchange(height_, 0);
  return height == 0 ? std::string() : fmt::format("\r\x1b[{}A\x1b[J", height);
}

}  // namespace obs::pipe
