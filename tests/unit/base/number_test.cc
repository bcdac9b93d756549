#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include <catch2/catch.hpp>

#include "libobs/base/text.h"

namespace obs {
namespace {

std::string text_of(double value) {
  std::string out;
  append_double(out, value);
  return out;
}

TEST_CASE("a double is written in its shortest form, never as an integer", "[base][text]") {
  struct {
    double value;
    const char* text;
  } const cases[] = {
      {0.0, "0.0"},
      {-0.0, "-0.0"},
      {1.0, "1.0"},
      {0.1, "0.1"},
      {1.0 / 3, "0.3333333333333333"},
      {1e6, "1000000.0"},
      {123456789.25, "123456789.25"},
      {9007199254740993.0, "9007199254740992.0"},
      {1e16, "1e+16"},
      {1e300, "1e+300"},
      {1e-7, "1e-07"},
      {5e-324, "5e-324"},
      {std::numeric_limits<double>::max(), "1.7976931348623157e+308"},
      {-2.2250738585072014e-308, "-2.2250738585072014e-308"},
  };
  for (const auto& [value, text] : cases) CHECK(text_of(value) == text);
}

TEST_CASE("any finite double reads back as the same bits", "[base][text]") {
  std::mt19937_64 random(11);
  for (int i = 0; i < 20'000; ++i) {
    const auto value = std::bit_cast<double>(random());
    if (!std::isfinite(value)) continue;
    const std::string text = text_of(value);
    REQUIRE(text.find_first_of(".e") != std::string::npos);
    const auto back = parse_double(text);
    REQUIRE(back);
    REQUIRE(std::bit_cast<std::uint64_t>(*back) == std::bit_cast<std::uint64_t>(value));
  }
}

TEST_CASE("integers are written and read to their extremes", "[base][text]") {
  std::string out;
  append_int(out, INT64_MIN);
  append_uint(out, UINT64_MAX);
  CHECK(out == "-922337203685477580818446744073709551615");
  CHECK(parse_int("-9223372036854775808") == INT64_MIN);
  CHECK(parse_int("9223372036854775807") == INT64_MAX);
  CHECK(parse_uint("18446744073709551615") == UINT64_MAX);
  CHECK(parse_uint("007") == 7u);
}

TEST_CASE("only a whole number is a number", "[base][text]") {
  for (const char* text :
       {"", " 1", "1 ", "+1", "1x", "0x10", "1.0", "--1", "9223372036854775808"}) {
    INFO(text);
    CHECK_FALSE(parse_int(text));
  }
  for (const char* text : {"", "-1", "1.5", "18446744073709551616"}) CHECK_FALSE(parse_uint(text));
  for (const char* text : {"", ".", "e5", "1,5", "0x1p3", "1e400", "nan(1)", "1 ", "+1"}) {
    INFO(text);
    CHECK_FALSE(parse_double(text));
  }
}

TEST_CASE("a double may be infinite or no number", "[base][text]") {
  CHECK(parse_double("Infinity") == INFINITY);
  CHECK(parse_double("-Infinity") == -INFINITY);
  CHECK(parse_double("inf") == INFINITY);
  CHECK(std::isnan(parse_double("NaN").value()));
  CHECK(parse_double("1e3") == 1000.0);
  CHECK(parse_double("-2") == -2.0);
}

TEST_CASE("sizes count in thousands, or in 1024s where they say so", "[base][text]") {
  struct {
    const char* text;
    std::uint64_t bytes;
  } const cases[] = {
      {"0", 0},
      {"17", 17},
      {"17B", 17},
      {"20KB", 20'000},
      {"20KiB", 20'480},
      {"20kb", 20'000},
      {"1.5KiB", 1'536},
      {"64MiB", 64 * kMiB},
      {"2GB", 2'000'000'000},
      {"1TiB", 1024 * kGiB},
      {"18446744073709551615", UINT64_MAX},
  };
  for (const auto& [text, bytes] : cases) {
    INFO(text);
    CHECK(parse_size(text) == bytes);
  }
  for (const char* text : {"", "KB", "-1", "1.5", "1.5B", "20 KB", "20KBB", "20K", "99999999TiB",
                           "1..5MB", "18446744073709551616"}) {
    INFO(text);
    CHECK_FALSE(parse_size(text));
  }
}

}  // namespace
}  // namespace obs
