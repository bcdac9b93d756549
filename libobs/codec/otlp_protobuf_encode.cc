#include "libobs/codec/otlp_protobuf_encode.h"

namespace obs::codec::otlp {

using model::Attributes;
using model::KeyValue;
using model::Value;
using model::ValueKind;

namespace {

// Bytes in an AnyValue that is neither array nor map.
std::size_t scalar_size(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kString:
    case ValueKind::kBytes: {
      const std::size_t size =
          value.is_string() ? value.as_string().size() : value.as_bytes().size();
      return 1 + static_cast<std::size_t>(protozero::length_of_varint(size)) + size;
    }
    case ValueKind::kBool: return 2;
    case ValueKind::kInt:
      return 1 + static_cast<std::size_t>(
                     protozero::length_of_varint(static_cast<std::uint64_t>(value.as_int())));
    case ValueKind::kDouble: return 9;
    default: return 0;
  }
}

bool is_nested(const Value& value) {
  return value.kind() == ValueKind::kArray || value.kind() == ValueKind::kMap;
}

std::size_t field_size(std::size_t content) {
  return 1 + static_cast<std::size_t>(protozero::length_of_varint(content)) + content;
}

}  // namespace

void Encoder::record_time(Writer& record, std::uint32_t field, Timestamp time,
                          model::TimeSource source) {
  if (source == model::TimeSource::kSender) {
    this->time(record, field, time);
  } else if (source == model::TimeSource::kReceived && keep_received_ && time != batch_.received) {
    record.add_fixed64(kReceivedTime, static_cast<std::uint64_t>(time));
  }
}

void Encoder::attributes(Writer& out, std::uint32_t field, Attributes attributes) {
  for (const KeyValue& attribute : attributes) this->attribute(out, field, attribute);
}

// Nearly every attribute is a scalar: its size is known before it is written, which saves moving
// its bytes once it is.
void Encoder::attribute(Writer& out, std::uint32_t field, const KeyValue& attribute) {
  if (is_nested(attribute.value)) {
    return message(out, field, [&](Writer& entry) {
      text(entry, key_value::kKey, attribute.key);
      value(entry, key_value::kValue, attribute.value);
    });
  }
  std::size_t size = attribute.key.empty() ? 0 : field_size(attribute.key.size());
  if (attribute.value.kind() != ValueKind::kNone) size += field_size(scalar_size(attribute.value));
  open_sized(field, size);
  text(out, key_value::kKey, attribute.key);
  value(out, key_value::kValue, attribute.value);
}

void Encoder::value(Writer& out, std::uint32_t field, const Value& value) {
  if (value.kind() == ValueKind::kNone) return;
  if (is_nested(value)) {
    return message(out, field, [&](Writer& any) { content(any, value); });
  }
  open_sized(field, scalar_size(value));
  content(out, value);
}

// A nested Writer of a known size would say it better, but protozero 1.7 allows one such only in a
// message: its assertions take the second for one inside the first.
void Encoder::open_sized(std::uint32_t field, std::size_t size) {
  protozero::add_varint_to_buffer(&out_, bytes_field(field));
  protozero::add_varint_to_buffer(&out_, size);
}

void Encoder::content(Writer& any, const Value& value) {
  switch (value.kind()) {
    case ValueKind::kNone:
    case ValueKind::kEmpty: break;
    case ValueKind::kString: any.add_string(any_value::kString, value.as_string()); break;
    case ValueKind::kBytes: any.add_bytes(any_value::kBytes, as_text(value.as_bytes())); break;
    case ValueKind::kBool: any.add_bool(any_value::kBool, value.as_bool()); break;
    case ValueKind::kInt: any.add_int64(any_value::kInt, value.as_int()); break;
    case ValueKind::kDouble: any.add_double(any_value::kDouble, value.as_double()); break;
    case ValueKind::kArray:
      message(any, any_value::kArray, [&](Writer& list) {
        for (const Value& item : value.as_array()) {
          // An item that is no value at all cannot be said inside an array.
          const bool none = item.kind() == ValueKind::kNone;
          this->value(list, array_value::kValues, none ? Value::empty() : item);
        }
      });
      break;
    case ValueKind::kMap:
      message(any, any_value::kMap,
              [&](Writer& list) { attributes(list, array_value::kValues, value.as_map()); });
      break;
  }
}

}  // namespace obs::codec::otlp
