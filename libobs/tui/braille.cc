#include "libobs/tui/braille.h"

#include <algorithm>
#include <cstdlib>

namespace obs::tui {
namespace {

// The bit of a dot by its row and column; the fourth row came later to the standard.
constexpr std::uint8_t kDots[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};

}  // namespace

BrailleCanvas::BrailleCanvas(std::size_t width, std::size_t height)
    : width_(width), height_(height), cells_(width * height) {}

void BrailleCanvas::set(std::size_t x, std::size_t y) {
  if (x >= dots_wide() || y >= dots_high()) return;
  cells_[y / 4 * width_ + x / 2] |= kDots[y % 4][x % 2];
}

// A dot for each step along the longer side.
void BrailleCanvas::line(std::size_t x0, std::size_t y0, std::size_t x1, std::size_t y1) {
  const auto dx = static_cast<double>(x1) - static_cast<double>(x0);
  const auto dy = static_cast<double>(y1) - static_cast<double>(y0);
  const auto steps = static_cast<std::size_t>(std::max(std::abs(dx), std::abs(dy)));
  for (std::size_t i = 0; i <= steps; ++i) {
    const double part = steps == 0 ? 0 : static_cast<double>(i) / static_cast<double>(steps);
    set(static_cast<std::size_t>(static_cast<double>(x0) + dx * part + 0.5),
        static_cast<std::size_t>(static_cast<double>(y0) + dy * part + 0.5));
  }
}

std::string BrailleCanvas::row(std::size_t y) const {
  std::string text;
  std::size_t end = 0;
  for (std::size_t x = 0; x < width_; ++x) {
    const std::uint8_t dots = cells_[y * width_ + x];
    if (dots == 0) {
      text += ' ';
      continue;
    }
    // U+2800 + dots, in UTF-8.
    text += '\xE2';
    text += static_cast<char>(0xA0 | dots >> 6);
    text += static_cast<char>(0x80 | (dots & 0x3F));
    end = text.size();
  }
  text.resize(end);
  return text;
}

}  // namespace obs::tui
