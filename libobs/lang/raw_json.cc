#include "libobs/lang/raw_json.h"

#include <charconv>
#include <cstring>
#include <limits>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "libobs/codec/json_scan.h"
#include "libobs/codec/json_value.h"
#include "libobs/lang/nested_json.h"

namespace obs::lang {
namespace {

#if defined(__SSE2__)
constexpr std::ptrdiff_t kStep = 16;

// The bytes of the next block that are `a` or `b`.
std::uint32_t either(const char* at, char a, char b) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  const __m128i hits = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(a)),
                                    _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b)));
  return static_cast<std::uint32_t>(_mm_movemask_epi8(hits));
}

// The brackets and quotes of the next block. `[` and `{` differ in one bit, as do `]` and `}`.
std::uint32_t brackets_and_quotes(const char* at) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  const __m128i folded = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
  const __m128i brackets = _mm_or_si128(_mm_cmpeq_epi8(folded, _mm_set1_epi8('{')),
                                        _mm_cmpeq_epi8(folded, _mm_set1_epi8('}')));
  const __m128i quotes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
  return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_or_si128(brackets, quotes)));
}
#else
constexpr std::ptrdiff_t kStep = PTRDIFF_MAX;
std::uint32_t either(const char*, char, char) { return 0; }
std::uint32_t brackets_and_quotes(const char*) { return 0; }
#endif

// The quote that ends the string whose contents begin at `at`, or nullptr.
const char* end_of_string(const char* at, const char* end, bool& escaped) {
  while (at < end) {
    if (end - at >= kStep) {
      const std::uint32_t hits = either(at, '"', '\\');
      if (hits == 0) {
        at += kStep;
        continue;
      }
      at += __builtin_ctz(hits);
    }
    if (*at == '"') return at;
    if (*at == '\\') {
      escaped = true;
      ++at;
    }
    ++at;
  }
  return nullptr;
}

// The next bracket or quote, or `end`.
const char* next_structure(const char* at, const char* end) {
  for (; end - at >= kStep; at += kStep) {
    const std::uint32_t hits = brackets_and_quotes(at);
    if (hits != 0) return at + __builtin_ctz(hits);
  }
  while (at < end && *at != '"' && *at != '{' && *at != '[' && *at != '}' && *at != ']') ++at;
  return at;
}

Raw take_string(const char*& at, const char* end) {
  bool escaped = false;
  const char* const begin = at + 1;
  const char* const quote = end_of_string(begin, end, escaped);
  if (quote == nullptr) return {};
  at = quote + 1;
  return {begin, static_cast<std::uint32_t>(quote - begin), RawKind::kString, escaped};
}

Raw take_nested(const char*& at, const char* end) {
  const char* const begin = at;
  const RawKind kind = *at == '{' ? RawKind::kObject : RawKind::kArray;
  std::size_t depth = 0;
  for (at = next_structure(at, end); at < end; at = next_structure(at + 1, end)) {
    if (*at == '"') {
      bool escaped = false;
      const char* const quote = end_of_string(at + 1, end, escaped);
      if (quote == nullptr) return {};
      at = quote;
    } else if (*at == '{' || *at == '[') {
      ++depth;
    } else if (--depth == 0) {
      ++at;
      return {begin, static_cast<std::uint32_t>(at - begin), kind, false};
    }
  }
  return {};
}

bool ends_token(char c) {
  return c == ',' || c == '}' || c == ']' || c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

Raw take_scalar(const char*& at, const char* end) {
  const char* const begin = at;
  while (at < end && !ends_token(*at)) ++at;
  const std::string_view text(begin, static_cast<std::size_t>(at - begin));
  if (text.empty()) return {};
  const char c = text.front();
  const auto size = static_cast<std::uint32_t>(text.size());
  if (c == '-' || (c >= '0' && c <= '9')) return {begin, size, RawKind::kNumber, false};
  if (text == "true" || text == "false" || text == "null") {
    return {begin, size, RawKind::kWord, false};
  }
  return {};
}

Value number_of(std::string_view text) {
  std::int64_t integer = 0;
  const char* const end = text.data() + text.size();
  auto parsed = std::from_chars(text.data(), end, integer);
  if (parsed.ec == std::errc() && parsed.ptr == end) return Value::integer(integer);
  double number = 0;
  const auto real = std::from_chars(text.data(), end, number);
  if (real.ptr != end) return {};
  if (real.ec == std::errc::result_out_of_range) {
    const bool is_tiny =
        text.find("e-") != std::string_view::npos || text.find("E-") != std::string_view::npos;
    const double size = is_tiny ? 0.0 : std::numeric_limits<double>::infinity();
    return Value::number(text.front() == '-' ? -size : size);
  }
  return Value::number(number);
}

Value nested(const Raw& raw, Scratch& scratch) {
  return Value::json(compact_json(raw.text(), scratch));
}

Value dollar_form(const Raw& raw, Scratch& scratch) {
  RawWalk walk(raw);
  Raw key;
  Raw value;
  if (!walk.next(key, value)) return nested(raw, scratch);
  double number = 0;
  if (key.text() == "$double" && codec::parse_special_double(unescape(value, scratch), number)) {
    return Value::number(number);
  }
  if (key.text() == "$empty") return Value::null();
  return nested(raw, scratch);
}

Raw item_at(const Raw& array, std::size_t index) {
  RawWalk walk(array);
  Raw key;
  Raw value;
  for (std::size_t i = 0; walk.next(key, value); ++i) {
    if (i == index) return value;
  }
  return {};
}

}  // namespace

