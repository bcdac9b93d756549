#include "libobs/codec/foreign_time.h"

#include <algorithm>
#include <cmath>
#include <string>

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
constexpr double kMostNanoseconds = 9.2e18;  // Timestamp ends in 2262.

Duration unit_of(double size) {
  if (size < kLeastMilliseconds) return kSecond;
  if (size < kLeastMicroseconds) return kMillisecond;
  if (size < kLeastNanoseconds) return kMicrosecond;
  return 1;
}

// "2026-11-22T10:15:30", before the fraction and the zone.
constexpr std::size_t kShortest = 19;
// No date is longer: nine digits of a fraction are more than anyone writes, forty more are plenty.
constexpr std::size_t kLongest = 64;

std::optional<Timestamp> to_epoch_time(const Value& number) {
  const bool whole = number.kind() == ValueKind::kInt;
  if (!whole && number.kind() != ValueKind::kDouble) return std::nullopt;
  const double size = whole ? static_cast<double>(number.as_int()) : number.as_double();
  const Duration unit = unit_of(size);
  const bool fits = size >= kLeastSeconds && size * static_cast<double>(unit) < kMostNanoseconds;
  if (!fits) return std::nullopt;
  if (whole) return number.as_int() * unit;
  // A double of today's seconds is exact to a quarter of a microsecond; what lies below is noise.
  if (unit == 1) return static_cast<Timestamp>(size);
  const Duration microseconds = unit / kMicrosecond;
  return std::llround(size * static_cast<double>(microseconds)) * kMicrosecond;
}

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
