#include "libobs/net/http_server.h"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "tests/unit/net/http_server_fixture.h"

using namespace obs;
using namespace obs::net;
using Fixture = ServerFixture;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

TEST_CASE("requests are answered on one connection, one after the other", "[net][http]") {
  Fixture f;
  TestSocket socket(f.port);
  const std::string first = f.exchange(socket, get("/a"), "/a 0");
  CHECK_THAT(first, StartsWith("HTTP/1.1 200 OK\r\n"));
  CHECK_THAT(first, Contains("\r\nDate: "));
  CHECK_THAT(first, !Contains("Connection: close"));
  CHECK_THAT(f.exchange(socket, post("/b", 100'000), "/b 100000"), StartsWith("HTTP/1.1 200"));
  CHECK_THAT(f.handler.peer, StartsWith("127.0.0.1:"));
  CHECK(f.server->connections() == 1);
  CHECK(f.counted("obs_net_connections_accepted_total") == 1);
  CHECK(f.counted("obs_net_requests_received_total") == 2);
}

TEST_CASE("a request may come a byte at a time", "[net][http]") {
  Fixture f;
  TestSocket socket(f.port);
  for (const char c : post("/a", 3)) {
    socket.send({&c, 1});
    f.wait(socket, [&] { return socket.unsent() == 0; });
  }
  CHECK_THAT(f.exchange(socket, "", "/a 3"), StartsWith("HTTP/1.1 200"));
}

TEST_CASE("pipelined requests are answered in their order, whenever their answers come",
          "[net][http]") {
  Fixture f;
  TestSocket socket(f.port);
  socket.send(get("/later") + get("/b") + get("/later") + get("/d"));
  REQUIRE(f.wait(socket, [&] { return f.handler.requests == 4; }));
  CHECK(socket.received().empty());
  f.handler.later[1]({200, {}, "third"});
  f.handler.later[0]({200, {}, "first"});
  const std::string out = f.exchange(socket, "", "/d 0");
  CHECK(out.find("first") < out.find("/b 0"));
  CHECK(out.find("/b 0") < out.find("third"));
  CHECK(out.find("third") < out.find("/d 0"));
}

TEST_CASE("100 Continue comes before the body does", "[net][http]") {
  Fixture f;
  TestSocket socket(f.port);
  CHECK(f.exchange(socket,
                   "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
                   "Expect: 100-continue\r\n\r\n",
                   "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  CHECK(f.handler.requests == 0);
  CHECK_THAT(f.exchange(socket, "hello", "/a 5"), StartsWith("HTTP/1.1 200"));
}

TEST_CASE("old and closing requests are answered, then the connection ends", "[net][http]") {
  for (const std::string input :
       {"GET /a HTTP/1.0\r\n\r\n", "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /b HTTP/1.1\r\nHost: "
        "a\r\n\r\n"}) {
    CAPTURE(input);
    Fixture f;
    TestSocket socket(f.port);
    const std::string out = f.exchange(socket, input, "");
    CHECK_THAT(out, Contains("Connection: close"));
    CHECK_THAT(out, Catch::Matchers::EndsWith("/a 0"));
    CHECK_FALSE(socket.reset());
    CHECK(f.handler.requests == 1);
  }
}

TEST_CASE("HEAD has no body; OPTIONS * is a request like others", "[net][http]") {
  Fixture f;
  TestSocket socket(f.port);
  CHECK_THAT(f.exchange(socket, "HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n" + get("/b"), "/b 0"),
             Contains("Content-Length: 4\r\n\r\nHTTP/1.1 200"));
  CHECK_THAT(f.exchange(socket, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "* 0"),
             StartsWith("HTTP/1.1 200"));
}

TEST_CASE("a client that has shut its output down still gets its answers", "[net][http]") {
  Fixture f;
  TestSocket socket(f.port);
  socket.send(get("/later") + get("/b"));
  socket.shut_down_output();
  REQUIRE(f.wait(socket, [&] { return f.handler.requests == 2; }));
  f.handler.later[0]({200, {}, "first"});
  const std::string out = f.exchange(socket, "", "");
  CHECK_THAT(out, Contains("first") && Contains("/b 0"));
  CHECK_FALSE(socket.reset());
}

TEST_CASE("closing answers what is under way, takes nothing new, and ends", "[net][http]") {
  Fixture f;
  TestSocket idle(f.port);
  TestSocket waiting(f.port);
  TestSocket sending(f.port);
  f.exchange(idle, get("/a"), "/a 0");
  const std::string request = post("/c", 100);
  sending.send(request.substr(0, 80));
  waiting.send(get("/later"));
  REQUIRE(f.wait(waiting, [&] { return f.handler.requests == 2 && f.server->connections() == 3; }));
  REQUIRE(f.wait(sending, [&] { return sending.unsent() == 0; }));
  f.loop.drain([n = 0]() mutable { return ++n < 3; }, kPatience);

  f.server->close();
  CHECK(f.wait(idle, [&] { return idle.ended(); }));
  CHECK(f.loop.drain([&] { return f.server->connections() != 2; }, kPatience));
  CHECK_FALSE(TestSocket(f.port).connected());
  f.handler.later[0]({200, {}, "done"});
  CHECK_THAT(f.exchange(waiting, "", ""), Contains("done") && Contains("Connection: close"));
  CHECK_THAT(f.exchange(sending, request.substr(80), ""),
             Contains("/c 100") && Contains("Connection: close"));
  CHECK(f.loop.drain([&] { return f.server->connections() > 0; }, kPatience));
}

TEST_CASE("answers that come after the connection, or the server, go nowhere", "[net][http]") {
  Fixture f;
  {
    TestSocket socket(f.port);
    socket.send(get("/later") + get("/later"));
    REQUIRE(f.wait(socket, [&] { return f.handler.later.size() == 2; }));
  }
  f.handler.later[0]({200, {}, std::string(kMiB, 'x')});
  f.server.reset();
  f.handler.later[1]({200, {}, "late"});
}

TEST_CASE("IPv6 is served as IPv4 is", "[net][http]") {
  Fixture f({}, "[::1]:0");
  CHECK_THAT(f.server->address(), StartsWith("[::1]:"));
  TestSocket socket(f.port, true);
  CHECK_THAT(f.exchange(socket, get("/a"), "/a 0"), StartsWith("HTTP/1.1 200"));
  CHECK_THAT(f.handler.peer, StartsWith("[::1]:"));
}

TEST_CASE("a port that is taken, and an address that is none, are told apart", "[net][http]") {
  Fixture f;
  const auto taken = HttpServer::listen(f.loop, f.server->address(), f.handler, f.registry);
  REQUIRE_FALSE(taken);
  CHECK(taken.error().code == Errc::kUnavailable);
  CHECK_THAT(taken.error().message, Contains(f.server->address()) && Contains("in use"));
  const auto foreign = HttpServer::listen(f.loop, "192.0.2.1:1", f.handler, f.registry);
  REQUIRE_FALSE(foreign);
  CHECK(foreign.error().code == Errc::kInvalidArgument);
}

TEST_CASE("many connections at once are each answered", "[net][http]") {
  Fixture f;
  std::vector<std::unique_ptr<TestSocket>> sockets;
  for (int i = 0; i < 200; ++i) sockets.push_back(std::make_unique<TestSocket>(f.port));
  for (auto& socket : sockets) socket->send(post("/a", 1000));
  for (auto& socket : sockets)
    CHECK_THAT(f.exchange(*socket, "", "/a 1000"), StartsWith("HTTP/1.1 200"));
  CHECK(f.server->connections() == 200);
}

TEST_CASE("a handler that answers at once can be a function", "[net][http]") {
  FunctionHandler handler([](const proto::HttpRequest& request) {
    return proto::text_response(200, "you asked for " + request.path);
  });
  Loop loop;
  Registry registry;
  auto server = HttpServer::listen(loop, "127.0.0.1:0", handler, registry);
  REQUIRE(server);
  const std::string address = (*server)->address();
  TestSocket socket(std::stoi(address.substr(address.rfind(':') + 1)));
  socket.send(get("/x"));
  CHECK(loop.drain(
      [&] {
        socket.poll();
        return socket.received().find("you asked for /x") == std::string::npos;
      },
      kPatience));
}
