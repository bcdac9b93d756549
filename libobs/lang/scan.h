// Small scanning helpers that the detectors share.

#pragma once

#include <string_view>

namespace obs::lang {

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
inline bool is_letter(char c) { return is_upper(c) || (c >= 'a' && c <= 'z'); }
// Letters, digits, and every byte of a character beyond ASCII.
inline bool is_word(char c) {
  return is_letter(c) || is_digit(c) || static_cast<unsigned char>(c) >= 0x80;
}
inline bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// The first position from `at` on whose byte is not accepted.
template <class Accept>
std::size_t skip_right(std::string_view text, std::size_t at, Accept accept) {
  while (at < text.size() && accept(text[at])) ++at;
  return at;
}

// The first of the accepted bytes that end just before `at`, no further left than `floor`.
template <class Accept>
std::size_t skip_left(std::string_view text, std::size_t at, std::size_t floor, Accept accept) {
  while (at > floor && accept(text[at - 1])) --at;
  return at;
}

}  // namespace obs::lang
