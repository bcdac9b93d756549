#include <catch2/catch.hpp>

#include "libobs/base/clock.h"

namespace obs {
namespace {

struct Case {
  const char* text;
  std::int64_t expected;
};

TEST_CASE("durations are read as people write them", "[base][clock]") {
  const Case cases[] = {
      {"0s", 0},
      {"1ns", 1},
      {"2us", 2 * kMicrosecond},
      {"250ms", 250 * kMillisecond},
      {"1.5s", 1'500 * kMillisecond},
      {"1h30m", 90 * kMinute},
      {"7d", 7 * kDay},
      {"2w", 14 * kDay},
      {"1d1h1m1s1ms1us1ns", kDay + kHour + kMinute + kSecond + kMillisecond + kMicrosecond + 1},
      {"0.000000001s", 1},
      {"9223372036854775807ns", INT64_MAX},
      {"106751d", 106'751 * kDay},
  };
  for (const auto& [text, expected] : cases) {
    INFO(text);
    CHECK(parse_duration(text) == expected);
  }
}

TEST_CASE("what is no duration, or overflows, is refused", "[base][clock]") {
  const char* const cases[] = {"",    "5",   "s",     "1.s",     "-1s",    "+1s",
                               "1 s", "1H",  "1y",    "1.2.3s",  ".5s",    "1e3s",
                               "1s ", " 1s", "1s,2m", "106752d", "20000w", "9223372036854775808ns"};
  for (const char* text : cases) {
    INFO(text);
    CHECK_FALSE(parse_duration(text));
  }
}

TEST_CASE("durations are written with three digits or two units", "[base][clock]") {
  struct {
    Duration duration;
    const char* text;
  } const cases[] = {
      {0, "0ns"},
      {999, "999ns"},
      {1'000, "1us"},
      {999'499, "999us"},
      {999'600, "1ms"},
      {1'250'000, "1.25ms"},
      {3'400 * kMillisecond, "3.4s"},
      {59'900 * kMillisecond, "59.9s"},
      {59'990 * kMillisecond, "1m"},
      {90 * kSecond, "1m30s"},
      {kHour - 1, "1h"},
      {125 * kMinute, "2h5m"},
      {3 * kDay, "3d"},
      {3 * kDay + 4 * kHour, "3d4h"},
      {-1'250'000, "-1.25ms"},
      {INT64_MAX, "106752d"},
      {INT64_MIN, "-106752d"},
  };
  for (const auto& [duration, text] : cases) CHECK(to_duration_text(duration) == text);
}

TEST_CASE("a user's point in time is a time, a date, an epoch or a distance", "[base][clock]") {
  constexpr Timestamp kNow = 1'700'000'000 * kSecond;
  const Case cases[] = {
      {"now", kNow},
      {"1h", kNow - kHour},
      {"-15m", kNow - 15 * kMinute},
      {"now-1h30m", kNow - 90 * kMinute},
      {"2023-11-14T22:13:20Z", kNow},
      {"2023-11-14", 1'699'920'000 * kSecond},
      {"1700000000", kNow},
      {"1700000000.25", kNow + 250 * kMillisecond},
      {"1700000000000", kNow},
      {"1700000000000000", kNow},
      {"1700000000000000000", kNow},
      {"0", 0},
  };
  for (const auto& [text, expected] : cases) {
    INFO(text);
    CHECK(parse_time(text, kNow) == expected);
  }
}

TEST_CASE("what is no point in time is refused", "[base][clock]") {
  const char* const cases[] = {"",      "-",    "now-", "now+1h",  "tomorrow",
                               "1x",    "-1.5", "--1h", "2023-11", "2023-02-30",
                               "12:00", "1e9",  "1.",   "1.2.3s",  "99999999999999999999"};
  for (const char* text : cases) {
    INFO(text);
    CHECK_FALSE(parse_time(text, 0));
  }
}

TEST_CASE("a distance that reaches before all time is refused", "[base][clock]") {
  CHECK_FALSE(parse_time("1d", INT64_MIN));
}

TEST_CASE("a manual clock stands still until it is told", "[base][clock]") {
  ManualClock clock(5);
  CHECK(clock.now() == 5);
  clock.advance(kSecond);
  CHECK(clock.now() == kSecond + 5);
  CHECK(clock.monotonic() == kSecond + 5);
}

TEST_CASE("the system clock tells this century, and never goes back", "[base][clock]") {
  CHECK(to_date(system_clock().now()).substr(0, 2) == "20");
  const Duration before = system_clock().monotonic();
  CHECK(system_clock().monotonic() >= before);
}

}  // namespace
}  // namespace obs
