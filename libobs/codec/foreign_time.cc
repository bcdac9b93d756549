#include "libobs/codec/foreign_time.h"

#include <string>

#include "libobs/base/text.h"
#include "libobs/codec/ndjson_fields.h"

namespace obs::codec {

using model::Value;

namespace {

// "2026-11-22T10:15:30", before the fraction and the zone.
constexpr std::size_t kShortest = 19;
// No date is longer: nine digits of a fraction are more than anyone writes, forty more are plenty.
constexpr std::size_t kLongest = 64;

std::optional<Timestamp> parse_number(std::string_view text) {
  if (const auto whole = parse_int(text)) return to_epoch_time(Value::integer(*whole));
  if (const auto real = parse_double(text)) return to_epoch_time(Value::number(*real));
  return std::nullopt;
}

// "Z", "+01:00" as they are; "+0100" and "+01" in full; UTC for none. Empty for anything else.
std::string full_zone(std::string_view zone) {
  if (zone.empty() || zone == "Z" || zone == "z" || zone == " UTC") return "Z";
  if (zone.front() == ' ') zone.remove_prefix(1);
  if (zone.front() != '+' && zone.front() != '-') return {};
  const std::string hours(zone.substr(0, 3));
  if (zone.size() == 3) return hours + ":00";
  if (zone.size() == 5) return hours + ":" + std::string(zone.substr(3));
  return std::string(zone);
}

std::optional<Timestamp> parse_date(std::string_view text) {
  if (text.size() < kShortest || text.size() > kLongest) return std::nullopt;
  std::string full(text.substr(0, kShortest));
  text.remove_prefix(kShortest);
  if (text.starts_with('.') || text.starts_with(',')) {
    const std::size_t end = std::min(text.find_first_not_of("0123456789", 1), text.size());
    full += '.';
    full += text.substr(1, end - 1);
    text.remove_prefix(end);
  }
  return parse_rfc3339(full + full_zone(text));
}

}  // namespace

std::optional<Timestamp> to_foreign_time(const Value& value) {
  if (!value.is_string()) return to_epoch_time(value);
  const std::string_view text = trim(value.as_string());
  if (const auto time = parse_rfc3339(text)) return time;
  if (const auto time = parse_number(text)) return time;
  return parse_date(text);
}

}  // namespace obs::codec
