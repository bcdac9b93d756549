#include "libobs/lang/log_patterns.h"

#include <catch2/catch.hpp>

#include <fmt/format.h>

using obs::lang::LogPatterns;

TEST_CASE("lines that differ in some words have one template", "[lang][patterns]") {
  LogPatterns patterns;
  std::uint64_t order = 0;
  for (int i = 0; i < 5; ++i) {
    patterns.add(fmt::format("order {} placed by user-{} in 12ms", i, i * 7), 1, order++);
    patterns.add(fmt::format("took={}ms route=/pay status={}", i, 200 + i), 1, order++);
  }
  for (const char* reason : {"funds", "card", "limit"}) {
    patterns.add(fmt::format("order declined because of {}", reason), 1, order++);
  }
  patterns.add("", 1, order++);
  const auto found = patterns.patterns();
  REQUIRE(found.size() == 4);
  CHECK(found[0].text == "order <_> placed by <_> in <_>");
  CHECK(found[0].count == 5);
  CHECK(found[0].example == "order 0 placed by user-0 in 12ms");
  CHECK(found[1].text == "took=<_> route=<_> status=<_>");
  CHECK(found[2].text == "order declined because of <_>");
  CHECK(found[2].count == 3);
  CHECK(found[3].text.empty());
}

TEST_CASE("templates are bounded, and nothing is lost beyond the bound", "[lang][patterns]") {
  LogPatterns patterns(10);
  double total = 0;
  for (int i = 0; i < 1000; ++i) {
    std::string word(1, static_cast<char>('a' + i % 26));
    word += static_cast<char>('a' + i / 26 % 26);
    patterns.add(word, 1, static_cast<std::uint64_t>(i));
  }
  const auto found = patterns.patterns();
  for (const auto& pattern : found) total += pattern.count;
  CHECK(total == 1000);
  CHECK(found.size() == 11);
  CHECK(found[0].text == "<_>");
}

TEST_CASE("a line of many words is compared in bounded time", "[lang][patterns]") {
  LogPatterns patterns;
  std::string line;
  for (int i = 0; i < 100'000; ++i) line += "w ";
  patterns.add(line, 1, 0);
  patterns.add(line, 1, 1);
  CHECK(patterns.patterns().size() == 1);
  CHECK(patterns.patterns()[0].count == 2);
}
