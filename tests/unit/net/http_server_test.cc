#include "libobs/net/http_server.h"

#include <functional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "tests/unit/net/test_socket.h"

using namespace obs;
using namespace obs::net;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

constexpr Duration kPatience = 5 * kSecond;

// Answers with the path and the size of the body; /later when told; /big at length.
class Handler final : public HttpHandler {
 public:
  std::optional<proto::HttpResponse> on_headers(const proto::HttpRequest& request) override {
    if (request.path == "/no") return proto::text_response(404, "no such path");
    return std::nullopt;
  }
  void on_request(proto::HttpRequest request, Respond respond) override {
    ++requests;
    peer = request.peer;
    if (request.path == "/later") {
      later.push_back(std::move(respond));
    } else if (request.path == "/big") {
      respond({200, {}, std::string(8 * kMiB, 'b')});
    } else {
      respond({200, {}, fmt::format("{} {}", request.path, request.body.size())});
    }
  }

  int requests = 0;
  std::string peer;
  std::vector<Respond> later;
};

struct Fixture {
  explicit Fixture(HttpLimits limits = {}, std::string_view address = "127.0.0.1:0") {
    auto made = HttpServer::listen(loop, address, handler, registry, limits);
    REQUIRE(made);
    server = std::move(*made);
    const std::string bound = server->address();
    port = std::stoi(bound.substr(bound.rfind(':') + 1));
  }
  ~Fixture() {
    server.reset();
    CHECK(loop.close());
  }

  // Runs the loop until the condition holds.
  bool wait(TestSocket& socket, const std::function<bool()>& condition) {
    return loop.drain(
        [&] {
          socket.poll();
          return !condition();
        },
        kPatience);
  }
  // What comes back for `bytes`, up to `last`, or to the connection's end when `last` is empty.
  std::string exchange(TestSocket& socket, std::string_view bytes, std::string_view last) {
    socket.send(bytes);
    CHECK(wait(socket, [&] {
      return last.empty() ? socket.ended() : socket.received().find(last) != std::string::npos;
    }));
    return socket.take();
  }
  std::uint64_t counted(std::string_view name) { return registry.counter(name, "").value(); }

  Loop loop;
  Registry registry;
  Handler handler;
  std::unique_ptr<HttpServer> server;
  int port = 0;
};

std::string get(std::string_view path) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: a\r\n\r\n", path);
}

std::string post(std::string_view path, std::size_t size) {
  return fmt::format("POST {} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{}", path, size,
                     std::string(size, 'x'));
}

}  // namespace

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

TEST_CASE("refusals", "[net][http]") {
  HttpLimits limits;
  limits.body_bytes = 3 * kMiB;
  limits.inflight_bytes = 2 * kMiB;
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
           Case{"too large, chunked", chunked + "400000\r\n" + std::string(4 * kMiB, 'x'), "503",
                true},
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
           Case{"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505", true},
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
