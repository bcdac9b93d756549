#include "libobs/codec/json_value.h"

#include <bit>
#include <cmath>
#include <limits>

#include "libobs/base/text.h"

namespace obs::codec {

using model::Attributes;
using model::KeyValue;
using model::Value;
using model::ValueKind;

namespace {

constexpr std::string_view kBytesKey = "$bytes";
constexpr std::string_view kDoubleKey = "$double";
constexpr std::string_view kEmptyKey = "$empty";
constexpr std::string_view kNanPrefix = "NaN:";

bool is_dollar_key(std::string_view key) {
  return key == kBytesKey || key == kDoubleKey || key == kEmptyKey;
}

std::uint64_t usual_nan() {
  return std::bit_cast<std::uint64_t>(std::numeric_limits<double>::quiet_NaN());
}

}  // namespace

bool parse_special_double(std::string_view text, double& out) {
  if (text == "NaN")
    out = std::numeric_limits<double>::quiet_NaN();
  else if (text == "Infinity")
    out = std::numeric_limits<double>::infinity();
  else if (text == "-Infinity")
    out = -std::numeric_limits<double>::infinity();
  else if (text.starts_with(kNanPrefix)) {
    std::array<std::byte, 8> bytes;
    if (!parse_hex(text.substr(kNanPrefix.size()), bytes)) return false;
    std::uint64_t bits = 0;
    for (const std::byte byte : bytes) bits = bits << 8 | std::to_integer<std::uint64_t>(byte);
    out = std::bit_cast<double>(bits);
    return std::isnan(out);
  } else {
    return false;
  }
  return true;
}

void append_special_double(std::string& out, double value) {
  if (!std::isnan(value)) {
    out += value > 0 ? R"({"$double":"Infinity"})" : R"({"$double":"-Infinity"})";
    return;
  }
  const auto bits = std::bit_cast<std::uint64_t>(value);
  out += R"({"$double":"NaN)";
  if (bits != usual_nan()) {
    std::array<std::byte, 8> bytes;
    for (int i = 0; i < 8; ++i) bytes[i] = static_cast<std::byte>(bits >> (56 - 8 * i));
    out += ':';
    append_hex(out, bytes);
  }
  out += "\"}";
}

Value JsonValues::value(int depth) {
  // What is in an array or object is deeper than that by one.
  const bool opens = reader_.peek() == '{' || reader_.peek() == '[';
  if (depth + (limits_.deeper_as_text && opens) > limits_.depth) return deeper();
  std::string_view text;
  bool flag;
  switch (reader_.peek()) {
    case '"':
      if (reader_.take_string(text)) return Value::string(text);
      return {};
    case '{': return map(depth);
    case '[': return array(depth);
    case 't':
    case 'f':
      if (reader_.take_bool(flag)) return Value::boolean(flag);
      break;
    case 'n':
      if (reader_.take_null()) return Value::empty();
      break;
    default: return number();
  }
  reader_.fail("expected a value");
  return {};
}

Value JsonValues::deeper() {
  if (!limits_.deeper_as_text) {
    reader_.fail("value nested too deeply", Errc::kLimitExceeded);
    return {};
  }
  const JsonReader::Position begin = reader_.position();
  reader_.skip();
  return reader_.ok() ? Value::string(reader_.text_since(begin)) : Value();
}

Value JsonValues::number() {
  JsonNumber number;
  if (!reader_.take_number(number)) {
    reader_.fail("expected a value");
    return {};
  }
  switch (number.kind) {
    case JsonNumber::kInt: return Value::integer(number.as_int);
    case JsonNumber::kUint: return Value::number(static_cast<double>(number.as_uint));
    default: return Value::number(number.as_double);
  }
}

template <class Item>
void JsonValues::push(std::vector<Item>& open, const Item& item) {
  if (open.size() < limits_.items) {
    open.push_back(item);
  } else if (limits_.leaves_out) {
    left_out_ = true;
  } else {
    reader_.fail("too many items", Errc::kLimitExceeded);
  }
}

Value JsonValues::array(int depth) {
  const std::size_t first = items_.size();
  reader_.items([&] { push(items_, value(depth + 1)); });
  const std::span<const Value> items(items_.data() + first, items_.size() - first);
  const Value result = Value::array(arena_->copy_array(items));
  items_.resize(first);
  return result;
}

Value JsonValues::map(int depth) {
  const Members found = members(depth);
  if (found.dollar) return resolve(found.entries.front());
  return Value::map(found.entries);
}

JsonValues::Members JsonValues::members(int depth) {
  const std::size_t first = entries_.size();
  bool dollar = false;
  reader_.members([&](std::string_view key) {
    bool form = false;
    if (spelling_ == JsonSpelling::kRecord && key.starts_with('$')) {
      form = depth > 0 && is_dollar_key(key);
      if (key.starts_with("$$")) key.remove_prefix(1);
    }
    const bool absent = spelling_ == JsonSpelling::kRecord && reader_.take_null();
    dollar |= form;
    // A dollar form is a leaf, however it is spelled.
    push(entries_, KeyValue{key, absent ? Value() : value(form ? depth : depth + 1)});
  });
  const std::span<const KeyValue> entries(entries_.data() + first, entries_.size() - first);
  const Members result{arena_->copy_array(entries), dollar && entries.size() == 1};
  entries_.resize(first);
  return result;
}

Value JsonValues::resolve(const KeyValue& form) {
  const Value& value = form.value;
  if (form.key == kEmptyKey && value.kind() == ValueKind::kBool && value.as_bool()) {
    return Value::empty();
  }
  if (form.key == kBytesKey && value.is_string()) {
    if (auto bytes = parse_base64(value.as_string())) {
      return Value::bytes(as_bytes(arena_->copy(*bytes)));
    }
  }
  if (form.key == kDoubleKey && value.is_string()) {
    double number = 0;
    if (parse_special_double(value.as_string(), number)) return Value::number(number);
  }
  if (reader_.ok()) reader_.fail("malformed $bytes, $double or $empty");
  return {};
}

}  // namespace obs::codec
