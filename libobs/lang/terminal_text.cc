#include "libobs/lang/terminal_text.h"

#include <cstdint>
#include <cstring>

#include "libobs/base/utf8.h"
#include "libobs/lang/redact_escapes.h"

namespace obs::lang {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

constexpr std::uint64_t repeat(std::uint64_t byte) { return byte * 0x0101010101010101U; }

// Whether one of eight bytes is zero.
constexpr bool has_zero(std::uint64_t word) {
  return ((word - repeat(0x01)) & ~word & repeat(0x80)) != 0;
}

bool is_plain_word(std::uint64_t word) {
  const bool has_control = ((word - repeat(0x20)) & ~word & repeat(0x80)) != 0;
  return (word & repeat(0x80)) == 0 && !has_control && !has_zero(word ^ repeat(0x7f)) &&
         !has_zero(word ^ repeat('\\'));
}

// C0 and C1, the marks, embeddings, overrides and isolates of the bidirectional algorithm, and the
// separators of lines and paragraphs.
bool steers(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0x200e || c == 0x200f ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

}  // namespace

// Most text, eight bytes at a time.
bool is_terminal_plain(std::string_view text) {
  std::uint64_t word = 0;
  for (; text.size() >= sizeof(word); text.remove_prefix(sizeof(word))) {
    std::memcpy(&word, text.data(), sizeof(word));
    if (!is_plain_word(word)) return false;
  }
  word = repeat(' ');
  std::memcpy(&word, text.data(), text.size());
  return is_plain_word(word);
}

void append_terminal_text(std::string& out, std::string_view text, std::string_view newline) {
  while (!text.empty()) {
    const Utf8Step step = next_utf8(text);
    if (step.well_formed && !steers(step.character)) {
      out += text.substr(0, step.size);
    } else if (step.character == U'\n') {
      out += newline;
    } else {
      out += step.character == U'\t' ? " " : kReplacement;
    }
    text.remove_prefix(step.size);
  }
}

void append_terminal_json(std::string& out, std::string_view text, std::string_view newline) {
  if (is_terminal_plain(text)) {
    out += text;
  } else if (text.find('\\') == std::string_view::npos) {
    append_terminal_text(out, text, newline);
  } else {
    std::string unescaped;
    unescape_forgivingly(text, unescaped);
    append_terminal_text(out, unescaped, newline);
  }
}

}  // namespace obs::lang
