// JSON text that nobody has parsed: tokens as they stand in a line, and walks over them.
//
// Nothing here validates more than it has to look at. Not recursive: nesting costs no stack.

#pragma once

#include <cstdint>
#include <string_view>

#include "libobs/lang/value.h"

namespace obs::lang {

enum class RawKind : std::uint8_t { kMissing, kString, kNumber, kWord, kObject, kArray };

// One value's text in a line. A string's is what stands between its quotes.
struct Raw {
  const char* data = nullptr;
  std::uint32_t size = 0;
  RawKind kind = RawKind::kMissing;
  bool escaped = false;  // kString: has a backslash.

  std::string_view text() const { return {data, size}; }
  // With the quotes of a string.
  std::string_view token() const {
    return kind == RawKind::kString ? std::string_view(data - 1, size + 2) : text();
  }
  explicit operator bool() const { return kind != RawKind::kMissing; }
};

// The value that stands at `at`, which lies before `end`; `at` moves behind it. kMissing, with `at`
// anywhere, when there is none.
Raw take_raw(const char*& at, const char* end);
// The value that is all of the text, but for space around it.
Raw to_raw(std::string_view text);

inline const char* skip_space(const char* at, const char* end) {
  while (at < end && (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n')) ++at;
  return at;
}

// A string's text with escapes resolved; bad escapes stay as they are.
std::string_view unescape(const Raw& raw, Scratch& scratch);
// {"$double":"NaN"} becomes a double, {"$empty":true} null; other objects and arrays are kJson, as
// compact_json() spells them.
Value to_value(const Raw& raw, Scratch& scratch);

// Walks the members of an object, or the items of an array (keys are then missing).
class RawWalk {
 public:
  explicit RawWalk(const Raw& container);
  // False at the end, and where the text is no JSON (malformed() then says so).
  bool next(Raw& key, Raw& value);
  bool malformed() const { return malformed_; }

 private:
  const char* at_;
  const char* end_;
  bool is_object_;
  bool first_ = true;
  bool malformed_ = false;
};

// Takes an index such as "[12]" off the front of a path, with the dot behind it; false when there
// is none.
bool take_index(std::string_view& path, std::size_t& index);
// The object's first member of that key, or missing.
Raw find_member(const Raw& object, std::string_view key);
// What lies at "b.c[0].d" in the value: at each step an exact key first ("b.c"), then the shortest
// prefix that leads on.
Raw descend(const Raw& value, std::string_view path);

}  // namespace obs::lang
