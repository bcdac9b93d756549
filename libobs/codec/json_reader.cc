#include "libobs/codec/json_reader.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "libobs/base/utf8.h"

namespace obs::codec {
namespace {

// An index takes four bytes of address space a byte of document. Up to this size it is kept for the
// next document, since fresh pages cost more than the walk over them.
constexpr std::size_t kKeptCapacity = std::size_t{4} << 20;
constexpr std::size_t kFirstCapacity = 4096;

// simdjson counts positions in 32 bits, and rounds sizes up to 64.
constexpr std::size_t kMaxText = std::numeric_limits<std::uint32_t>::max() - 128;

// simdjson says that the first stage failed, not where: looks again, slowly, for people.
ParseError explain(std::string_view text) {
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
    } else if (c == '\\' && in_string) {
      ++at;
    }
    at += step.size;
  }
  if (in_string) return {Errc::kMalformed, opened, "string without an end"};
  return {Errc::kMalformed, text.size(), "expected a value"};
}

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

// A number ends where JSON says that tokens end; `123abc` is none.
bool ends_token(char c) {
  switch (c) {
    case ' ':
    case '\n':
    case '\r':
    case '\t':
    case ',':
    case ':':
    case ']':
    case '}':
    case '[':
    case '{':
    case '"': return true;
    default: return false;
  }
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

struct JsonReader::Index {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> stage;

  bool reserve(std::size_t size) {
    if (stage && stage->capacity() >= size) return true;
    const std::size_t capacity = std::max(size + size / 4, kFirstCapacity);
    if (stage) return stage->set_capacity(capacity) == simdjson::SUCCESS;
    // Depth is for simdjson's second stage, which we do not use.
    return simdjson::get_active_implementation()->create_dom_parser_implementation(
               capacity, 1, stage) == simdjson::SUCCESS;
  }
};

JsonReader::JsonReader() : index_(std::make_unique<Index>()) { forget(); }
JsonReader::~JsonReader() = default;

// No document: every take says no.
void JsonReader::forget() {
  static constexpr std::uint32_t kNowhere[2] = {};
  static char nothing[1] = {};
  text_ = nothing;
  next_ = end_ = kNowhere;
  depth_ = 0;
  repaired_ = 0;
  ok_ = false;
}

bool JsonReader::start(char* text, std::size_t size) {
  forget();
  if (size > kMaxText || !index_->reserve(size)) {
    error_ = {Errc::kLimitExceeded, 0, "document too large"};
    return false;
  }
  auto& stage = *index_->stage;
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(text);
  if (stage.stage1(bytes, size, simdjson::stage1_mode::regular) != simdjson::SUCCESS) {
    error_ = explain({text, size});
    return false;
  }
  text[size] = '\0';
  stage.structural_indexes[stage.n_structural_indexes] = static_cast<std::uint32_t>(size);
  text_ = text;
  next_ = stage.structural_indexes.get();
  end_ = next_ + stage.n_structural_indexes;
  return ok_ = true;
}

bool JsonReader::finish() {
  if (next_ != end_) fail("expected the end of the document");
  return ok_;
}

void JsonReader::fail(std::string_view what, Errc code) {
  if (!ok_) return;
  ok_ = false;
  error_ = {code, *next_, what};
  next_ = end_;
}

void JsonReader::trim() {
  if (index_->stage && index_->stage->capacity() > kKeptCapacity) index_->stage.reset();
  forget();
}

// In place: every escape is longer than what it stands for.
bool JsonReader::unescape(char* begin, const char* end, std::string_view& out) {
  char* to = begin;
  bool lone = false;
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
    if (point.after == nullptr) {
      fail("bad escape in a string");
      return false;
    }
    to = put_utf8(to, point.code);
    from = point.after;
    lone |= point.lone;
  }
  if (lone) ++repaired_;
  out = {begin, static_cast<std::size_t>(to - begin)};
  ++next_;
  return true;
}

bool JsonReader::take_number(JsonNumber& out) {
  const char* const begin = text_ + *next_;
  if (*begin != '-' && !is_digit(*begin)) return false;
  const NumberText text = scan_number(begin);
  const bool at_end = text.end == text_ + *end_;
  if (text.end == nullptr || (!at_end && !ends_token(*text.end))) {
    fail("malformed number");
    return false;
  }
  out = to_number(begin, text);
  ++next_;
  return true;
}

bool JsonReader::take_word(std::string_view word) {
  const char* const begin = text_ + *next_;
  const std::size_t left = *end_ - *next_;
  if (left < word.size() || std::memcmp(begin, word.data(), word.size()) != 0) return false;
  if (left > word.size() && !ends_token(begin[word.size()])) return false;
  ++next_;
  return true;
}

bool JsonReader::take_bool(bool& out) {
  if (take_word("true")) return out = true;
  if (!take_word("false")) return false;
  out = false;
  return true;
}

bool JsonReader::take_null() { return take_word("null"); }

// Checks a string, number or word and passes over it, leaving strings as they are.
bool JsonReader::take_scalar() {
  if (peek() == '"') {
    const char* at = text_ + *next_ + 1;
    const char* const end = last_before(next_ + 1);
    if (has_backslash(at, end)) {
      while ((at = static_cast<const char*>(std::memchr(at, '\\', end - at))) != nullptr) {
        const bool good = at[1] == 'u' ? hex4(at + 2, end) >= 0 : short_escape(at[1]) != 0;
        if (!good) break;
        at += 2;
      }
      if (at != nullptr) {
        fail("bad escape in a string");
        return false;
      }
    }
    ++next_;
    return true;
  }
  bool flag;
  JsonNumber number;
  if (take_number(number) || take_bool(flag) || take_null()) return true;
  fail("expected a value");
  return false;
}

bool JsonReader::check_key() {
  if (peek() != '"' || !take_scalar() || !take(':')) {
    fail("expected a key and a colon");
    return false;
  }
  return true;
}

// A loop with a stack of brackets, so that depth costs no stack of ours.
void JsonReader::skip() {
  if (peek() != '{' && peek() != '[') {
    take_scalar();
    return;
  }
  char closing[kMaxDepth];
  int open_count = 0;
  do {
    const char bracket = peek();
    if (bracket != '{' && bracket != '[') {
      if (!take_scalar()) return;
    } else {
      if (!open(bracket, "")) return;
      closing[open_count++] = bracket == '{' ? '}' : ']';
      if (!take(closing[open_count - 1])) {
        if (bracket == '{' && !check_key()) return;
        continue;
      }
      --depth_;
      --open_count;
    }
    while (open_count > 0 && take(closing[open_count - 1])) {
      --depth_;
      --open_count;
    }
    if (open_count == 0) return;
    if (!take(',')) return fail("expected a comma or a closing bracket");
    if (closing[open_count - 1] == '}' && !check_key()) return;
  } while (true);
}

std::string_view JsonReader::find_raw(std::string_view name) {
  const Position start = next_;
  std::string_view found;
  if (open('{', "expected an object") && !take('}')) {
    do {
      const Position key = next_;
      if (!check_key()) return {};
      const std::string_view raw(text_ + *key + 1, last_before(key + 1) - (text_ + *key + 1));
      const Position value = next_;
      skip();
      if (raw == name) {
        found = text_since(value);
        break;
      }
    } while (take(','));
  }
  if (!ok_) return {};
  --depth_;
  next_ = start;
  return found;
}

std::string_view JsonReader::text_since(Position from) const {
  const char* const begin = text_ + *from;
  return {begin, static_cast<std::size_t>(last_before(next_) + 1 - begin)};
}

}  // namespace obs::codec
