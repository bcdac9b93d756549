// For tests: a server on a free port, and a handler whose answers are known.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "libobs/net/http_server.h"
#include "tests/unit/net/test_socket.h"

namespace obs::net {

inline constexpr Duration kPatience = 5 * kSecond;

// Answers with the path and the size of the body; /later when told; /big at length.
class TestHandler final : public HttpHandler {
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

struct ServerFixture {
  explicit ServerFixture(HttpLimits limits = {}, std::string_view address = "127.0.0.1:0") {
    auto made = HttpServer::listen(loop, address, handler, registry, limits);
    REQUIRE(made);
    server = std::move(*made);
    const std::string bound = server->address();
    port = std::stoi(bound.substr(bound.rfind(':') + 1));
  }
  ~ServerFixture() {
    server.reset();
    CHECK(loop.close());
  }

  // Runs the loop until the condition holds.
  bool wait(TestSocket& socket, const std::function<bool()>& condition) {
    return wait_for(socket, kPatience, condition);
  }
  bool wait_for(TestSocket& socket, Duration limit, const std::function<bool()>& condition) {
    return loop.drain(
        [&] {
          socket.poll();
          return !condition();
        },
        limit);
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
  TestHandler handler;
  std::unique_ptr<HttpServer> server;
  int port = 0;
};

inline std::string get(std::string_view path) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: a\r\n\r\n", path);
}

inline std::string post(std::string_view path, std::size_t size) {
  return fmt::format("POST {} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{}", path, size,
                     std::string(size, 'x'));
}

}  // namespace obs::net
