#include "libobs/base/regex.h"

#include <catch2/catch.hpp>

namespace obs {
namespace {

Regex regex(std::string_view pattern) { return Regex::compile(pattern).value(); }

TEST_CASE("search looks anywhere, full match at the whole text", "[base][regex]") {
  const Regex number = regex("[0-9]+");
  CHECK(number.search("order 42 declined"));
  CHECK_FALSE(number.search("order declined"));
  CHECK(number.full_match("42"));
  CHECK_FALSE(number.full_match("42 "));
  CHECK(regex("a|ab").full_match("ab"));
}

TEST_CASE("match gives the whole and each group, by number and name", "[base][regex]") {
  const Regex order = regex("order (?P<id>[0-9]+)(!)?( *)");
  CHECK(order.group_names() == std::vector<std::string>{"", "id", "", ""});
  const auto groups = order.match("an order 42.");
  REQUIRE(groups.size() == 4);
  CHECK(groups[0] == "order 42");
  CHECK(groups[1] == "42");
  CHECK(groups[2].data() == nullptr);  // Took no part.
  CHECK(groups[3].data() != nullptr);  // Matched nothing.
  CHECK(order.match("no such thing").empty());
}

TEST_CASE("an empty text can match", "[base][regex]") {
  CHECK(regex("^$").search({}));
  CHECK(regex(".*").match({}).size() == 1);
  CHECK(regex(".*").match({})[0].data() != nullptr);
}

TEST_CASE("a wrong pattern is a usage error that quotes it", "[base][regex]") {
  for (const char* pattern : {"(", "a{9999}", "(?<=x)y", "[z-a]", "\\C{1000}{1000}"}) {
    const auto compiled = Regex::compile(pattern);
    INFO(pattern);
    REQUIRE_FALSE(compiled);
    CHECK(compiled.error().code == Errc::kInvalidArgument);
    CHECK(compiled.error().message.find(pattern) != std::string::npos);
  }
}

TEST_CASE("a pattern that makes others explode takes linear time", "[base][regex]") {
  const std::string text(100'000, 'a');
  CHECK_FALSE(regex("(a+)+$b").full_match(text));
  CHECK_FALSE(regex("(a|aa)+$").full_match(text + "b"));
}

TEST_CASE("text that is not UTF-8 is searched all the same", "[base][regex]") {
  CHECK(regex("needle").search("\xFF\xFE needle \x80"));
}

TEST_CASE("a moved regex keeps working", "[base][regex]") {
  Regex one = regex("a");
  Regex two = std::move(one);
  CHECK(two.search("cat"));
}

}  // namespace
}  // namespace obs
