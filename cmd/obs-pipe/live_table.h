// A table on a terminal that is painted over as its rows change.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace obs::pipe {

struct Screen {
  std::size_t width = 80;
  std::size_t height = 24;
};

// The size of the terminal behind stdout; zeros when there is none, or it does not say.
Screen screen_size();

// One thread at a time.
class LiveTable {
 public:
  explicit LiveTable(bool color) : color_(color) {}

  // What takes what was painted before off the screen, and shows these rows, as many as fit. Empty
  // when nothing has changed.
  std::string paint(std::string_view rows, Screen screen);
  // Takes it off.
  std::string erase();

 private:
  bool color_;
  std::string shown_;
  std::size_t height_ = 0;  // Of what is shown, in lines.
};

}  // namespace obs::pipe
