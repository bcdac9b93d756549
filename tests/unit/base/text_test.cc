#include <catch2/catch.hpp>

#include "libobs/base/text.h"

namespace obs {
namespace {

using Parts = std::vector<std::string_view>;

TEST_CASE("case is ignored in ASCII only", "[base][text]") {
  CHECK(equals_ignore_case("WaRn", "warn"));
  CHECK(equals_ignore_case("", ""));
  CHECK_FALSE(equals_ignore_case("warn", "warning"));
  CHECK_FALSE(equals_ignore_case("Ä", "ä"));
  CHECK(to_lower("Content-TYPE Ä[") == "content-type Ä[");
}

TEST_CASE("trim takes white space off both ends", "[base][text]") {
  CHECK(trim(" \t a b\r\n") == "a b");
  CHECK(trim(" \t\r\n").empty());
  CHECK(trim("").empty());
  CHECK(trim("a") == "a");
}

TEST_CASE("split keeps empty parts", "[base][text]") {
  CHECK(split("a,,b", ',') == Parts{"a", "", "b"});
  CHECK(split("", ',') == Parts{""});
  CHECK(split(",", ',') == Parts{"", ""});
  CHECK(split("abc", ',') == Parts{"abc"});
}

TEST_CASE("a mistyped word finds what was meant, and a strange one nothing", "[base][text]") {
  constexpr std::string_view kKnown[] = {"logs", "spans", "metrics", "services", "sql"};
  struct {
    const char* word;
    const char* nearest;
  } const cases[] = {
      {"log", "logs"},
      {"lgos", "logs"},
      {"LOGS", "logs"},
      {"span", "spans"},
      {"metrisc", "metrics"},
      {"servces", "services"},
      {"traces", ""},
      {"", ""},
      {"xyz", ""},
      {"sqll", "sql"},
  };
  for (const auto& [word, nearest] : cases) {
    INFO(word);
    CHECK(find_nearest(word, kKnown) == nearest);
  }
  CHECK(find_nearest(std::string(10'000, 'l'), kKnown).empty());
  CHECK(find_nearest("logs", {}).empty());
}

}  // namespace
}  // namespace obs
