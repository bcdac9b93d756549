// Values at the edges of what a field can hold, and texts that are awkward somewhere.

#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

#include "libobs/base/clock.h"

namespace obs::test {

inline constexpr std::int64_t kMaxInt = std::numeric_limits<std::int64_t>::max();
inline constexpr std::int64_t kMinInt = std::numeric_limits<std::int64_t>::min();
inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

using std::literals::operator""sv;

inline constexpr std::string_view kTexts[] = {
    "",
    "a",
    "payment declined",
    "with \"quotes\" and \\ and /",
    "line\nbreak\ttab\r\x01\x1f\x7f",
    "nul\0inside"sv,
    "Gr\xC3\xBC\xC3\x9F"
    "e",
    "\xF0\x9F\x9A\x80 and \xEF\xBF\xBD",
    "\xE2\x80\xA8 separator",
    "{\"json\":true}",
    "$bytes",
    "NaN",
    "null",
    "a longer text that does not fit into any small buffer at all"};
inline constexpr std::string_view kKeys[] = {
    "http.route", "user.id", "",         "$",     "$bytes", "$$x",     "$double", "$empty",
    "key \"q\"",  "\n",      "\xC3\xA9", "error", "signal", "a.b.c.d", "level",   "service.name"};
inline constexpr double kDoubles[] = {0.0,
                                      -0.0,
                                      1.0,
                                      -2.5,
                                      0.1,
                                      1e300,
                                      1e-300,
                                      5e-324,
                                      123456789.125,
                                      1e21,
                                      9007199254740993.0,
                                      std::numeric_limits<double>::max(),
                                      std::numeric_limits<double>::min(),
                                      kInfinity,
                                      -kInfinity,
                                      std::numeric_limits<double>::quiet_NaN()};
inline constexpr std::int64_t kIntegers[] = {0,       1,       -1,        42,  1'000'000'007,
                                             kMaxInt, kMinInt, 1LL << 53, -255};
inline constexpr std::uint64_t kCounts[] = {0, 1, 17, 1ULL << 53,
                                            std::numeric_limits<std::uint64_t>::max()};
inline constexpr std::int32_t kSmall[] = {0,
                                          1,
                                          -1,
                                          3,
                                          9,
                                          std::numeric_limits<std::int32_t>::max(),
                                          std::numeric_limits<std::int32_t>::min()};
inline constexpr std::uint32_t kUnsigned[] = {0, 0, 1, 0x301,
                                              std::numeric_limits<std::uint32_t>::max()};
inline constexpr Timestamp kTimes[] = {1, kSecond, 1'763'806'530'000'000'000,
                                       1'763'806'530'123'456'789, kMaxInt};

}  // namespace obs::test
