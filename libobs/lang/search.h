// Search: where in a chunk of lines a needle may stand, at memory speed.
//
// For filters whose condition no line can meet that lacks the needle. An escape could hide it, so
// places where one begins that could are found too. Compares two bytes of the needle that logs
// seldom have, 32 places at a time.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace obs::lang {

class Needle {
 public:
  // `text` has at least two bytes.
  explicit Needle(std::string text);

  const std::string& text() const { return text_; }
  // True when only \u could hide the needle; otherwise any backslash might.
  bool needs_unicode_escape() const { return only_unicode_; }

  // The first place at or after `from` where the needle stands or an escape begins that could hide
  // it; npos when there is none. `lines` is followed by kScanPadding readable bytes.
  std::size_t find(std::string_view lines, std::size_t from) const;
  // The same a byte at a time: what machines without AVX2 do.
  std::size_t find_plainly(std::string_view lines, std::size_t from) const;

 private:
  bool is_hit(std::string_view lines, std::size_t at) const;

  std::string text_;
  std::size_t first_ = 0;  // Offsets of the two bytes that are compared.
  std::size_t second_ = 1;
  bool only_unicode_ = true;
};

}  // namespace obs::lang
