// rediss://, against a real redis-server with a certificate made for the test.

#include "tests/unit/places/redis_server.h"
#include "tests/unit/places/support.h"

namespace obs::places {
namespace {

// A certificate for 127.0.0.1, signed by itself.
void make_certificate(const TemporaryDir& dir) {
  const std::string command = fmt::format(
      "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 "
      "-addext subjectAltName=IP:127.0.0.1 -keyout {0}/key.pem -out {0}/cert.pem 2>/dev/null",
      dir.path());
  INFO("openssl must be installed");
  REQUIRE(std::system(command.c_str()) == 0);
}

TEST_CASE("rediss:// speaks TLS to a peer it can trust, and to no other", "[places][redis][tls]") {
  TemporaryDir dir;
  make_certificate(dir);
  const int port = find_free_port();
  RedisServer redis({"--appendonly", "yes", "--tls-port", std::to_string(port), "--tls-cert-file",
                     dir / "cert.pem", "--tls-key-file", dir / "key.pem", "--tls-auth-clients",
                     "no"});
  Registry registry;
  const auto open = [&](const std::string& options) {
    auto sink = open_sink(address_of(fmt::format("rediss://127.0.0.1:{}/0?{}", port, options)),
                          {registry, "obs-test"});
    REQUIRE(sink);
    return *std::move(sink);
  };
  // Larger than a record of TLS, so that reading and writing go on in several.
  std::string body;
  for (int i = 0; i < 40'000; ++i) body += std::to_string(i * 7919);

  auto trusted = open("stream=t&ca=" + dir.path() + "/cert.pem");
  CHECK(write_and_wait(*trusted, make_log(body)));
  auto careless = open("stream=t&insecure=1");
  CHECK(write_and_wait(*careless, make_log("b")));
  auto wary = open("stream=t");
  CHECK_FALSE(write_and_wait(*wary, make_log("c")));
  CHECK_THAT(wary->health()[0].detail, Catch::Contains("certificate"));

  OpenContext context{registry, "obs-test"};
  auto source = open_source(
      address_of(fmt::format("rediss://127.0.0.1:{}/0?stream=t&ca={}/cert.pem", port, dir.path())),
      context);
  REQUIRE(source);
  RecordingSink to;
  RunningSource running(*std::move(source), to);
  CHECK(eventually([&] { return to.bodies() == std::multiset<std::string>{body, "b"}; }));
  REQUIRE(running.stop());
}

TEST_CASE("a peer that speaks no TLS is told apart from one that is not there",
          "[places][redis][tls]") {
  RedisServer redis;
  Registry registry;
  auto sink = open_sink(address_of(fmt::format("rediss://127.0.0.1:{}/0?insecure=1", redis.port())),
                        {registry, "obs-test"});
  REQUIRE(sink);
  CHECK_FALSE(write_and_wait(**sink, make_log("a")));
  CHECK_THAT((*sink)->health()[0].detail, Catch::Contains("shake hands"));
}

}  // namespace
}  // namespace obs::places
