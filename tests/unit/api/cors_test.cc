#include "libobs/api/cors.h"

#include <catch2/catch.hpp>

using namespace obs;
using namespace obs::api;
using obs::proto::find_header;

namespace {

CorsPolicy policy(std::vector<std::string> origins) {
  auto made = CorsPolicy::make(std::move(origins));
  REQUIRE(made);
  return *made;
}

proto::HttpRequest from(std::string origin) {
  proto::HttpRequest request;
  if (!origin.empty()) request.headers = {{"Origin", std::move(origin)}};
  return request;
}

}  // namespace

TEST_CASE("an origin is allowed when a pattern says so", "[api][cors]") {
  struct Case {
    const char* pattern;
    const char* origin;
    const char* allowed;
  };
  for (const Case& c : {
           Case{"*", "https://a.example", "*"},
           Case{"https://a.example", "https://a.example", "https://a.example"},
           Case{"https://A.example", "https://a.example", "https://a.example"},
           Case{"https://a.example", "http://a.example", ""},
           Case{"https://a.example", "https://a.example:8443", ""},
           Case{"https://a.example", "https://a.example.evil", ""},
           Case{"https://*.example", "https://shop.example", "https://shop.example"},
           Case{"https://*.example", "https://.example", ""},
           Case{"https://*.example", "https://example", ""},
           Case{"http://localhost:*", "http://localhost:3000", "http://localhost:3000"},
           Case{"*", "", ""},
           Case{"https://a.example", "null", ""},
       }) {
    CAPTURE(c.pattern, c.origin);
    CHECK(policy({c.pattern}).allowed_origin(from(c.origin)) == c.allowed);
  }
  CHECK(CorsPolicy().allowed_origin(from("https://a.example")).empty());
  CHECK(policy({"https://a.x", "https://b.x"}).allowed_origin(from("https://b.x")) ==
        "https://b.x");
}

TEST_CASE("what is no origin is refused by name", "[api][cors]") {
  for (const char* text : {"", "a.example", "https://", "https://a.example/", "https://a/b", "://a",
                           "https://*.*.example", "https://a b"}) {
    CAPTURE(text);
    const auto made = CorsPolicy::make({text});
    REQUIRE_FALSE(made);
    CHECK(made.error().code == Errc::kInvalidArgument);
  }
}

TEST_CASE("a preflight hears what it may send", "[api][cors]") {
  proto::HttpRequest request = from("https://a.example");
  request.headers.emplace_back("Access-Control-Request-Method", "POST");
  request.headers.emplace_back("Access-Control-Request-Headers", "content-type,x-custom");
  const auto response = policy({"https://a.example"}).preflight(request);
  CHECK(response.status == 204);
  CHECK(find_header(response.headers, "Access-Control-Allow-Origin") == "https://a.example");
  CHECK(find_header(response.headers, "Access-Control-Allow-Methods") == "POST");
  CHECK(find_header(response.headers, "Access-Control-Allow-Headers") == "content-type,x-custom");
  CHECK(find_header(response.headers, "Access-Control-Max-Age") == "86400");
  CHECK(find_header(response.headers, "Vary") == "Origin");
}

TEST_CASE("a preflight from an origin that is not allowed hears nothing", "[api][cors]") {
  const auto response = policy({"https://b.example"}).preflight(from("https://a.example"));
  CHECK(response.status == 204);
  CHECK(find_header(response.headers, "Access-Control-Allow-Origin").empty());
  CHECK(find_header(response.headers, "Allow") == "POST, OPTIONS");
}

TEST_CASE("a response is opened to its origin; to everybody it does not vary", "[api][cors]") {
  proto::HttpResponse response;
  allow_origin(response, "");
  CHECK(response.headers.empty());
  allow_origin(response, "*");
  CHECK(find_header(response.headers, "Access-Control-Allow-Origin") == "*");
  CHECK(find_header(response.headers, "Access-Control-Expose-Headers") == "Retry-After");
  CHECK(find_header(response.headers, "Vary").empty());
}
