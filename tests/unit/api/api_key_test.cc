#include "libobs/api/api_key.h"

#include <catch2/catch.hpp>

using namespace obs;
using namespace obs::api;
using Catch::Matchers::Contains;

namespace {

const std::string kHash = R"("hash":"sha256:)" + std::string(64, 'A') + '"';

std::string with_hash(const std::string& members) { return "{" + kHash + members + "}"; }

}  // namespace

TEST_CASE("a line says who may send what and how much", "[api][keys]") {
  const auto keys = parse_api_keys("# who may send\n\n" +
                                   with_hash(R"(,"name":"web","project":"shop","signals":["logs"],)"
                                             R"("origins":["https://shop.example"],)"
                                             R"("bytes_per_second":1e6,)"
                                             R"("client_requests_per_second":5)") +
                                   "\r\n" + R"({"anonymous":true,"project":"public"})");
  REQUIRE(keys);
  REQUIRE(keys->size() == 2);
  const ApiKey& web = keys->front();
  CHECK(web.name == "web");
  CHECK(web.project == "shop");
  CHECK(web.digest == std::string(64, 'a'));
  CHECK(web.signals == std::array<bool, 3>{true, false, false});
  CHECK(web.limits.bytes == 1e6);
  CHECK(web.client_limits.requests == 5);
  CHECK_FALSE(web.any_origin);
  const ApiKey& anyone = keys->back();
  CHECK(anyone.anonymous);
  CHECK(anyone.name == "public");
  CHECK(anyone.any_origin);
  CHECK(anyone.signals == std::array<bool, 3>{true, true, true});
}

TEST_CASE("a line that makes no sense is named, with what would", "[api][keys]") {
  struct Case {
    std::string text;
    const char* expected;
  };
  const Case cases[] = {
      {"nonsense", "line 1: not a JSON object"},
      {"\n[1]", "line 2: not a JSON object"},
      {"{}", "one of \"hash\", \"certificate\" and \"anonymous\""},
      {with_hash(R"(,"anonymous":true)"), "one of \"hash\""},
      {with_hash(R"(,"projcet":"a")"), "did you mean \"project\"?"},
      {with_hash(R"(,"project":"a b")"), "project 'a b' is not of 1 to 64"},
      {with_hash(R"(,"project":"")"), "\"project\" is a string"},
      {with_hash(R"(,"signals":["log"])"), "not 'log'"},
      {with_hash(R"(,"signals":"logs")"), "array of strings"},
      {with_hash(R"(,"origins":["shop"])"), "'shop' is no origin"},
      {with_hash(R"(,"bytes_per_second":0)"), "a number above 0"},
      {with_hash(R"(,"bytes_per_second":"1")"), "a number above 0"},
      {R"({"hash":"md5:00"})", "sha256: and 64 hex digits"},
      {R"({"hash":"sha256:00"})", "sha256: and 64 hex digits"},
      {R"({"anonymous":1})", "true or false"},
      {with_hash("") + "\n" + R"({"anonymous":true})", "line 2: the name 'default' is taken"},
      {with_hash("") + "\n" + with_hash(R"(,"name":"b")"), "line 2: an earlier line has the same"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const auto keys = parse_api_keys(c.text);
    REQUIRE_FALSE(keys);
    CHECK(keys.error().code == Errc::kMalformed);
    CHECK_THAT(keys.error().message, Contains(c.expected));
  }
}
