// A canvas of dots, eight to a character: 2 wide and 4 high, as Unicode's Braille patterns have
// them (U+2800, one bit a dot).

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace obs::tui {

class BrailleCanvas {
 public:
  // In characters.
  BrailleCanvas(std::size_t width, std::size_t height);

  // In dots, from the top left.
  std::size_t dots_wide() const { return width_ * 2; }
  std::size_t dots_high() const { return height_ * 4; }
  // Dots outside are left out.
  void set(std::size_t x, std::size_t y);
  void line(std::size_t x0, std::size_t y0, std::size_t x1, std::size_t y1);

  // One line of characters, without spaces at its end.
  std::string row(std::size_t y) const;

 private:
  std::size_t width_;
  std::size_t height_;
  std::vector<std::uint8_t> cells_;
};

}  // namespace obs::tui
