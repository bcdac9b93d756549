// AnyValue, KeyValue and what holds them.

#include "libobs/base/text.h"
#include "libobs/codec/otlp_json_decode.h"

namespace obs::codec::otlp_json {

using model::Attributes;
using model::KeyValue;
using model::Value;

namespace {

enum class AnyField { kNone, kString, kBool, kInt, kDouble, kArray, kMap, kBytes };
constexpr KeyTable kAnyFields{
    {std::pair<std::string_view, AnyField>{"stringValue", AnyField::kString},
     {"boolValue", AnyField::kBool},
     {"intValue", AnyField::kInt},
     {"doubleValue", AnyField::kDouble},
     {"arrayValue", AnyField::kArray},
     {"kvlistValue", AnyField::kMap},
     {"bytesValue", AnyField::kBytes}}};

enum class ListField { kNone, kValues };
constexpr KeyTable kListFields{
    {std::pair<std::string_view, ListField>{"values", ListField::kValues}}};

enum class EntryField { kNone, kKey, kValue };
constexpr auto kEntryFields =
    key_table<EntryField>({{"key", EntryField::kKey}, {"value", EntryField::kValue}});

constexpr std::string_view kNotAList = "values is not an array";

}  // namespace

Value Decoder::value(int depth) {
  if (depth > kMaxValueDepth) {
    refuse("values nested deeper than 64");
    json_.skip();
    return Value::empty();
  }
  Value value = Value::empty();
  object(kAnyFields, "AnyValue is not an object", [&](AnyField field) {
    std::string_view string;
    bool flag = false;
    switch (field) {
      case AnyField::kString:
        text(string, "stringValue is not a string");
        value = Value::string(string);
        break;
      case AnyField::kBool:
        boolean(flag, "boolValue is not a boolean");
        value = Value::boolean(flag);
        break;
      case AnyField::kInt: integer_value(value, "intValue is not an integer"); break;
      case AnyField::kDouble: number_value(value, "doubleValue is not a number"); break;
      case AnyField::kArray: value = array_value(depth + 1); break;
      case AnyField::kMap: value = map_value(depth + 1); break;
      case AnyField::kBytes: value = bytes_value(); break;
      case AnyField::kNone: break;
    }
  });
  return value;
}

Value Decoder::array_value(int depth) {
  const std::size_t first = values_.size();
  object(kListFields, "arrayValue is not an object", [&](ListField) {
    array(kNotAList, [&] {
      // There is no absent item: null can only stand for an empty value.
      const bool empty = json_.take_null();
      push(values_, empty ? Value::empty() : value(depth));
    });
  });
  return Value::array(pop(values_, first));
}

Value Decoder::map_value(int depth) {
  Attributes entries;
  object(kListFields, "kvlistValue is not an object",
         [&](ListField) { entries = attributes(depth); });
  return Value::map(entries);
}

Value Decoder::bytes_value() {
  std::string_view base64;
  text(base64, "bytesValue is not base64");
  const auto bytes = parse_base64(base64);
  if (!bytes) {
    refuse("bytesValue is not base64");
    return Value::empty();
  }
  claim(bytes->size());
  return Value::bytes(as_bytes(arena().copy(*bytes)));
}

Attributes Decoder::attributes(int depth) {
  const std::size_t first = entries_.size();
  array("attributes are not an array", [&] { attribute(depth); });
  return pop(entries_, first);
}

void Decoder::attribute(int depth) {
  KeyValue entry;
  object(kEntryFields, "attribute is not an object", [&](EntryField field) {
    if (field == EntryField::kKey) {
      text(entry.key, "key is not a string");
    } else {
      entry.value = value(depth);
    }
  });
  push(entries_, entry);
}

}  // namespace obs::codec::otlp_json
