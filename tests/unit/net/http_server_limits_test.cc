// What a client cannot make the server do: hold too much, wait too long, read what nobody sends.

#include "libobs/net/http_server.h"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "tests/unit/net/http_server_fixture.h"
#include "tests/unit/net/tls_peer.h"

using namespace obs;
using namespace obs::net;
using Fixture = ServerFixture;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

TEST_CASE("a connection with too many unanswered requests is not read", "[net][http]") {
  HttpLimits limits;
  limits.pipelined = 2;
  Fixture f(limits);
  TestSocket socket(f.port);
  socket.send(get("/later") + get("/later") + get("/c") + post("/d", 20'000'000));
  REQUIRE(f.wait(socket, [&] { return f.handler.requests == 2; }));
  CHECK_FALSE(f.loop.drain(
      [&] {
        socket.poll();
        return f.handler.requests == 2;
      },
      50 * kMillisecond));
  CHECK(socket.unsent() > 0);
  f.handler.later[0]({200, {}, "first"});
  f.handler.later[1]({200, {}, "second"});
  CHECK_THAT(f.exchange(socket, "", "/d 20000000"), Contains("/c 0"));
}

TEST_CASE("a reader that is slow gets everything, and is not read from meanwhile", "[net][http]") {
  Fixture f;
  TestSocket socket(f.port, false, 4096);
  socket.send(get("/big") + get("/big") + get("/c"));
  REQUIRE(f.loop.drain([&] { return f.handler.requests == 0; }, kPatience));
  CHECK_FALSE(f.loop.drain([&] { return f.handler.requests == 1; }, 50 * kMillisecond));
  REQUIRE(f.wait(socket, [&] { return socket.received().size() > 2 * 8 * kMiB + 100; }));
  CHECK_THAT(f.exchange(socket, "", "/c 0").substr(0, 20), StartsWith("HTTP/1.1 200 OK"));
}

TEST_CASE("refusals", "[net][http]") {
  HttpLimits limits;
  limits.body_bytes = 3 * kMiB;
  MemoryBudget budget(2 * kMiB);
  limits.budget = &budget;
  struct Case {
    const char* name;
    std::string input;
    const char* status;
    bool closes;
  };
  const std::string chunked = "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const Case& c : {
           Case{"the handler's, short body", post("/no", 5), "404", false},
           Case{"the handler's, long body", post("/no", 2 * kMiB), "404", true},
           Case{"too large as announced", post("/a", 4 * kMiB), "413", true},
           Case{"beyond the budget, chunked",
                chunked + "210000\r\n" + std::string(0x210000, 'x') + "\r\n0\r\n\r\n", "503",
                false},
           Case{"beyond the budget", post("/a", 2 * kMiB + 1), "503", true},
           Case{"malformed", "nonsense\r\n\r\n", "400", true},
           Case{"length and chunks",
                "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
                "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "400", true},
           Case{"too many headers",
                "GET / HTTP/1.1\r\n" +
                    [] {
                      std::string headers;
                      for (int i = 0; i < 101; ++i) headers += fmt::format("H{}: x\r\n", i);
                      return headers;
                    }() +
                    "\r\n",
                "431", true},
           Case{"headers without end", "GET / HTTP/1.1\r\nX: " + std::string(100'000, 'x'), "431",
                true},
           Case{"an HTTP/2 preface that goes wrong", "PRI * HTTP/2.0\r\n\r\nSMS", "505", true},
           Case{"a request cut short", "", "400", true},
       }) {
    CAPTURE(c.name);
    Fixture f(limits);
    TestSocket socket(f.port);
    socket.send(c.input.empty() ? "POST / HTTP/1.1\r\n" : c.input);
    if (c.input.empty()) socket.shut_down_output();
    const std::string out = f.exchange(socket, "", "\r\n\r\n");
    CHECK_THAT(out, StartsWith(fmt::format("HTTP/1.1 {} ", c.status)));
    CHECK((out.find("Connection: close") != std::string::npos) == c.closes);
    CHECK(f.handler.requests == 0);
    if (c.closes) {
      socket.shut_down_output();
      CHECK(f.wait(socket, [&] { return socket.ended(); }));
      CHECK_FALSE(socket.reset());
      CHECK(f.wait(socket, [&] { return f.server->connections() == 0; }));
    } else {
      CHECK_THAT(f.exchange(socket, get("/next"), "/next 0"), StartsWith("HTTP/1.1 200"));
    }
    CHECK(
        f.registry.counter("obs_net_requests_refused_total", "", {{"status", c.status}}).value() ==
        1);
  }
}

TEST_CASE("the whole answer arrives though the body of a refused request is still on its way",
          "[net][http]") {
  HttpLimits limits;
  limits.body_bytes = kMiB;
  Fixture f(limits);
  TestSocket socket(f.port);
  socket.send(post("/a", 16 * kMiB));
  CHECK_THAT(f.exchange(socket, "", "over the limit\n"), StartsWith("HTTP/1.1 413"));
  CHECK(f.wait(socket, [&] { return socket.ended(); }));
  CHECK_FALSE(socket.reset());
}

