#include <array>
#include <random>

#include <catch2/catch.hpp>

#include "libobs/base/clock.h"

namespace obs {
namespace {

struct Moment {
  Timestamp time;
  const char* text;
};
constexpr Moment kMoments[] = {
    {0, "1970-01-01T00:00:00.000000000Z"},
    {-1, "1969-12-31T23:59:59.999999999Z"},
    {1'700'000'000'123'456'789, "2023-11-14T22:13:20.123456789Z"},
    {INT64_MIN, "1677-09-21T00:12:43.145224192Z"},
    {INT64_MAX, "2262-04-11T23:47:16.854775807Z"},
    {951'782'400 * kSecond, "2000-02-29T00:00:00.000000000Z"},
    {4'107'542'400 * kSecond, "2100-03-01T00:00:00.000000000Z"},
    {-2'203'891'200 * kSecond, "1900-03-01T00:00:00.000000000Z"},
    {1'735'689'599 * kSecond + 999'999'999, "2024-12-31T23:59:59.999999999Z"},
};

TEST_CASE("every timestamp has one RFC 3339 spelling, read back as itself", "[base][clock]") {
  for (const auto& [time, text] : kMoments) {
    CHECK(to_rfc3339(time) == text);
    CHECK(parse_rfc3339(text) == time);
    CHECK(to_date(time) == std::string(text).substr(0, 10));
  }
}

TEST_CASE("any int64 survives RFC 3339", "[base][clock]") {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i) {
    const auto time = static_cast<Timestamp>(random());
    REQUIRE(parse_rfc3339(to_rfc3339(time)) == time);
  }
}

TEST_CASE("RFC 3339 is read with any fraction, zone and separator", "[base][clock]") {
  constexpr Timestamp kNoon = 1'700'049'600 * kSecond;  // 2023-11-15T12:00:00Z
  const Moment cases[] = {
      {kNoon, "2023-11-15T12:00:00Z"},
      {kNoon, "2023-11-15 12:00:00Z"},
      {kNoon, "2023-11-15t12:00:00z"},
      {kNoon + 500 * kMillisecond, "2023-11-15T12:00:00.5Z"},
      {kNoon + 123'456'789, "2023-11-15T12:00:00.123456789999999Z"},
      {kNoon, "2023-11-15T14:00:00+02:00"},
      {kNoon, "2023-11-15T06:30:00-05:30"},
      {kNoon, "2023-11-15T12:00:00-00:00"},
      {kNoon, "2023-11-15T11:59:60Z"},  // A leap second is the one after it.
      {INT64_MAX, "2262-04-12T00:47:16.854775807+01:00"},
  };
  for (const auto& [time, text] : cases) {
    INFO(text);
    CHECK(parse_rfc3339(text) == time);
  }
}

TEST_CASE("what is not RFC 3339, or beyond a timestamp, is refused", "[base][clock]") {
  const char* const cases[] = {
      "",
      "now",
      "2023-11-15",
      "2023-11-15T12:00:00",
      "2023-11-15T12:00Z",
      "2023-11-15T12:00:00.Z",
      "2023-11-15T12:00:00,5Z",
      "2023-11-15T24:00:00Z",
      "2023-11-15T12:60:00Z",
      "2023-11-15T12:00:61Z",
      "2023-13-15T12:00:00Z",
      "2023-00-15T12:00:00Z",
      "2023-11-31T12:00:00Z",
      "2023-02-29T12:00:00Z",
      "1900-02-29T12:00:00Z",
      "2023-11-00T12:00:00Z",
      "2023/11/15T12:00:00Z",
      "2023-11-15T12-00-00Z",
      "2023-11-15_12:00:00Z",
      "2023-11-15T12:00:00ZZ",
      "2023-11-15T12:00:00+2:00",
      "2023-11-15T12:00:00+24:00",
      "2023-11-15T12:00:00+02:60",
      "2023-11-15T12:00:00*02:00",
      " 2023-11-15T12:00:00Z",
      "+023-11-15T12:00:00Z",
      "1677-09-21T00:12:43.145224191Z",
      "2262-04-11T23:47:16.854775808Z",
      "9999-12-31T23:59:59Z",
      "0000-01-01T00:00:00Z",
  };
  for (const char* text : cases) {
    INFO(text);
    CHECK_FALSE(parse_rfc3339(text));
  }
}

TEST_CASE("a cut-off RFC 3339 time is refused at every length", "[base][clock]") {
  const std::string whole = to_rfc3339(INT64_MAX);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    INFO(size);
    CHECK_FALSE(parse_rfc3339(std::string_view(whole).substr(0, size)));
  }
}

}  // namespace
}  // namespace obs
