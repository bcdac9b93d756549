#include "libobs/codec/json_scan.h"

#include <charconv>
#include <cstring>
#include <limits>

#include "libobs/base/utf8.h"

namespace obs::codec {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The four digits of \uXXXX, or -1.
int hex4(const char* digits, const char* end) {
  if (end - digits < 4) return -1;
  int code = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = hex_digit(digits[i]);
    if (digit < 0) return -1;
    code = code * 16 + digit;
  }
  return code;
}

char* put_utf8(char* out, std::uint32_t code) {
  if (code < 0x80) {
    *out++ = static_cast<char>(code);
  } else if (code < 0x800) {
    *out++ = static_cast<char>(0xC0 | code >> 6);
    *out++ = static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    *out++ = static_cast<char>(0xE0 | code >> 12);
    *out++ = static_cast<char>(0x80 | (code >> 6 & 0x3F));
    *out++ = static_cast<char>(0x80 | (code & 0x3F));
  } else {
    *out++ = static_cast<char>(0xF0 | code >> 18);
    *out++ = static_cast<char>(0x80 | (code >> 12 & 0x3F));
    *out++ = static_cast<char>(0x80 | (code >> 6 & 0x3F));
    *out++ = static_cast<char>(0x80 | (code & 0x3F));
  }
  return out;
}

// What `\c` stands for, or 0 when JSON has no such escape (and for `u`, which is longer).
char short_escape(char c) {
  switch (c) {
    case '"':
    case '\\':
    case '/': return c;
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return 0;
  }
}

struct CodePoint {
  std::uint32_t code = 0;
  const char* after = nullptr;  // nullptr: malformed.
  bool lone = false;            // A surrogate without its other half; `code` is U+FFFD.
};

// Reads XXXX behind a `\u`, and the second half of a surrogate pair.
CodePoint read_code_point(const char* digits, const char* end) {
  const int first = hex4(digits, end);
  if (first < 0) return {};
  const char* const after = digits + 4;
  if (first < 0xD800 || first > 0xDFFF) return {static_cast<std::uint32_t>(first), after, false};
  if (first < 0xDC00 && end - after >= 6 && after[0] == '\\' && after[1] == 'u') {
    const int second = hex4(after + 2, end);
    if (second >= 0xDC00 && second <= 0xDFFF) {
      return {static_cast<std::uint32_t>(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)),
              after + 6, false};
    }
  }
  return {0xFFFD, after, true};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

struct NumberText {
  const char* end = nullptr;  // nullptr: not JSON's grammar.
  bool integral = true;
};

const char* skip_digits(const char* at) {
  while (is_digit(*at)) ++at;
  return at;
}

NumberText scan_number(const char* at) {
  if (*at == '-') ++at;
  if (!is_digit(*at)) return {};
  at = *at == '0' ? at + 1 : skip_digits(at);
  NumberText number{at};
  if (*at == '.') {
    if (!is_digit(at[1])) return {};
    number = {skip_digits(at + 1), false};
    at = number.end;
  }
  if (*at != 'e' && *at != 'E') return number;
  ++at;
  if (*at == '+' || *at == '-') ++at;
  if (!is_digit(*at)) return {};
  return {skip_digits(at), false};
}

// Beyond a double's range there is only infinity or zero, as strtod has it.
double out_of_range(std::string_view text) {
  const bool negative = text.front() == '-';
  const std::size_t exponent = text.find_first_of("eE");
  const bool tiny = exponent != std::string_view::npos ? text[exponent + 1] == '-'
                                                       : text[negative ? 1 : 0] == '0';
  const double size = tiny ? 0.0 : std::numeric_limits<double>::infinity();
  return negative ? -size : size;
}

JsonNumber to_number(const char* begin, const NumberText& text) {
  JsonNumber number;
  if (text.integral) {
    if (std::from_chars(begin, text.end, number.as_int).ec == std::errc()) return number;
    number.kind = JsonNumber::kUint;
    if (std::from_chars(begin, text.end, number.as_uint).ec == std::errc()) return number;
  }
  number.kind = JsonNumber::kDouble;
  number.as_double = 0;
  if (std::from_chars(begin, text.end, number.as_double).ec == std::errc::result_out_of_range) {
    number.as_double = out_of_range({begin, static_cast<std::size_t>(text.end - begin)});
  }
  return number;
}

}  // namespace

const char* scan_json_number(const char* begin, JsonNumber& out) {
  const NumberText text = scan_number(begin);
  if (text.end != nullptr) out = to_number(begin, text);
  return text.end;
}

bool ends_json_token(char c) {
  switch (c) {
    case ' ':
    case '\n':
    case '\r':
    case '\t':
    case ',':
    case ']':
    case '}': return true;
    default: return false;
  }
}

std::optional<Unescaped> unescape_json(char* begin, const char* end) {
  Unescaped result;
  char* to = begin;
  for (const char* from = begin; from < end;) {
    if (*from != '\\') {
      *to++ = *from++;
      continue;
    }
    if (const char plain = short_escape(from[1])) {
      *to++ = plain;
      from += 2;
      continue;
    }
    const CodePoint point = from[1] == 'u' ? read_code_point(from + 2, end) : CodePoint{};
    if (point.after == nullptr) return std::nullopt;
    to = put_utf8(to, point.code);
    from = point.after;
    result.repaired |= point.lone;
  }
  result.size = static_cast<std::size_t>(to - begin);
  return result;
}

bool has_sound_escapes(const char* begin, const char* end) {
  const auto find = [end](const char* from) {
    return static_cast<const char*>(std::memchr(from, '\\', static_cast<std::size_t>(end - from)));
  };
  for (const char* at = find(begin); at != nullptr; at = find(at + 2)) {
    const bool sound = at[1] == 'u' ? hex4(at + 2, end) >= 0 : short_escape(at[1]) != 0;
    if (!sound) return false;
  }
  return true;
}

ParseError explain_json(std::string_view text) {
  bool in_string = false;
  std::size_t opened = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Step step = next_utf8(text.substr(at));
    if (!step.well_formed) return {Errc::kMalformed, at, "not UTF-8"};
    const char c = text[at];
    if (in_string && static_cast<unsigned char>(c) < 0x20) {
      return {Errc::kMalformed, at, "control character in a string"};
    }
    if (c == '"') {
      in_string = !in_string;
      opened = at;
    } else if (c == '\\' &&
               (text.substr(at + 1).starts_with('"') || text.substr(at + 1).starts_with('\\'))) {
      ++at;  // Also outside of strings, where it is wrong anyway: simdjson pairs quotes so.
    }
    at += step.size;
  }
  if (in_string) return {Errc::kMalformed, opened, "string without an end"};
  return {Errc::kMalformed, text.size(), "expected a value"};
}

}  // namespace obs::codec
