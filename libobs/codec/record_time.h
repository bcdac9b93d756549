// Times in RFC 3339, fast for times that lie close together.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "libobs/base/clock.h"

namespace obs::codec {

// Records come in the order of their times, more or less, so the text of one second serves many of
// them. A quarter of the cost of a line was calendars.
class TimeText {
 public:
  // With a closing quote.
  void append(std::string& out, Timestamp time) {
    if (time < 0) {  // Seconds round the other way before 1970; it can take the long way.
      append_rfc3339(out, time);
      out += '"';
      return;
    }
    if (time / kSecond != second_) remember(time);
    auto left = static_cast<std::uint32_t>(time - second_ * kSecond);
    for (int i = kDigits - 1; i >= 0; --i, left /= 10) {
      text_[kFraction + i] = static_cast<char>('0' + left % 10);
    }
    out.append(text_, kSize);
  }

 private:
  static constexpr int kFraction = 20;  // Behind "2026-11-22T10:15:30.".
  static constexpr int kDigits = 9;
  static constexpr std::size_t kSize = 31;

  void remember(Timestamp time) {
    scratch_.clear();
    append_rfc3339(scratch_, time);
    scratch_.copy(text_, scratch_.size());
    second_ = time / kSecond;
  }

  Timestamp second_ = -1;
  char text_[kSize + 1] = "0000-00-00T00:00:00.000000000Z\"";
  std::string scratch_;
};

}  // namespace obs::codec
