// Value: OTLP's AnyValue, in 16 bytes. Text, arrays and maps lie elsewhere, in the arena of the
// Batch.
//
// A Value is a view: copying it copies no text, and it lives as long as the arena it points into.
// The same tree also carries any JSON document (codec/json.h).

#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "libobs/base/bytes.h"

namespace obs::model {

enum class ValueKind : std::uint8_t {
  kNone,   // There is no value: the field was not sent.
  kEmpty,  // There is a value, with nothing in it (an AnyValue with no member set; JSON null in
           // other documents).
  kString,
  kBool,
  kInt,
  kDouble,
  kBytes,
  kArray,
  kMap,  // OTLP's kvlist. Order and duplicate keys are kept as sent.
};

struct KeyValue;

class Value {
 public:
  constexpr Value() = default;
  static constexpr Value empty() { return Value(ValueKind::kEmpty); }
  static Value string(std::string_view text);
  static Value boolean(bool value);
  static Value integer(std::int64_t value);
  static Value number(double value);
  static Value bytes(Bytes value);
  static Value array(std::span<const Value> items);
  static Value map(std::span<const KeyValue> entries);

  ValueKind kind() const { return static_cast<ValueKind>(head_ & 0xff); }
  bool is_string() const { return kind() == ValueKind::kString; }

  // Each is valid only for its kind.
  std::string_view as_string() const { return {text_, size()}; }
  bool as_bool() const { return integer_ != 0; }
  std::int64_t as_int() const { return integer_; }
  double as_double() const { return double_; }
  Bytes as_bytes() const { return {reinterpret_cast<const std::byte*>(text_), size()}; }
  std::span<const Value> as_array() const { return {items_, size()}; }
  std::span<const KeyValue> as_map() const;

 private:
  constexpr explicit Value(ValueKind kind, std::size_t size = 0)
      : head_(static_cast<std::uint64_t>(kind) | std::uint64_t{size} << 32) {}
  std::uint32_t size() const { return static_cast<std::uint32_t>(head_ >> 32); }

  std::uint64_t head_ = 0;
  union {
    std::int64_t integer_ = 0;
    double double_;
    const char* text_;
    const Value* items_;
    const KeyValue* entries_;
  };
};

struct KeyValue {
  std::string_view key;
  Value value;
};

// A set of attributes, in the order they were sent.
using Attributes = std::span<const KeyValue>;

// The first attribute of that key, or nullptr.
const Value* find_attribute(Attributes attributes, std::string_view key);

// Same kind and contents, all the way down. Doubles compare by bits, so NaN equals itself.
bool operator==(const Value& a, const Value& b);
bool operator==(const KeyValue& a, const KeyValue& b);

// Inline definitions.

inline Value Value::string(std::string_view text) {
  Value value(ValueKind::kString, text.size());
  value.text_ = text.data();
  return value;
}

inline Value Value::boolean(bool flag) {
  Value value(ValueKind::kBool);
  value.integer_ = flag ? 1 : 0;
  return value;
}

inline Value Value::integer(std::int64_t number) {
  Value value(ValueKind::kInt);
  value.integer_ = number;
  return value;
}

inline Value Value::number(double number) {
  Value value(ValueKind::kDouble);
  value.double_ = number;
  return value;
}

inline Value Value::bytes(Bytes bytes) {
  Value value(ValueKind::kBytes, bytes.size());
  value.text_ = reinterpret_cast<const char*>(bytes.data());
  return value;
}

inline Value Value::array(std::span<const Value> items) {
  Value value(ValueKind::kArray, items.size());
  value.items_ = items.data();
  return value;
}

inline Value Value::map(std::span<const KeyValue> entries) {
  Value value(ValueKind::kMap, entries.size());
  value.entries_ = entries.data();
  return value;
}

inline std::span<const KeyValue> Value::as_map() const { return {entries_, size()}; }

static_assert(sizeof(Value) == 16);

}  // namespace obs::model
