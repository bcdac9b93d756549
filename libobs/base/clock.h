// Time: nanoseconds since the Unix epoch, and the clocks that tell it.
//
// A function that needs to know the time takes a Clock, so that a test can pass one that it ticks.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace obs {

// Nanoseconds since the Unix epoch, as OTLP counts them. 0 is "unknown" in OTLP.
using Timestamp = std::int64_t;
// Nanoseconds.
using Duration = std::int64_t;

inline constexpr Duration kMicrosecond = 1'000;
inline constexpr Duration kMillisecond = 1'000'000;
inline constexpr Duration kSecond = 1'000'000'000;
inline constexpr Duration kMinute = 60 * kSecond;
inline constexpr Duration kHour = 60 * kMinute;
inline constexpr Duration kDay = 24 * kHour;

class Clock {
 public:
  virtual ~Clock() = default;
  // Wall-clock time; may jump.
  virtual Timestamp now() const = 0;
  // Never goes back; only differences mean something.
  virtual Duration monotonic() const = 0;
};

// The machine's clock. Lives for the whole process.
const Clock& system_clock();

// A clock for tests: stands still until told otherwise. Not thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Timestamp start) : now_(start) {}
  Timestamp now() const override { return now_; }
  Duration monotonic() const override { return now_; }
  void advance(Duration by) { now_ += by; }

 private:
  Timestamp now_;
};

// Appends RFC 3339 in UTC, with exactly nine fraction digits: "2026-11-22T10:15:30.123456789Z". Any
// int64 has such a spelling: years run from 1677 to 2262.
void append_rfc3339(std::string& out, Timestamp time);
std::string to_rfc3339(Timestamp time);

// Reads RFC 3339 with any number of fraction digits (beyond nine they are cut), `Z` or an offset,
// `T` or a space. nullopt when it is anything else, or outside what Timestamp can hold.
std::optional<Timestamp> parse_rfc3339(std::string_view text);

// The UTC calendar day of a time: "2026-11-22".
std::string to_date(Timestamp time);

// Reads a duration as people write it: "250ms", "1h30m", "7d", "2w", "1.5s"; units ns us ms s m h d
// w. nullopt otherwise.
std::optional<Duration> parse_duration(std::string_view text);

// "1.25ms", "3.4s", "2h5m": three significant digits, for people.
std::string to_duration_text(Duration duration);

// Reads a point in time given by a user: RFC 3339, a bare date, `now`, epoch seconds, milliseconds,
// microseconds or nanoseconds (by magnitude), or a distance back from `now` such as "1h", "-15m" or
// "now-15m". nullopt otherwise.
std::optional<Timestamp> parse_time(std::string_view text, Timestamp now);

}  // namespace obs