TEST_CASE("slow clients are cut off: each kind of slowness has its timeout", "[net][http]") {
  struct Case {
    const char* name;
    Duration HttpLimits::*limit;
    const char* input;
    const char* status;  // Empty: closed without a word.
  };
  for (const Case& c : {
           Case{"headers", &HttpLimits::header_timeout, "GET / HTTP/1.1\r\nX: ", "408"},
           Case{"body", &HttpLimits::body_timeout,
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf", "408"},
           Case{"whole request", &HttpLimits::request_timeout,
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf", "408"},
           Case{"idle", &HttpLimits::idle_timeout, "", ""},
       }) {
    CAPTURE(c.name);
    HttpLimits limits;
    limits.*c.limit = 40 * kMillisecond;
    Fixture f(limits);
    TestSocket socket(f.port);
    const std::string out = f.exchange(socket, c.input, "");
    CHECK_THAT(out, StartsWith(*c.status == 0 ? "" : fmt::format("HTTP/1.1 {}", c.status)));
    CHECK(out.empty() == (*c.status == 0));
    CHECK(f.counted("obs_net_timeouts_total") == 1);
    CHECK(f.handler.requests == 0);
  }
}

TEST_CASE("a header sent a byte at a time does not put its timeout off", "[net][http]") {
  HttpLimits limits;
  limits.header_timeout = 60 * kMillisecond;
  Fixture f(limits);
  TestSocket socket(f.port);
  socket.send("GET / HTTP/1.1\r\nX: ");
  const auto dripper = f.loop.every(5 * kMillisecond, [&] { socket.send("x"); });
  CHECK_THAT(f.exchange(socket, "", ""), StartsWith("HTTP/1.1 408"));
}

TEST_CASE("a body that keeps growing puts its timeout off", "[net][http]") {
  HttpLimits limits;
  limits.body_timeout = 200 * kMillisecond;
  Fixture f(limits);
  TestSocket socket(f.port);
  socket.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n");
  int sent = 0;
  const auto dripper = f.loop.every(25 * kMillisecond, [&] {
    if (++sent <= 20) socket.send("x");
  });
  CHECK_THAT(f.exchange(socket, "", "/a 20"), StartsWith("HTTP/1.1 200"));
}

TEST_CASE("a client that never reads is cut off", "[net][http]") {
  HttpLimits limits;
  limits.write_timeout = 60 * kMillisecond;
  Fixture f(limits);
  TestSocket socket(f.port, false, 4096);
  socket.send(get("/big"));
  CHECK(f.loop.drain([&] { return f.counted("obs_net_timeouts_total") == 0; }, kPatience));
  CHECK(f.loop.drain([&] { return f.server->connections() > 0; }, kPatience));
}

TEST_CASE("a request that waits for its answer does not time out", "[net][http]") {
  HttpLimits limits;
  limits.header_timeout = limits.body_timeout = limits.idle_timeout = 20 * kMillisecond;
  Fixture f(limits);
  TestSocket socket(f.port);
  socket.send(get("/later"));
  REQUIRE(f.wait(socket, [&] { return f.handler.later.size() == 1; }));
  CHECK_FALSE(f.loop.drain([&] { return f.server->connections() == 1; }, 100 * kMillisecond));
  f.handler.later[0]({200, {}, "done"});
  CHECK_THAT(f.exchange(socket, "", "done"), StartsWith("HTTP/1.1 200"));
}

TEST_CASE("one connection too many is answered 503", "[net][http]") {
  HttpLimits limits;
  limits.connections = 2;
  Fixture f(limits);
  TestSocket first(f.port);
  TestSocket second(f.port);
  f.exchange(first, get("/a"), "/a 0");
  f.exchange(second, get("/a"), "/a 0");
  TestSocket third(f.port);
  const std::string out = f.exchange(third, "", "");
  CHECK_THAT(out, StartsWith("HTTP/1.1 503") && Contains("Retry-After"));
  CHECK(f.counted("obs_net_connections_refused_total") == 1);
  CHECK_THAT(f.exchange(first, get("/b"), "/b 0"), StartsWith("HTTP/1.1 200"));
}

TEST_CASE("a peer that has not begun its handshake has as long as one that has",
          "[net][http][tls]") {
  HttpLimits limits;
  limits.header_timeout = 2 * kSecond;  // Looked at four times in that.
  Fixture f(limits);
  const TestCertificate certificate;
  f.server->set_tls(*TlsContext::load({certificate.certificate(), certificate.key(), ""}));
  TlsPeer peer(f.port);
  CHECK_FALSE(f.wait_for(peer.socket(), 700 * kMillisecond, [&] { return peer.socket().ended(); }));
  CHECK(f.loop.drain([&] { return !peer.shake_hands(); }, kPatience));
}
