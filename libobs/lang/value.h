// Value: what an expression of the pipeline language comes to.
//
// 16 bytes, a view: text and JSON lie in the record's line or in the Scratch of whoever evaluates,
// and live until that is cleared. Missing (no such field) and null (the field says null) differ.

#pragma once

#include <cmath>
#include <compare>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/clock.h"

namespace obs::lang {

enum class ValueKind : std::uint8_t {
  kMissing,
  kNull,
  kBool,
  kInt,
  kDouble,
  kString,    // Escapes resolved.
  kDuration,  // Nanoseconds.
  kTime,      // Nanoseconds since 1970.
  kJson,      // An array or an object, as JSON text.
};
// "missing", "null", "bool", "int", "double", "string", "duration", "time", "json".
std::string_view to_string(ValueKind kind);

class Value {
 public:
  constexpr Value() = default;
  static Value null() { return Value(ValueKind::kNull, std::int64_t{0}); }
  static Value boolean(bool value) { return Value(ValueKind::kBool, std::int64_t{value}); }
  static Value integer(std::int64_t value) { return Value(ValueKind::kInt, value); }
  static Value duration(Duration value) { return Value(ValueKind::kDuration, value); }
  static Value time(Timestamp value) { return Value(ValueKind::kTime, value); }
  // What arithmetic made. Processors differ in the sign of a NaN; this has none.
  static Value computed(double value) {
    return number(std::isnan(value) ? std::numeric_limits<double>::quiet_NaN() : value);
  }
  static Value number(double value) {
    Value out(ValueKind::kDouble, std::int64_t{0});
    out.double_ = value;
    return out;
  }
  static Value string(std::string_view text) { return Value(ValueKind::kString, text); }
  static Value json(std::string_view text) { return Value(ValueKind::kJson, text); }

  ValueKind kind() const { return kind_; }
  bool is_missing() const { return kind_ == ValueKind::kMissing; }
  bool is_string() const { return kind_ == ValueKind::kString; }
  // int, double, duration: what arithmetic takes as it is.
  bool is_number() const {
    return kind_ == ValueKind::kInt || kind_ == ValueKind::kDouble || kind_ == ValueKind::kDuration;
  }

  // Each is valid only for its kinds.
  bool as_bool() const { return integer_ != 0; }
  std::int64_t as_int() const { return integer_; }  // kInt, kDuration, kTime.
  double as_double() const { return double_; }
  std::string_view text() const { return {text_, size_}; }  // kString, kJson.

 private:
  constexpr Value(ValueKind kind, std::int64_t value) : kind_(kind), integer_(value) {}
  Value(ValueKind kind, std::string_view text)
      : kind_(kind), size_(static_cast<std::uint32_t>(text.size())), text_(text.data()) {}

  ValueKind kind_ = ValueKind::kMissing;
  std::uint32_t size_ = 0;
  union {
    std::int64_t integer_ = 0;
    double double_;
    const char* text_;
  };
};

// Room for the text that evaluating one record makes. Cleared after each record; bounded by what
// the record itself is made of.
class Scratch {
 public:
  // A copy, or text made by somebody, that lives until clear().
  std::string_view keep(std::string_view text);
  // `size` writable bytes.
  char* allocate(std::size_t size);
  void clear();

 private:
  static constexpr std::size_t kBlock = 16384;
  std::vector<std::unique_ptr<char[]>> blocks_;
  std::size_t block_ = 0;  // The block in use.
  std::size_t used_ = 0;
  std::vector<std::unique_ptr<char[]>> large_;
};

// Missing or null: there is nothing to compute with.
inline bool is_absent(const Value& value) {
  return value.is_missing() || value.kind() == ValueKind::kNull;
}

// As a number: ints, doubles and durations are; text when all of it reads as one.
std::optional<double> to_double(const Value& value);
// As a time: text in RFC 3339 and its neighbours, numbers as epoch times by their size.
std::optional<Timestamp> to_time(const Value& value);
// True, a number other than 0, the text "true".
bool is_true(const Value& value);

// == and <=> of the language. Two texts by bytes; a number and something that reads as a number by
// size; a duration and text that reads as one. nullopt: they cannot be compared, so that == and
// the orderings are false and != is true. Missing compares with nothing, null only with null.
std::optional<std::partial_ordering> compare(const Value& a, const Value& b);
bool equals(const Value& a, const Value& b);

// The total order of `sort`: false, true, numbers, text, JSON; then NaN, null and missing, always
// last. Negative, 0 or positive.
int order(const Value& a, const Value& b);
// Whether the value sorts last whatever the direction.
bool sorts_last(const Value& value);

// As text for people and string functions: a string as it is, "" for missing, JSON as JSON.
void append_text(std::string& out, const Value& value);
std::string_view to_text(const Value& value, Scratch& scratch);
// As JSON in the spelling of obs-record(5); null for missing. Durations are numbers of
// nanoseconds, times RFC 3339 text.
void append_json(std::string& out, const Value& value);

}  // namespace obs::lang
