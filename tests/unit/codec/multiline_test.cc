#include "libobs/codec/multiline.h"

#include <catch2/catch.hpp>

#include "libobs/base/text.h"

using namespace obs;
using namespace obs::codec;

namespace {

// The first lines of the records that the text is cut into, and how many lines each has.
std::string cut(std::string_view rule, std::string_view text) {
  LineJoiner joiner(*MultilineRule::parse(rule));
  std::string out;
  int lines = 0;
  for (const std::string_view line : split(text, '\n')) {
    if (joiner.continues(line)) {
      ++lines;
      continue;
    }
    if (lines > 0) out += std::to_string(lines) + " ";
    lines = 1;
  }
  return out + std::to_string(lines);
}

}  // namespace

TEST_CASE("stack traces belong to the line before them", "[codec][multiline]") {
  struct Case {
    const char* name;
    const char* text;
    const char* expected;
  };
  const Case cases[] = {
      {"plain lines", "a\nb\nc", "1 1 1"},
      {"java",
       "ERROR failed\njava.lang.X: no\n\tat a.b(C.java:1)\n\tat d\nCaused by: e\n\t... 3 "
       "more\nnext",
       "1 5 1"},
      {"python",
       "ERROR oops\nTraceback (most recent call last):\n  File \"a\", line 1\n    f()\nValueError: "
       "x\nnext",
       "5 1"},
      {"go",
       "panic: x\ngoroutine 1 [running]:\nmain.f(0x1)\n\t/a.go:3 +0x1\nmain.main()\n\t/a.go:9",
       "6"},
      {"node", "TypeError: x\n    at f (/a.js:1:1)\n    at g\n{\"json\":1}\nz", "3 1 1"},
      {"php", "PHP Fatal error: x\nStack trace:\n#0 /a.php(3): f()\n#1 {main}\nnext", "4 1"},
      {"json never joins", "{\"a\":1}\n{\"b\":2}", "1 1"},
      {"begins within a trace", "  at x\n  at y", "2"},
  };
  for (const Case& c : cases) {
    INFO(c.name);
    CHECK(cut("auto", c.text) == c.expected);
  }
}

TEST_CASE("a pattern says how records begin", "[codec][multiline]") {
  CHECK(cut("^\\d{4}-", "2026-01 a\n  b\nc\n2026-02 d") == "3 1");
  CHECK(cut("^\\d{4}-", "c\nd\n2026-02 e") == "2 1");
  CHECK(MultilineRule::parse("(").error().code == Errc::kInvalidArgument);
}
