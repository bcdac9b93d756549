#include "libobs/codec/ndjson_fields.h"

#include "libobs/codec/foreign_time.h"

namespace obs::codec {

using model::Value;
using model::ValueKind;

void read_text(JsonReader& json, std::string_view& out, std::string_view reason) {
  if (!json.take_string(out)) json.fail(reason);
}

void read_bool(JsonReader& json, bool& out, std::string_view reason) {
  if (!json.take_bool(out)) json.fail(reason);
}

void read_time(JsonReader& json, Timestamp& out, std::string_view reason) {
  const JsonReader::Position start = json.position();
  std::string_view text;
  JsonNumber number;
  std::optional<Timestamp> time;
  if (json.take_string(text)) {
    time = parse_rfc3339(text);
  } else if (json.take_number(number)) {
    time = to_foreign_time(number.kind == JsonNumber::kInt ? Value::integer(number.as_int)
                                                           : Value::number(to_double(number)));
  }
  if (!time) {
    json.seek(start);
    return json.fail(reason);
  }
  out = *time;
}

void read_number(JsonReader& json, JsonValues& values, Value& out, std::string_view reason) {
  const JsonReader::Position start = json.position();
  out = values.value();
  if (out.kind() == ValueKind::kInt || out.kind() == ValueKind::kDouble) return;
  json.seek(start);
  json.fail(reason);
}

void read_real(JsonReader& json, JsonValues& values, double& out, std::string_view reason) {
  Value number;
  read_number(json, values, number, reason);
  out =
      number.kind() == ValueKind::kInt ? static_cast<double>(number.as_int()) : number.as_double();
}

}  // namespace obs::codec
