#include "libobs/places/line_splitter.h"

#include <catch2/catch.hpp>

namespace obs::places {
namespace {

// Everything that comes out, lines joined by '|', the rest after '>'.
std::string drain(LineSplitter& splitter) {
  std::string out;
  while (auto line = splitter.next()) out += std::string(*line) + "|";
  return out;
}

std::string split_at(std::string_view text, std::size_t cut, std::size_t limit = kMaxLine) {
  LineSplitter splitter(limit);
  std::string out;
  for (std::string_view part : {text.substr(0, cut), text.substr(cut)}) {
    splitter.feed(part);
    out += drain(splitter);
  }
  if (auto rest = splitter.last()) out += ">" + std::string(*rest);
  if (const auto overlong = splitter.take_overlong()) out += "!" + std::to_string(overlong);
  return out;
}

TEST_CASE("lines come out whole wherever the input is cut", "[places][lines]") {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", ""}, {"a", ">a"}, {"a\n", "a|"}, {"a\nb\n\nc", "a|b||>c"}, {"a\r\nb\r", "a|>b"},
  };
  for (const auto& [text, expected] : cases) {
    for (std::size_t cut = 0; cut <= text.size(); ++cut) CHECK(split_at(text, cut) == expected);
  }
}

TEST_CASE("a line above the limit is left out and counted, its neighbours kept",
          "[places][lines]") {
  const std::string_view text = "ab\n123456\ncd\n1234567\nef";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    CHECK(split_at(text, cut, 4) == "ab|cd|>ef!2");
  }
  CHECK(split_at("123456", 3, 4) == "!1");
}

TEST_CASE("an endless line takes no more memory than the limit", "[places][lines]") {
  LineSplitter splitter(1000);
  const std::string chunk(800, 'x');
  for (int i = 0; i < 10'000; ++i) {
    splitter.feed(chunk);
    CHECK_FALSE(splitter.next());
  }
  splitter.feed("\nok\n");
  CHECK(splitter.next() == "ok");
  CHECK(splitter.take_overlong() == 1);
}

}  // namespace
}  // namespace obs::places
