#include <array>
#include <random>
#include <string>

#include <catch2/catch.hpp>

#include "libobs/base/text.h"

namespace obs {
namespace {

using namespace std::string_literals;

std::string base64(std::string_view bytes) {
  std::string out;
  append_base64(out, as_bytes(bytes));
  return out;
}

std::string json(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

TEST_CASE("hex is two lower-case digits a byte", "[base][text]") {
  std::string out = "0x";
  append_hex(out, as_bytes("\x00\x09\xAB\xFF"s));
  CHECK(out == "0x0009abff");
}

TEST_CASE("hex of either case is read, and of the right length only", "[base][text]") {
  std::array<std::byte, 2> bytes{};
  CHECK(parse_hex("0aFf", bytes));
  CHECK(bytes == std::array{std::byte{0x0A}, std::byte{0xFF}});
  for (const char* text :
       {"", "0aF", "0aFff", "0aFg", "g000", " 0aF", "0a:f", "\xC3\xA9\xC3\xA9"}) {
    INFO(text);
    CHECK_FALSE(parse_hex(text, bytes));
  }
}

TEST_CASE("base64 is written padded and read with or without", "[base][text]") {
  struct {
    std::string bytes;
    const char* padded;
    const char* bare;
  } const cases[] = {
      {"", "", ""},
      {"f", "Zg==", "Zg"},
      {"fo", "Zm8=", "Zm8"},
      {"foo", "Zm9v", "Zm9v"},
      {"foob", "Zm9vYg==", "Zm9vYg"},
      {"fooba", "Zm9vYmE=", "Zm9vYmE"},
      {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
      {"\xFB\xFF\xFE", "+//+", "-__-"},
      {"\0\0"s, "AAA=", "AAA"},
  };
  for (const auto& [bytes, padded, bare] : cases) {
    CHECK(base64(bytes) == padded);
    CHECK(parse_base64(padded) == bytes);
    CHECK(parse_base64(bare) == bytes);
  }
}

TEST_CASE("what is no base64 is refused", "[base][text]") {
  for (const char* text :
       {"Z", "Zg=", "Zg===", "Z===", "=", "====", "Zm 9", "Zm9v\n", "Zm9$", "Zg==Zg==", "Zm8=="}) {
    INFO(text);
    CHECK_FALSE(parse_base64(text));
  }
}

TEST_CASE("base64 brings back any bytes", "[base][text]") {
  std::mt19937 random(3);
  for (std::size_t size = 0; size < 200; ++size) {
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    REQUIRE(parse_base64(base64(bytes)) == bytes);
  }
}

TEST_CASE("a JSON string escapes what it must and nothing else", "[base][text]") {
  struct {
    std::string text;
    const char* json;
  } const cases[] = {
      {"", R"("")"},
      {"plain text", R"("plain text")"},
      {"a\"b\\c/d", R"("a\"b\\c/d")"},
      {"\b\f\n\r\t", R"("\b\f\n\r\t")"},
      {"\0\x01\x1F\x7F"s, "\"\\u0000\\u0001\\u001f\x7F\""},
      {"héllo 你好 😀", R"("héllo 你好 😀")"},
      {"<script>&'", R"("<script>&'")"},
  };
  for (const auto& [text, expected] : cases) CHECK(json(text) == expected);
}

TEST_CASE("a JSON escape is found at every place of a long text", "[base][text]") {
  for (const char c : {'"', '\\', '\n', '\x1F'}) {
    for (std::size_t at = 0; at < 40; ++at) {
      std::string text(40, '!');  // The character before the quote.
      text[at] = c;
      const std::string escaped = json(std::string(1, c));
      const std::string expected = "\"" + std::string(at, '!') +
                                   escaped.substr(1, escaped.size() - 2) +
                                   std::string(39 - at, '!') + "\"";
      REQUIRE(json(text) == expected);
    }
  }
}

}  // namespace
}  // namespace obs
