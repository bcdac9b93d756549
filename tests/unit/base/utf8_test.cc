#include <string>

#include <catch2/catch.hpp>

#include "libobs/base/text.h"

namespace obs {
namespace {

using namespace std::string_literals;

#define FFFD "\xEF\xBF\xBD"

struct Repair {
  std::string text;
  std::string repaired;
};

TEST_CASE("UTF-8 is repaired by one U+FFFD for each maximal ill-formed sequence", "[base][text]") {
  const Repair cases[] = {
      {"\x80", FFFD},
      {"a\x80\x80z", "a" FFFD FFFD "z"},
      {"\xC0\xAF", FFFD FFFD},                    // Overlong two.
      {"\xE0\x80\xAF", FFFD FFFD FFFD},           // Overlong three.
      {"\xF0\x80\x80\x80", FFFD FFFD FFFD FFFD},  // Overlong four.
      {"\xED\xA0\x80", FFFD FFFD FFFD},           // A surrogate.
      {"\xED\xAF\x41", FFFD FFFD "A"},
      {"\xF4\x90\x80\x80", FFFD FFFD FFFD FFFD},  // Above U+10FFFF.
      {"\xF8\x88\x80\x80\x80", FFFD FFFD FFFD FFFD FFFD},
      {"\xE2\x82", FFFD},  // A character cut off is one.
      {"\xE2\x82z", FFFD "z"},
      {"\xF0\x9F\x98", FFFD},
      {"\xF0\x9F\xE2\x82\xAC", FFFD "\xE2\x82\xAC"},
      {"\xC3", FFFD},
      {"\xFE\xFF", FFFD FFFD},
      // Unicode 15, table 3-11.
      {"\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41", FFFD FFFD FFFD FFFD "A"},
  };
  for (const auto& [text, repaired] : cases) {
    CHECK_FALSE(is_valid_utf8(text));
    CHECK(repair_utf8(text) == repaired);
    CHECK(is_valid_utf8(repaired));
  }
}

TEST_CASE("well-formed UTF-8 is left alone", "[base][text]") {
  const std::string cases[] = {
      "",
      "plain",
      "\0nul\0"s,
      "\xC2\x80",
      "\xDF\xBF",
      "\xE0\xA0\x80",
      "\xED\x9F\xBF",
      "\xEE\x80\x80",
      "\xEF\xBF\xBF",
      "\xF0\x90\x80\x80",
      "\xF4\x8F\xBF\xBF",
      "héllo wörld, 你好, 😀",
  };
  for (const std::string& text : cases) {
    CHECK(is_valid_utf8(text));
    CHECK(repair_utf8(text) == text);
  }
}

TEST_CASE("a bad byte is found at every distance from the end of a long text", "[base][text]") {
  for (std::size_t size = 1; size < 100; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, 'x');
      REQUIRE(is_valid_utf8(text));
      text[at] = '\xFF';
      REQUIRE_FALSE(is_valid_utf8(text));
    }
  }
}

TEST_CASE("text is as wide as a terminal shows it", "[base][text]") {
  struct {
    const char* text;
    std::size_t width;
  } const cases[] = {
      {"", 0},         {"hello", 5},    {"héllo", 5},    {"e\u0301", 1},  // A combining accent.
      {"你好", 4},     {"한글", 4},     {"ｆｕｌｌ", 8}, {"😀!", 3},
      {"→ █", 3},      {"a\u200Bb", 2},  // A zero-width space.
      {"\xFF\xFF", 2}, {"\xE2\x82", 2},
  };
  for (const auto& [text, width] : cases) {
    INFO(text);
    CHECK(display_width(text) == width);
  }
}

}  // namespace
}  // namespace obs
