#include "libobs/base/utf8.h"

#include <cstring>

#include "libobs/base/text.h"

namespace obs {
namespace {

constexpr std::uint64_t kHighBits = 0x8080808080808080;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// What a lead byte promises: how many bytes follow, and the bounds of the first of them, which rule
// out overlong forms, surrogates and what lies above U+10FFFF (Unicode 15, table 3-7).
struct Lead {
  std::size_t following = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
};

Lead read_lead(unsigned char byte) {
  if (byte < 0xC2) return {};
  if (byte < 0xE0) return {1};
  if (byte == 0xE0) return {2, 0xA0, 0xBF};
  if (byte == 0xED) return {2, 0x80, 0x9F};
  if (byte < 0xF0) return {2};
  if (byte == 0xF0) return {3, 0x90, 0xBF};
  if (byte < 0xF4) return {3};
  if (byte == 0xF4) return {3, 0x80, 0x8F};
  return {};
}

}  // namespace

Utf8Step next_utf8(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return {1, true, first};
  const Lead lead = read_lead(first);
  if (lead.following == 0) return {1, false, 0};

  char32_t character = first & (0x3Fu >> lead.following);
  unsigned char low = lead.low;
  unsigned char high = lead.high;
  for (std::size_t i = 1; i <= lead.following; ++i) {
    const auto byte = i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
    if (byte < low || byte > high) return {i, false, 0};
    character = character << 6 | (byte & 0x3Fu);
    low = 0x80;
    high = 0xBF;
  }
  return {lead.following + 1, true, character};
}

std::size_t ascii_prefix(std::string_view text) {
  std::size_t at = 0;
  for (; at + 32 <= text.size(); at += 32) {
    std::uint64_t words[4];
    std::memcpy(words, text.data() + at, sizeof(words));
    if ((words[0] | words[1] | words[2] | words[3]) & kHighBits) break;
  }
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, sizeof(word));
    if (word & kHighBits) break;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

bool is_valid_utf8(std::string_view text) {
  for (;;) {
    text.remove_prefix(ascii_prefix(text));
    if (text.empty()) return true;
    // Text outside ASCII comes in runs; stay in the plain loop until one ends.
    while (!text.empty() && static_cast<unsigned char>(text[0]) >= 0x80) {
      const Utf8Step step = next_utf8(text);
      if (!step.well_formed) return false;
      text.remove_prefix(step.size);
    }
  }
}

std::string repair_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size() + kReplacement.size());
  while (!text.empty()) {
    const Utf8Step step = next_utf8(text);
    out.append(step.well_formed ? text.substr(0, step.size) : kReplacement);
    text.remove_prefix(step.size);
  }
  return out;
}

}  // namespace obs
