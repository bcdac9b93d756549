#include "libobs/app/config.h"

#include <catch2/catch.hpp>

namespace obs::app {
namespace {

// "tables/key=value|value" for each entry, joined by spaces.
std::string describe(std::string_view text) {
  auto entries = parse_config(text);
  if (!entries) return entries.error().message;
  std::string out;
  for (const ConfigEntry& entry : *entries) {
    if (!out.empty()) out += ' ';
    for (const std::string& table : entry.tables) out += table + "/";
    out += entry.key + "=";
    for (const std::string& value : entry.values) out += value + "|";
  }
  return out;
}

struct Case {
  const char* text;
  const char* expected;
};

TEST_CASE("a configuration file holds strings, numbers, booleans and arrays", "[app][config]") {
  const Case cases[] = {
      {"", ""},
      {"# only a comment", ""},
      {"a = 1", "a=1|"},
      {"a=1\nb=true\n", "a=1| b=true|"},
      {"flush-rows = 250_000 # rows", "flush-rows=250000|"},
      {"a = \"x # y, z\"", "a=x # y, z|"},
      {"a = 'C:\\raw'", "a=C:\\raw|"},
      {"a = \"tab\\tquote\\\"\"", "a=tab\tquote\"|"},
      {"a = \"\"", "a=|"},
      {"a = [1, 2,\n # two\n 3,\n]", "a=1|2|3|"},
      {"a = []", "a="},
      {"a = -1.5e3", "a=-1.5e3|"},
      {"[sql]\nlimit = 3\n[a.b]\nc = 4", "sql/limit=3| a/b/c=4|"},
      {"a.b = 1", "a/b=1|"},
      {"\"quoted key\" = 1\r\n", "quoted key=1|"},
  };
  for (const Case& c : cases) CHECK(describe(c.text) == c.expected);
}

TEST_CASE("a configuration file that is not understood is refused with its line", "[app][config]") {
  const Case cases[] = {
      {"a", "line 1: '=' is missing after 'a'"},
      {"\n\na = b", "line 3: a value is expected: a number, true, false, or text in quotes"},
      {"a =", "line 1: a value is expected: a number, true, false, or text in quotes"},
      {"a = \"x", "line 1: the closing quote is missing"},
      {"a = \"x\ny\"", "line 1: the closing quote is missing"},
      {"a = \"\\q\"", "line 1: unknown escape in a string; single quotes take it as it is"},
      {"a = \"\\", "line 1: unknown escape in a string; single quotes take it as it is"},
      {"a = 1 2", "line 1: unexpected text"},
      {"a = 1\na = 2", "line 2: 'a' is given twice"},
      {"a = [1", "line 1: ',' or ']' is expected in the array"},
      {"a = [", "line 1: ']' is missing after the array"},
      {"a = [[1]]", "line 1: an array in an array is not supported"},
      {"a = {b = 1}", "line 1: inline tables are not supported"},
      {"a = \"\"\"x\"\"\"", "line 1: multi-line strings are not supported"},
      {"[[a]]", "line 1: arrays of tables are not supported"},
      {"[a", "line 1: ']' is missing after the table's name"},
      {"[]", "line 1: a key is expected"},
      {"= 1", "line 1: a key is expected"},
  };
  for (const Case& c : cases) CHECK(describe(c.text) == c.expected);
}

TEST_CASE("a configuration file cut at any byte is refused or shorter, never more",
          "[app][config]") {
  const std::string whole = "a = [\"x\\n\", 'y', 3]\n[t.u]\n\"k\" = true # end\n";
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    auto entries = parse_config(whole.substr(0, cut));
    if (entries) CHECK(entries->size() <= 2);
  }
}

}  // namespace
}  // namespace obs::app
