// Plain values and text as bytes of a record that is put aside. For this process alone: in its own
// byte order, and trusted when read.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "libobs/lang/value.h"

namespace obs::lang {

template <class T>
void append_plain(std::string& out, const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  out.append(reinterpret_cast<const char*>(&value), sizeof(T));
}
template <class T>
T take_plain(std::string_view& bytes) {
  static_assert(std::is_trivially_copyable_v<T>);
  T value{};
  bytes.copy(reinterpret_cast<char*>(&value), sizeof(T));
  bytes.remove_prefix(sizeof(T));
  return value;
}

// Text behind its size.
inline void append_sized(std::string& out, std::string_view text) {
  append_plain(out, static_cast<std::uint64_t>(text.size()));
  out += text;
}
inline std::string_view take_sized(std::string_view& bytes) {
  const auto size = take_plain<std::uint64_t>(bytes);
  const std::string_view text = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return text;
}

// A value, exactly. Text is a view into the bytes.
inline void append_value(std::string& out, const Value& value) {
  append_plain(out, value.kind());
  switch (value.kind()) {
    case ValueKind::kMissing:
    case ValueKind::kNull: return;
    case ValueKind::kString:
    case ValueKind::kJson: return append_sized(out, value.text());
    default: return append_plain(out, value);
  }
}
inline Value take_value(std::string_view& bytes) {
  switch (take_plain<ValueKind>(bytes)) {
    case ValueKind::kMissing: return {};
    case ValueKind::kNull: return Value::null();
    case ValueKind::kString: return Value::string(take_sized(bytes));
    case ValueKind::kJson: return Value::json(take_sized(bytes));
    default: return take_plain<Value>(bytes);
  }
}

}  // namespace obs::lang
