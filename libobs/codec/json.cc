#include "libobs/codec/json.h"

#include <cmath>

#include "libobs/base/text.h"
#include "libobs/codec/json_reader.h"
#include "libobs/codec/json_value.h"

namespace obs::codec {

using model::Attributes;
using model::KeyValue;
using model::Value;
using model::ValueKind;

namespace {

Result<Value, ParseError> parse(std::string_view text, Arena& arena, JsonSpelling spelling) {
  char* const room = arena.allocate_array<char>(text.size() + JsonReader::kPadding);
  std::copy(text.begin(), text.end(), room);
  JsonReader reader;
  Value value;
  if (reader.start(room, text.size())) {
    value = JsonValues(reader, arena, spelling, {}).value();
  }
  if (!reader.finish()) return fail(reader.error());
  return value;
}

void append_bytes(std::string& out, const Value& value) {
  out += '"';
  append_base64(out, value.as_bytes());
  out += '"';
}

template <class AppendItem>
void append_array(std::string& out, const Value& value, AppendItem append_item) {
  out += '[';
  bool first = true;
  for (const Value& item : value.as_array()) {
    if (!first) out += ',';
    first = false;
    append_item(out, item);
  }
  out += ']';
}

void append_plain_map(std::string& out, const Value& value) {
  out += '{';
  bool first = true;
  for (const auto& [key, member] : value.as_map()) {
    if (!first) out += ',';
    first = false;
    append_json_string(out, key);
    out += ':';
    append_plain_value(out, member);
  }
  out += '}';
}

void append_record_key(std::string& out, std::string_view key) {
  if (!key.starts_with('$')) return append_json_string(out, key);
  out += "\"$";
  const std::size_t quote = out.size();
  append_json_string(out, key);
  out.erase(quote, 1);
}

}  // namespace

Result<Value, ParseError> parse_json(std::string_view text, Arena& arena) {
  return parse(text, arena, JsonSpelling::kPlain);
}

Result<Value, ParseError> parse_record_value(std::string_view text, Arena& arena) {
  return parse(text, arena, JsonSpelling::kRecord);
}

void append_record_map(std::string& out, Attributes attributes) {
  out += '{';
  bool first = true;
  for (const KeyValue& entry : attributes) {
    if (!first) out += ',';
    first = false;
    append_record_key(out, entry.key);
    out += ':';
    append_record_value(out, entry.value);
  }
  out += '}';
}

void append_record_double(std::string& out, double value) {
  if (std::isfinite(value)) {
    append_double(out, value);
  } else {
    append_special_double(out, value);
  }
}

void append_record_value(std::string& out, const Value& value) {
  switch (value.kind()) {
    case ValueKind::kNone: out += "null"; break;
    case ValueKind::kEmpty: out += R"({"$empty":true})"; break;
    case ValueKind::kString: append_json_string(out, value.as_string()); break;
    case ValueKind::kBool: out += value.as_bool() ? "true" : "false"; break;
    case ValueKind::kInt: append_int(out, value.as_int()); break;
    case ValueKind::kDouble: append_record_double(out, value.as_double()); break;
    case ValueKind::kBytes:
      out += R"({"$bytes":)";
      append_bytes(out, value);
      out += '}';
      break;
    case ValueKind::kArray: append_array(out, value, append_record_value); break;
    case ValueKind::kMap: append_record_map(out, value.as_map()); break;
  }
}

void append_plain_value(std::string& out, const Value& value) {
  switch (value.kind()) {
    case ValueKind::kNone:
    case ValueKind::kEmpty: out += "null"; break;
    case ValueKind::kString: append_json_string(out, value.as_string()); break;
    case ValueKind::kBool: out += value.as_bool() ? "true" : "false"; break;
    case ValueKind::kInt: append_int(out, value.as_int()); break;
    case ValueKind::kDouble:
      if (!std::isfinite(value.as_double())) {
        out += "null";
      } else {
        append_double(out, value.as_double());
      }
      break;
    case ValueKind::kBytes: append_bytes(out, value); break;
    case ValueKind::kArray: append_array(out, value, append_plain_value); break;
    case ValueKind::kMap: append_plain_map(out, value); break;
  }
}

}  // namespace obs::codec
