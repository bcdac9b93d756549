// Durations and points in time as people write them, for clock.h.

#include <array>
#include <cmath>

#include <fmt/format.h>

#include "libobs/base/clock.h"
#include "libobs/base/text.h"

namespace obs {
namespace {

struct Unit {
  std::string_view name;
  Duration size;
};
// A unit whose name begins with another's stands before it.
constexpr std::array<Unit, 8> kUnits = {{{"ns", 1},
                                         {"us", kMicrosecond},
                                         {"ms", kMillisecond},
                                         {"s", kSecond},
                                         {"m", kMinute},
                                         {"h", kHour},
                                         {"d", kDay},
                                         {"w", 7 * kDay}}};

std::string_view take_while(std::string_view& text, bool (*wanted)(char)) {
  std::size_t size = 0;
  while (size < text.size() && wanted(text[size])) ++size;
  const std::string_view taken = text.substr(0, size);
  text.remove_prefix(size);
  return taken;
}

bool is_number(char c) { return (c >= '0' && c <= '9') || c == '.'; }
bool is_letter(char c) { return c >= 'a' && c <= 'z'; }

std::optional<Duration> find_unit(std::string_view name) {
  for (const Unit& unit : kUnits) {
    if (unit.name == name) return unit.size;
  }
  return std::nullopt;
}

// Whole and fraction apart, since a double cannot hold every nanosecond of a week.
std::optional<Duration> scale(std::string_view number, Duration unit) {
  const std::size_t point = number.find('.');
  const auto whole = parse_int(number.substr(0, point));
  Duration total = 0;
  if (!whole || __builtin_mul_overflow(*whole, unit, &total)) return std::nullopt;
  if (point == std::string_view::npos) return total;

  const std::string_view digits = number.substr(point + 1);
  const auto fraction = parse_double(std::string("0.").append(digits));
  if (digits.empty() || !fraction) return std::nullopt;
  const auto part = static_cast<Duration>(std::llround(*fraction * static_cast<double>(unit)));
  if (__builtin_add_overflow(total, part, &total)) return std::nullopt;
  return total;
}

// Three significant digits in the largest of ns, us, ms, s that leaves a digit before the point.
std::string to_short_text(double nanoseconds) {
  for (const Unit& unit : {kUnits[0], kUnits[1], kUnits[2]}) {
    const double value = nanoseconds / static_cast<double>(unit.size);
    // 999.5 would round to 1.00e+03.
    if (value < 999.5) return fmt::format("{:.3g}{}", value, unit.name);
  }
  return fmt::format("{:.3g}s", nanoseconds / static_cast<double>(kSecond));
}

// Two neighbouring units, the second left out when it is none: "2h5m", "3d".
std::string to_long_text(std::uint64_t nanoseconds) {
  const auto round = [&](Duration unit) {
    const auto size = static_cast<std::uint64_t>(unit);
    return (nanoseconds + size / 2) / size;
  };
  const auto pair = [](std::uint64_t small, std::uint64_t ratio, std::string_view big_name,
                       std::string_view small_name) {
    std::string text = fmt::format("{}{}", small / ratio, big_name);
    if (small % ratio != 0) text += fmt::format("{}{}", small % ratio, small_name);
    return text;
  };
  if (round(kSecond) < 3600) return pair(round(kSecond), 60, "m", "s");
  if (round(kMinute) < 24 * 60) return pair(round(kMinute), 60, "h", "m");
  return pair(round(kHour), 24, "d", "h");
}

// By magnitude: 1e11 seconds is the year 5138, and the same number of milliseconds is 1973.
std::optional<Timestamp> parse_epoch(std::string_view text) {
  const auto number = parse_int(text.substr(0, text.find('.')));
  if (!number || *number < 0) return std::nullopt;
  Duration unit = 1;
  if (*number < 100'000'000'000'000'000) unit = kMicrosecond;
  if (*number < 100'000'000'000'000) unit = kMillisecond;
  if (*number < 100'000'000'000) unit = kSecond;
  return scale(text, unit);
}

std::optional<Timestamp> subtract(Timestamp now, std::optional<Duration> back) {
  Timestamp time = 0;
  if (!back || __builtin_sub_overflow(now, *back, &time)) return std::nullopt;
  return time;
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  Duration total = 0;
  while (!text.empty()) {
    const std::string_view number = take_while(text, is_number);
    const auto unit = find_unit(take_while(text, is_letter));
    const auto part = unit ? scale(number, *unit) : std::nullopt;
    if (!part || __builtin_add_overflow(total, *part, &total)) return std::nullopt;
  }
  return total;
}

std::string to_duration_text(Duration duration) {
  const bool negative = duration < 0;
  // Negated without a sign bit to overflow: the earliest int64 has no positive twin.
  const auto magnitude =
      negative ? -static_cast<std::uint64_t>(duration) : static_cast<std::uint64_t>(duration);
  const auto nanoseconds = static_cast<double>(magnitude);
  // 59.95 seconds and up round to a minute.
  const bool is_short = nanoseconds < 59.95 * static_cast<double>(kSecond);
  return (negative ? "-" : "") + (is_short ? to_short_text(nanoseconds) : to_long_text(magnitude));
}

std::optional<Timestamp> parse_time(std::string_view text, Timestamp now) {
  if (text == "now") return now;
  if (text.starts_with("now-")) return subtract(now, parse_duration(text.substr(4)));
  if (text.starts_with("-")) return subtract(now, parse_duration(text.substr(1)));
  if (const auto back = parse_duration(text)) return subtract(now, back);
  if (const auto time = parse_rfc3339(text)) return time;
  if (const auto midnight = parse_rfc3339(std::string(text) + "T00:00:00Z")) return midnight;
  return parse_epoch(text);
}

}  // namespace obs
