#include "libobs/lang/redact_escapes.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>

#include "libobs/lang/scan.h"

namespace obs::lang {
namespace {

// One step through escaped text: so many bytes stand for those.
struct Step {
  std::size_t taken = 1;
  std::size_t size = 1;
  std::array<char, 4> bytes{};
};

std::optional<std::uint32_t> hex_at(std::string_view text, std::size_t at, std::size_t digits) {
  if (at + digits > text.size()) return std::nullopt;
  std::uint32_t value = 0;
  for (const char c : text.substr(at, digits)) {
    if (!is_hex(c)) return std::nullopt;
    const int digit = is_digit(c) ? c - '0' : to_lower_char(c) - 'a' + 10;
    value = value << 4 | static_cast<std::uint32_t>(digit);
  }
  return value;
}

Step to_utf8(std::uint32_t c, std::size_t taken) {
  const auto low = [](std::uint32_t bits) { return static_cast<char>(0x80 | (bits & 0x3f)); };
  const auto lead = [](std::uint32_t mark, std::uint32_t bits) {
    return static_cast<char>(mark | bits);
  };
  if (c < 0x80) return {taken, 1, {static_cast<char>(c)}};
  if (c < 0x800) return {taken, 2, {lead(0xc0, c >> 6), low(c)}};
  if (c < 0x10000) return {taken, 3, {lead(0xe0, c >> 12), low(c >> 6), low(c)}};
  return {taken, 4, {lead(0xf0, c >> 18), low(c >> 12), low(c >> 6), low(c)}};
}

// \uXXXX, two of them for what lies beyond the first plane.
std::optional<Step> unicode_at(std::string_view text, std::size_t at) {
  const auto unit = hex_at(text, at + 2, 4);
  if (!unit) return std::nullopt;
  if (*unit < 0xd800 || *unit > 0xdfff) return to_utf8(*unit, 6);
  const bool goes_on = *unit < 0xdc00 && text.substr(at + 6, 2) == "\\u";
  const auto second = goes_on ? hex_at(text, at + 8, 4) : std::nullopt;
  if (!second || *second < 0xdc00 || *second > 0xdfff) return to_utf8(0xfffd, 6);
  return to_utf8(0x10000 + ((*unit - 0xd800) << 10) + (*second - 0xdc00), 12);
}

// What a backslash and this byte stand for; 0 when they are no short escape.
constexpr auto kShortEscapes = [] {
  std::array<char, 256> meant{};
  constexpr std::string_view kShort = "\"\\/bfnrt";
  constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
  for (std::size_t i = 0; i < kShort.size(); ++i) {
    meant[static_cast<unsigned char>(kShort[i])] = kMeant[i];
  }
  return meant;
}();

// The byte of the short escape at `at`; 0 when there is none.
char short_escape_at(std::string_view text, std::size_t at) {
  if (text[at] != '\\' || at + 1 >= text.size()) return '\0';
  return kShortEscapes[static_cast<unsigned char>(text[at + 1])];
}

std::optional<Step> escape_at(std::string_view text, std::size_t at) {
  if (at + 1 >= text.size()) return std::nullopt;
  if (const char meant = short_escape_at(text, at)) return Step{2, 1, {meant}};
  const char kind = text[at + 1];
  if (kind == 'u') return unicode_at(text, at);
  if (kind != 'x') return std::nullopt;
  const auto byte = hex_at(text, at + 2, 2);
  return byte ? std::optional(to_utf8(*byte, 4)) : std::nullopt;
}

// A byte as URLs write it: %40.
std::optional<Step> percent_at(std::string_view text, std::size_t at) {
  const auto byte = hex_at(text, at + 1, 2);
  return byte ? std::optional(Step{3, 1, {static_cast<char>(*byte)}}) : std::nullopt;
}

Step step_at(std::string_view text, std::size_t at, Escapes escapes) {
  std::optional<Step> escape;
  if (text[at] == '\\') escape = escape_at(text, at);
  if (text[at] == '%' && escapes == Escapes::kAll) escape = percent_at(text, at);
  return escape.value_or(Step{1, 1, {text[at]}});
}

bool is_continuation(std::string_view text, std::size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80;
}

// A walk through escaped text that knows how much unescaped text lies behind it.
class Walk {
 public:
  Walk(std::string_view text, Escapes escapes) : text_(text), escapes_(escapes) {}

  // The start of the step that yields the unescaped byte `wanted`; wanted only grows.
  std::size_t begin_of(std::size_t wanted) {
    while (at_ < text_.size()) {
      const Step step = step_at(text_, at_, escapes_);
      if (meant_ + step.size > wanted) break;
      at_ += step.taken;
      meant_ += step.size;
    }
    return at_;
  }
  std::size_t end_of(std::size_t last) {
    const std::size_t begin = begin_of(last);
    return begin < text_.size() ? begin + step_at(text_, begin, escapes_).taken : begin;
  }

 private:
  std::string_view text_;
  Escapes escapes_;
  std::size_t at_ = 0;
  std::size_t meant_ = 0;
};

}  // namespace

void unescape_forgivingly(std::string_view text, std::string& out, Escapes escapes) {
  const bool has_percent = escapes == Escapes::kAll;
  const auto is_plain = [&](char c) { return c != '\\' && (c != '%' || !has_percent); };
  out.reserve(out.size() + text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t plain = skip_right(text, at, is_plain);
    out += text.substr(at, plain - at);
    at = plain;
    if (at == text.size()) return;
    if (const char meant = short_escape_at(text, at)) {
      out += meant;
      at += 2;
      continue;
    }
    const Step step = step_at(text, at, escapes);
    out.append(step.bytes.data(), step.size);
    at += step.taken;
  }
}

void map_to_escaped(std::string_view text, std::vector<Extent>& extents, Escapes escapes) {
  Walk walk(text, escapes);
  std::size_t floor = 0;
  for (Extent& extent : extents) {
    std::size_t begin = walk.begin_of(extent.begin);
    while (begin > floor && is_continuation(text, begin)) --begin;
    std::size_t end = extent.end > extent.begin ? walk.end_of(extent.end - 1) : begin;
    while (is_continuation(text, end)) ++end;
    extent = {begin, end};
    floor = end;
  }
}

}  // namespace obs::lang
