#include "libobs/base/tokens.h"

#include <array>
#include <cstdint>
#include <cstring>

#include "libobs/base/utf8.h"

namespace obs {
namespace {

// Case folding of the characters that take two bytes, U+0080 to U+07FF, to others of two bytes.
// Those of three bytes with case (Georgian, Cherokee, full-width Latin) stay as they are: they are
// rare in telemetry, and some would change their length.
constexpr std::uint16_t kFirst = 0x80;
constexpr std::uint16_t kEnd = 0x800;

constexpr bool is_between(std::uint16_t c, std::uint16_t first, std::uint16_t last) {
  return c >= first && c <= last;
}

// Upper and lower case side by side, the upper one even, or odd.
constexpr bool is_even_upper(std::uint16_t c) {
  return c % 2 == 0 && c != 0x130 &&
         (is_between(c, 0x100, 0x137) || is_between(c, 0x14a, 0x177) ||
          is_between(c, 0x182, 0x185) || is_between(c, 0x1a0, 0x1a5) ||
          is_between(c, 0x1de, 0x1ef) || is_between(c, 0x1f8, 0x21f) ||
          is_between(c, 0x222, 0x233) || is_between(c, 0x246, 0x24f) ||
          is_between(c, 0x3d8, 0x3ef) || is_between(c, 0x460, 0x481) ||
          is_between(c, 0x48a, 0x4bf) || is_between(c, 0x4d0, 0x52f));
}

constexpr bool is_odd_upper(std::uint16_t c) {
  return c % 2 == 1 && (is_between(c, 0x139, 0x148) || is_between(c, 0x179, 0x17e) ||
                        is_between(c, 0x1cd, 0x1dc) || is_between(c, 0x4c1, 0x4ce));
}

constexpr std::uint16_t fold(std::uint16_t c) {
  const auto shifted = [c](int by) { return static_cast<std::uint16_t>(c + by); };
  if (is_between(c, 0xc0, 0xde) && c != 0xd7) return shifted(0x20);     // Latin-1
  if (is_between(c, 0x391, 0x3ab) && c != 0x3a2) return shifted(0x20);  // Greek
  if (is_between(c, 0x388, 0x38a)) return shifted(0x25);
  if (is_between(c, 0x400, 0x40f)) return shifted(0x50);  // Cyrillic
  if (is_between(c, 0x410, 0x42f)) return shifted(0x20);
  if (is_between(c, 0x531, 0x556)) return shifted(0x30);  // Armenian
  switch (c) {
    case 0xb5: return 0x3bc;  // The micro sign is a mu.
    case 0x178: return 0xff;
    case 0x386: return 0x3ac;
    case 0x38c: return 0x3cc;
    case 0x38e: return 0x3cd;
    case 0x38f: return 0x3ce;
    case 0x3c2: return 0x3c3;  // The sigma at a word's end.
    case 0x4c0: return 0x4cf;
    default: break;
  }
  return is_even_upper(c) || is_odd_upper(c) ? shifted(1) : c;
}

struct FoldTable {
  constexpr FoldTable() {
    for (std::uint16_t c = kFirst; c < kEnd; ++c) folded[c - kFirst] = fold(c);
  }
  std::array<std::uint16_t, kEnd - kFirst> folded{};
};
constexpr FoldTable kFold;

void fold_beyond_ascii(std::string& text, std::size_t at) {
  while (at + 1 < text.size()) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const auto next = static_cast<unsigned char>(text[at + 1]);
    if (lead < 0xc2 || lead > 0xdf || (next & 0xc0) != 0x80) {
      ++at;
      continue;
    }
    const std::uint16_t character = kFold.folded[((lead & 0x1f) << 6 | (next & 0x3f)) - kFirst];
    text[at] = static_cast<char>(0xc0 | character >> 6);
    text[at + 1] = static_cast<char>(0x80 | (character & 0x3f));
    at += 2;
  }
}

bool is_word_at(std::string_view text, std::size_t at, std::size_t size) {
  return (at == 0 || !is_word_byte(text[at - 1])) &&
         (at + size == text.size() || !is_word_byte(text[at + size]));
}

}  // namespace

// Eight at a time: adding to seven bits of each carries into the eighth from a letter on.
void fold_case(std::string& text) {
  constexpr std::uint64_t kOnes = 0x0101010101010101U;
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, text.data() + at, 8);
    const std::uint64_t low = bytes & 0x7f * kOnes;
    const std::uint64_t from_a = low + (0x80 - 'A') * kOnes;
    const std::uint64_t beyond_z = low + (0x7f - 'Z') * kOnes;
    bytes |= ((from_a ^ beyond_z) & ~bytes & 0x80 * kOnes) >> 2;
    std::memcpy(text.data() + at, &bytes, 8);
  }
  for (; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    text[at] = static_cast<char>(byte + ((static_cast<unsigned char>(byte - 'A') < 26) << 5));
  }
  if (const std::size_t ascii = ascii_prefix(text); ascii < text.size()) {
    fold_beyond_ascii(text, ascii);
  }
}

Phrase::Phrase(std::string_view text) {
  std::string folded(text);
  fold_case(folded);
  each_word(folded, [this](std::string_view word) { words_.emplace_back(word); });
  for (std::size_t i = 1; i < words_.size(); ++i) {
    if (words_[i].size() > words_[longest_].size()) longest_ = i;
  }
}

// The longest word is the rarest, as a rule; memmem finds it at memory speed.
bool Phrase::is_in(std::string_view text, std::string& scratch) const {
  if (words_.empty()) return true;
  const std::string& word = words_[longest_];
  if (text.size() < word.size()) return false;
  scratch.assign(text);
  fold_case(scratch);
  const std::string_view folded = scratch;
  std::size_t at = 0;
  while (at + word.size() <= folded.size()) {
    const void* found = ::memmem(folded.data() + at, folded.size() - at, word.data(), word.size());
    if (found == nullptr) return false;
    at = static_cast<std::size_t>(static_cast<const char*>(found) - folded.data());
    if (is_word_at(folded, at, word.size()) && matches_at(folded, at)) return true;
    ++at;
  }
  return false;
}

bool Phrase::is_in(std::string_view text) const {
  std::string scratch;
  return is_in(text, scratch);
}

// The longest word stands at `at`; are its neighbours what they should be?
bool Phrase::matches_at(std::string_view folded, std::size_t at) const {
  std::size_t begin = at;
  for (std::size_t i = longest_; i-- > 0;) {
    while (begin > 0 && !is_word_byte(folded[begin - 1])) --begin;
    if (!folded.substr(0, begin).ends_with(words_[i])) return false;
    begin -= words_[i].size();
    if (begin > 0 && is_word_byte(folded[begin - 1])) return false;
  }
  std::size_t end = at + words_[longest_].size();
  for (std::size_t i = longest_ + 1; i < words_.size(); ++i) {
    while (end < folded.size() && !is_word_byte(folded[end])) ++end;
    if (!folded.substr(end).starts_with(words_[i])) return false;
    end += words_[i].size();
    if (end < folded.size() && is_word_byte(folded[end])) return false;
  }
  return true;
}

std::vector<std::string> words_inside(std::string_view substring) {
  std::string folded(substring);
  fold_case(folded);
  std::vector<std::string> words;
  each_word(folded, [&](std::string_view word) {
    const bool at_begin = word.data() == folded.data();
    const bool at_end = word.data() + word.size() == folded.data() + folded.size();
    if (!at_begin && !at_end) words.emplace_back(word);
  });
  return words;
}

}  // namespace obs
