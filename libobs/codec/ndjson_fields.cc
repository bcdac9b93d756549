#include "libobs/codec/ndjson_fields.h"

#include <cmath>

#include "libobs/base/text.h"

namespace obs::codec {

using model::Value;
using model::ValueKind;

namespace {

// A second count of today has ten digits, and each finer unit three more. Below eight digits lie
// durations and uptimes.
constexpr double kLeastSeconds = 1e8;
constexpr double kLeastMilliseconds = 1e11;
constexpr double kLeastMicroseconds = 1e14;
constexpr double kLeastNanoseconds = 1e17;
constexpr double kMostNanoseconds = 9.2e18;

Duration unit_of(double size) {
  if (size < kLeastMilliseconds) return kSecond;
  if (size < kLeastMicroseconds) return kMillisecond;
  if (size < kLeastNanoseconds) return kMicrosecond;
  return 1;
}

}  // namespace

std::optional<Timestamp> to_epoch_time(const Value& number) {
  const bool whole = number.kind() == ValueKind::kInt;
  if (!whole && number.kind() != ValueKind::kDouble) return std::nullopt;
  const double size = whole ? static_cast<double>(number.as_int()) : number.as_double();
  if (!(size >= kLeastSeconds && size < kMostNanoseconds)) return std::nullopt;
  const Duration unit = unit_of(size);
  if (whole) return number.as_int() * unit;
  // A double of today's seconds is exact to a quarter of a microsecond; what lies below is noise.
  if (unit == 1) return static_cast<Timestamp>(size);
  return std::llround(size * static_cast<double>(unit / kMicrosecond)) * kMicrosecond;
}

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
    time = to_epoch_time(number.kind == JsonNumber::kInt ? Value::integer(number.as_int)
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