bool take_index(std::string_view& path, std::size_t& index) {
  if (!path.starts_with('[')) return false;
  const std::size_t close = path.find(']');
  if (close == std::string_view::npos) return false;
  const char* const end = path.data() + close;
  const auto parsed = std::from_chars(path.data() + 1, end, index);
  if (parsed.ec != std::errc() || parsed.ptr != end) return false;
  path.remove_prefix(close + 1);
  if (path.starts_with('.')) path.remove_prefix(1);
  return true;
}

Raw take_raw(const char*& at, const char* end) {
  at = skip_space(at, end);
  if (at == end) return {};
  if (*at == '"') return take_string(at, end);
  if (*at == '{' || *at == '[') return take_nested(at, end);
  return take_scalar(at, end);
}

Raw to_raw(std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  const Raw raw = take_raw(at, end);
  return skip_space(at, end) == end ? raw : Raw();
}

std::string_view unescape(const Raw& raw, Scratch& scratch) {
  if (!raw.escaped) return raw.text();
  char* const copy = scratch.allocate(raw.size);
  std::memcpy(copy, raw.data, raw.size);
  const auto unescaped = codec::unescape_json(copy, copy + raw.size);
  return unescaped ? std::string_view(copy, unescaped->size) : raw.text();
}

Value to_value(const Raw& raw, Scratch& scratch) {
  switch (raw.kind) {
    case RawKind::kMissing: return {};
    case RawKind::kString: return Value::string(unescape(raw, scratch));
    case RawKind::kNumber: return number_of(raw.text());
    case RawKind::kWord: return *raw.data == 'n' ? Value::null() : Value::boolean(*raw.data == 't');
    case RawKind::kObject:
      return raw.text().starts_with("{\"$") ? dollar_form(raw, scratch) : nested(raw, scratch);
    case RawKind::kArray: return nested(raw, scratch);
  }
  return {};
}

RawWalk::RawWalk(const Raw& container)
    : at_(container.data),
      end_(container.data + container.size),
      is_object_(container.kind == RawKind::kObject) {
  const bool is_container = is_object_ || container.kind == RawKind::kArray;
  if (!is_container) end_ = at_;
}

bool RawWalk::next(Raw& key, Raw& value) {
  if (at_ == end_) return false;
  if (first_) ++at_;
  at_ = skip_space(at_, end_);
  const bool closes = at_ < end_ && (*at_ == '}' || *at_ == ']');
  malformed_ = at_ == end_ || (!closes && !first_ && *at_ != ',');
  if (closes || malformed_) {
    at_ = end_;
    return false;
  }
  if (!first_) ++at_;
  first_ = false;
  key = {};
  if (is_object_) {
    key = take_raw(at_, end_);
    at_ = skip_space(at_, end_);
    malformed_ = key.kind != RawKind::kString || at_ == end_ || *at_ != ':';
    if (malformed_) {
      at_ = end_;
      return false;
    }
    ++at_;
  }
  value = take_raw(at_, end_);
  malformed_ = value.kind == RawKind::kMissing;
  if (malformed_) at_ = end_;
  return !malformed_;
}

Raw find_member(const Raw& object, std::string_view key) {
  if (object.kind != RawKind::kObject) return {};
  RawWalk walk(object);
  Raw name;
  Raw value;
  Scratch scratch;
  while (walk.next(name, value)) {
    if (name.escaped ? unescape(name, scratch) == key : name.text() == key) return value;
  }
  return {};
}

Raw descend(const Raw& from, std::string_view path) {
  Raw value = from;
  std::size_t index = 0;
  while (!path.empty()) {
    if (take_index(path, index)) {
      value = item_at(value, index);
      if (!value) return {};
      continue;
    }
    if (const Raw exact = find_member(value, path)) return exact;
    Raw next;
    std::size_t at = 0;
    while (!next) {
      at = path.find_first_of(".[", at + 1);
      if (at == std::string_view::npos) return {};
      next = find_member(value, path.substr(0, at));
    }
    value = next;
    path.remove_prefix(path[at] == '.' ? at + 1 : at);
  }
  return value;
}

}  // namespace obs::lang
