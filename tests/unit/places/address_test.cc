#include <catch2/catch.hpp>

#include "libobs/places/places.h"

namespace obs::places {
namespace {

std::string show(std::string_view text) {
  auto parsed = parse_address(text);
  if (!parsed) return parsed.error().message;
  const Address& a = *parsed;
  std::string out = a.scheme;
  for (const std::string& part : {a.path, a.user, a.password, a.host}) out += " " + part;
  out += " " + std::to_string(a.port) + " " + a.database;
  for (const auto& [name, value] : a.options) out += " " + name + "=" + value;
  return out;
}

struct Case {
  const char* text;
  const char* expected;
};

TEST_CASE("an address says what kind of place it is and where", "[places][address]") {
  // scheme path user password host port database options
  const Case cases[] = {
      {"-", "-     0 "},
      {"file:a/b.ndjson", "file a/b.ndjson    0 "},
      {"file:/a?sync=1", "file /a    0  sync=1"},
      {"file:///abs", "file /abs    0 "},
      {"file:what%3F%25", "file what?%    0 "},
      {"dir:./data", "dir ./data    0 "},
      {"redis://h", "redis    h 6379 0"},
      {"redis://h:1/2?stream=s&group=g", "redis    h 1 2 group=g stream=s"},
      {"redis://me@h/0", "redis  me  h 6379 0"},
      {"redis://me:p%40ss@h/0", "redis  me p@ss h 6379 0"},
      {"rediss://[::1]:7/", "rediss    ::1 7 0"},
      {"otlphttp://h", "otlphttp    h 4318 "},
      {"otlphttps://h/api/otlp/", "otlphttps /api/otlp   h 443 "},
      {"otlphttp://h?timeout=3s", "otlphttp    h 4318  timeout=3s"},
      {"null:", "null     0 "},
  };
  for (const Case& c : cases) CHECK(show(c.text) == c.expected);
}

TEST_CASE("a wrong address is told what would be right", "[places][address]") {
  const Case cases[] = {
      {"", "it is one of -, file:PATH, dir:PATH, redis:"},
      {"./data", "dir:./data for a store, or file:./data"},
      {"null:a", "unknown kind of place; it is one of"},
      {"kafka://h", "unknown kind of place; it is one of"},
      {"file:", "the path is missing"},
      {"file:a%zz", "must be written %25"},
      {"file:a%00", "zero byte"},
      {"file:a?snyc=1", "unknown option 'snyc'; did you mean 'sync'?"},
      {"dir:a?sync=1", "dir: takes none"},
      {"redis:h", "'//' and a host must follow 'redis:'"},
      {"redis://", "the host is missing"},
      {"redis://h:0", "the port is a number from 1 to 65535"},
      {"redis://h:66000", "the port is a number from 1 to 65535"},
      {"redis://[::1", "']' is missing"},
      {"redis://h/x", "a Redis database is a number"},
      {"redis://h?stream=a&stream=b", "'stream' is given twice"},
  };
  for (const Case& c : cases) {
    auto parsed = parse_address(c.text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code == Errc::kInvalidArgument);
    CHECK_THAT(parsed.error().message, Catch::Contains(c.expected));
  }
}

TEST_CASE("no message repeats a secret", "[places][address]") {
  const std::string given[] = {
      "redis://obs:s3cret@h:1/0", "redis://s3cret:s3cret@h/0", "redis://h/0?password=s3cret",
      "redis://u:s3cret@h/0?password=s3cret&stream=x", "otlphttp://h?header=Authorization:s3cret"};
  for (const std::string& text : given) {
    const auto parsed = parse_address(text);
    REQUIRE(parsed);
    INFO(parsed->text);
    const auto at = parsed->text.find("s3cret");
    // A user's name is no secret.
    CHECK((at == std::string::npos || parsed->text.find("s3cret:…@") == at));
  }
  for (const char* text : {"redis://u:s3cret@h:x", "redis://u:s3cret@h/0?streem=x",
                           "radish://u:s3cret@h", "redis://u:s3cret%@h"}) {
    CHECK(show(text).find("s3cret") == std::string::npos);
  }
}

}  // namespace
}  // namespace obs::places
