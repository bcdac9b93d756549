// Small scanning helpers that the detectors share.

#pragma once

#include <array>
#include <cstddef>
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
// Some bytes, asked for one at a time.
class CharSet {
 public:
  constexpr explicit CharSet(std::string_view members) {
    for (const char c : members) has_[static_cast<unsigned char>(c)] = true;
  }
  constexpr bool operator()(char c) const { return has_[static_cast<unsigned char>(c)]; }

 private:
  std::array<bool, 256> has_{};
};

inline char to_lower_char(char c) { return is_upper(c) ? static_cast<char>(c | 0x20) : c; }

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

// Where `lower`, in any case, stands at or after `from`; npos when nowhere. For ASCII words.
inline std::size_t find_ignore_case(std::string_view text, std::string_view lower,
                                    std::size_t from) {
  // Folds what is no letter too; the comparison below does not.
  const char first = static_cast<char>(lower[0] | 0x20);
  for (; from + lower.size() <= text.size(); ++from) {
    if (static_cast<char>(text[from] | 0x20) != first) continue;
    if (to_lower_char(text[from]) != lower[0]) continue;
    std::size_t i = 1;
    while (i < lower.size() && to_lower_char(text[from + i]) == lower[i]) ++i;
    if (i == lower.size()) return from;
  }
  return std::string_view::npos;
}

}  // namespace obs::lang
