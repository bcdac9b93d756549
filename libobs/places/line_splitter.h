// Cuts a stream of bytes into lines.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libobs/base/bytes.h"

namespace obs::places {

// No record is longer; what is, would only fill the memory.
inline constexpr std::size_t kMaxLine = 16 * kMiB;

// Pure. `feed`, then `next` until it answers nullopt; a line is a view that lives until the next
// feed().
class LineSplitter {
 public:
  explicit LineSplitter(std::size_t max_line = kMaxLine) : max_line_(max_line) {}

  void feed(std::string_view bytes);

  // The next whole line without its end ("\n" or "\r\n"). A line above the limit is left out and
  // counted.
  std::optional<std::string_view> next();

  // What stands behind the last newline, at the end of the input; nullopt when nothing does.
  std::optional<std::string_view> last();

  // Lines that were too long, and forgets them.
  std::uint64_t take_overlong();

 private:
  std::string buffer_;
  std::size_t start_ = 0;    // Of the next line.
  std::size_t scanned_ = 0;  // No newline lies between start_ and here.
  std::size_t max_line_;
  bool skipping_ = false;  // Inside a line that is too long.
  std::uint64_t overlong_ = 0;
};

}  // namespace obs::places
