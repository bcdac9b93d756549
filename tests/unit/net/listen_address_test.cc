#include "libobs/net/listen_address.h"

#include <catch2/catch.hpp>

#include "libobs/net/loop.h"

using namespace obs;
using namespace obs::net;

TEST_CASE("addresses to listen on are HOST:PORT, [V6]:PORT or :PORT", "[net]") {
  struct Case {
    const char* text;
    const char* host;
    int port;
  };
  for (const Case& c :
       {Case{"127.0.0.1:4318", "127.0.0.1", 4318}, Case{"localhost:0", "localhost", 0},
        Case{"[::1]:65535", "::1", 65535}, Case{":80", "", 80}, Case{"0.0.0.0:1", "0.0.0.0", 1}}) {
    CAPTURE(c.text);
    const auto address = parse_listen_address(c.text);
    REQUIRE(address);
    CHECK(address->host == c.host);
    CHECK(address->port == c.port);
  }
}

TEST_CASE("what is no address to listen on is refused with the reason", "[net]") {
  struct Case {
    const char* text;
    const char* why;
  };
  for (const Case& c :
       {Case{"", "no port"}, Case{"127.0.0.1", "no port"}, Case{"a:", "not a number"},
        Case{"a:b", "not a number"}, Case{"a:65536", "not a number"}, Case{"a:-1", "not a number"},
        Case{"::1:80", "brackets"}, Case{"[::1:80", "brackets"}, Case{"[x]:80", "no IPv6"}}) {
    CAPTURE(c.text);
    const auto address = parse_listen_address(c.text);
    REQUIRE_FALSE(address);
    CHECK(address.error().code == Errc::kInvalidArgument);
    CHECK_THAT(address.error().message, Catch::Matchers::Contains(c.why));
  }
}

TEST_CASE("addresses are resolved to what can be bound", "[net]") {
  Loop loop;
  struct Case {
    ListenAddress address;
    const char* text;
  };
  for (const Case& c : {Case{{"127.0.0.1", 80}, "127.0.0.1:80"}, Case{{"::1", 80}, "[::1]:80"},
                        Case{{"0.0.0.0", 1}, "0.0.0.0:1"}}) {
    const auto resolved = resolve(loop.raw(), c.address);
    REQUIRE(resolved);
    CHECK(to_text(*resolved) == c.text);
  }
  CHECK(resolve(loop.raw(), {"", 4318}));
  CHECK(resolve(loop.raw(), {"localhost", 4318}));
  const auto unknown = resolve(loop.raw(), {"no such host", 4318});
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code == Errc::kInvalidArgument);
}
