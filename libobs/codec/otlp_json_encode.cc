// The fields, and the values.

#include "libobs/codec/otlp_json_encode.h"

#include <cmath>

#include "libobs/base/text.h"
#include "libobs/codec/otlp.h"

namespace obs::codec {

std::string encode_otlp_json(const model::Batch& batch) {
  return otlp_json::Encoder(batch).encode();
}

namespace otlp_json {

using model::Attributes;
using model::KeyValue;
using model::Value;
using model::ValueKind;

void Encoder::key(std::string_view name) {
  separate();
  out_ += '"';
  out_ += name;
  out_ += "\":";
}

void Encoder::text(std::string_view name, std::string_view text) {
  if (text.empty()) return;
  key(name);
  append_json_string(out_, text);
}

void Encoder::flag(std::string_view name, bool flag) {
  if (!flag) return;
  key(name);
  out_ += "true";
}

void Encoder::number(std::string_view name, std::int64_t number) {
  if (number == 0) return;
  key(name);
  append_int(out_, number);
}

void Encoder::long_number(std::string_view name, std::uint64_t number) {
  key(name);
  out_ += '"';
  append_uint(out_, number);
  out_ += '"';
}

void Encoder::time(std::string_view name, Timestamp time) {
  if (time != 0) long_number(name, static_cast<std::uint64_t>(time));
}

void Encoder::real(std::string_view name, double number) {
  key(name);
  real(number);
}

void Encoder::real(double number) {
  if (std::isfinite(number)) {
    append_double(out_, number);
  } else if (std::isnan(number)) {
    out_ += R"("NaN")";
  } else {
    out_ += number > 0 ? R"("Infinity")" : R"("-Infinity")";
  }
}

void Encoder::long_numbers(std::string_view name, std::span<const std::uint64_t> numbers) {
  if (numbers.empty()) return;
  array(name, [&] {
    for (const std::uint64_t number : numbers) {
      separate();
      out_ += '"';
      append_uint(out_, number);
      out_ += '"';
    }
  });
}

void Encoder::attributes(std::string_view name, Attributes attributes) {
  if (attributes.empty()) return;
  array(name, [&] {
    for (const KeyValue& entry : attributes) attribute(entry);
  });
}

void Encoder::attribute(const KeyValue& attribute) {
  object([&] {
    key("key");
    append_json_string(out_, attribute.key);
    if (attribute.value.kind() == ValueKind::kNone) return;
    key("value");
    value(attribute.value);
  });
}

void Encoder::value(const Value& value) {
  out_ += '{';
  content(value);
  out_ += '}';
}

void Encoder::content(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kNone:
    case ValueKind::kEmpty: return;
    case ValueKind::kString: key("stringValue"); return append_json_string(out_, value.as_string());
    case ValueKind::kBool:
      key("boolValue");
      out_ += value.as_bool() ? "true" : "false";
      return;
    case ValueKind::kInt:
      key("intValue");
      out_ += '"';
      append_int(out_, value.as_int());
      out_ += '"';
      return;
    case ValueKind::kDouble: return real("doubleValue", value.as_double());
    case ValueKind::kBytes:
      key("bytesValue");
      out_ += '"';
      append_base64(out_, value.as_bytes());
      out_ += '"';
      return;
    case ValueKind::kArray:
      return object("arrayValue", [&] {
        array("values", [&] {
          for (const Value& item : value.as_array()) {
            separate();
            this->value(item);
          }
        });
      });
    case ValueKind::kMap:
      return object("kvlistValue", [&] {
        array("values", [&] {
          for (const KeyValue& entry : value.as_map()) attribute(entry);
        });
      });
  }
}

void Encoder::number_value(const Value& value) {
  if (value.kind() == ValueKind::kDouble) {
    real("asDouble", value.as_double());
  } else if (value.kind() == ValueKind::kInt) {
    key("asInt");
    out_ += '"';
    append_int(out_, value.as_int());
    out_ += '"';
  }
}

}  // namespace otlp_json
}  // namespace obs::codec
