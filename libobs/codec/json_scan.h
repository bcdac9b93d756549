// The small grammars inside a JSON document: escapes, numbers, and where a document goes wrong. For
// JsonReader.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "libobs/base/result.h"

namespace obs::codec {

// A JSON number: integral text that fits is kInt, or else kUint; everything else is kDouble.
struct JsonNumber {
  enum Kind : std::uint8_t { kInt, kUint, kDouble } kind = kInt;
  union {
    std::int64_t as_int = 0;
    std::uint64_t as_uint;
    double as_double;
  };
};

inline double to_double(const JsonNumber& number) {
  switch (number.kind) {
    case JsonNumber::kInt: return static_cast<double>(number.as_int);
    case JsonNumber::kUint: return static_cast<double>(number.as_uint);
    default: return number.as_double;
  }
}

// Reads the number that begins at `begin`. The byte behind it; nullptr when it is none by JSON's
// grammar. The text is followed by a byte that no number has.
const char* scan_json_number(const char* begin, JsonNumber& out);

// Whether a number or word may end before `c`: `123abc` is none, nor is `1"2"`, which simdjson's
// kernels cut differently.
bool ends_json_token(char c);

struct Unescaped {
  std::size_t size = 0;
  bool repaired = false;  // A surrogate stood alone, and became U+FFFD.
};

// Resolves the escapes between a string's quotes in place, which works since each is longer than
// what it stands for. nullopt for an escape that JSON has not.
std::optional<Unescaped> unescape_json(char* begin, const char* end);

// Whether unescape_json() would succeed; changes nothing.
bool has_sound_escapes(const char* begin, const char* end);

// What is wrong with a document that simdjson's first stage refused: it says that, but not where.
// Looks again, slowly, for people.
ParseError explain_json(std::string_view text);

}  // namespace obs::codec
