#include "libobs/api/grpc_handler.h"

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "libobs/api/grpc_doors.h"

using namespace obs;
using namespace obs::api;
using proto::find_header;
using proto::HttpRequest;
using proto::HttpResponse;

namespace {

// What stands behind: answers when told.
class Behind final : public net::HttpHandler {
 public:
  std::optional<HttpResponse> on_headers(const HttpRequest& request) override {
    if (request.header("x-api-key") == "bad") return proto::text_response(401, "unknown key");
    return std::nullopt;
  }
  void on_request(HttpRequest request, net::Respond respond) override {
    requests.push_back(std::move(request));
    answers.push_back(std::move(respond));
  }

  std::vector<HttpRequest> requests;
  std::vector<net::Respond> answers;
};

struct Fixture {
  ~Fixture() {
    handler.reset();
    CHECK(loop.close());
  }

  HttpRequest call(std::string_view path, proto::HttpHeaders headers = {}) {
    HttpRequest request;
    request.version = 2;
    request.method = "POST";
    request.path = path;
    request.headers = std::move(headers);
    request.headers.emplace_back("content-type", "application/grpc");
    request.body = proto::frame_grpc_message("payload");
    return request;
  }
  void send(HttpRequest request) {
    handler->on_request(std::move(request), [this](HttpResponse response) {
      statuses += std::string(find_header(response.trailers, "grpc-status")) + " ";
    });
  }

  net::Loop loop;
  Registry registry;
  bool is_ready = true;
  AdminHandler admin{"test", "1", registry, [this] {
                       return std::vector<pipeline::Health>{{"place", is_ready, ""}};
                     }};
  Behind behind;
  std::unique_ptr<GrpcHandler> handler = std::make_unique<GrpcHandler>(
      loop, behind, admin, 1000,
      [this](const HttpRequest&, std::string_view why, std::size_t bytes) {
        broken += std::string(why) + " " + std::to_string(bytes) + "; ";
      });
  std::string broken;
  std::string statuses;
};

constexpr std::string_view kLogs = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";

}  // namespace

TEST_CASE("a call reaches what is behind as a request, its metadata as headers", "[api][grpc]") {
  Fixture f;
  f.send(f.call(kLogs, {{"x-api-key", "k"}}));
  REQUIRE(f.behind.requests.size() == 1);
  CHECK(f.behind.requests[0].body == "payload");
  CHECK(f.behind.requests[0].header("x-api-key") == "k");
  f.behind.answers[0]({200, {}, ""});
  CHECK(f.statuses == "0 ");
}

TEST_CASE("calls are refused by their headers", "[api][grpc]") {
  Fixture f;
  const auto code = [&](HttpRequest request) {
    const auto answer = f.handler->on_headers(request);
    return answer ? std::string(find_header(answer->trailers, "grpc-status")) : "";
  };
  CHECK(code(f.call(kLogs)).empty());
  CHECK(code(f.call(kAgentStreamPath)).empty());
  CHECK(code(f.call(kHealthCheckPath)).empty());
  CHECK(code(f.call(kLogs, {{"x-api-key", "bad"}})) == "16");
  CHECK(code(f.call("/a.B/C")) == "12");
  CHECK(code(f.call("/")) == "12");
  CHECK(code(f.call("/grpc.health.v1.Health/List")) == "12");
}

TEST_CASE("a message that no door can see is counted, one of health is not", "[api][grpc]") {
  Fixture f;
  const auto send = [&](std::string_view path, std::string body) {
    HttpRequest request = f.call(path);
    request.body = std::move(body);
    f.send(std::move(request));
  };
  send(kLogs, "");
  send(kLogs, std::string("\0\0\0\0", 4));
  send(kLogs, proto::frame_grpc_message(std::string(2000, 'x')));
  send(kLogs, std::string("\1\0\0\0\0", 5));
  send(kHealthCheckPath, "?");
  CHECK(f.statuses == "13 13 8 13 13 ");
  CHECK(f.broken == "malformed 0; malformed 4; too_large 2005; malformed 5; ");
  CHECK(f.behind.requests.empty());
}

TEST_CASE("a deadline ends the wait, and the late answer goes nowhere", "[api][grpc]") {
  Fixture f;
  f.send(f.call(kLogs, {{"grpc-timeout", "30m"}}));
  f.send(f.call(kLogs, {{"grpc-timeout", "1H"}}));
  f.send(f.call(kLogs, {{"grpc-timeout", "0S"}}));
  CHECK(f.statuses == "4 ");
  CHECK(f.loop.drain([&] { return f.statuses != "4 4 "; }, 5 * kSecond));
  f.behind.answers.at(0)({200, {}, ""});
  CHECK(f.statuses == "4 4 ");
  f.behind.answers.at(1)({200, {}, ""});
  CHECK(f.statuses == "4 4 0 ");
  CHECK(f.behind.requests.size() == 2);
}

TEST_CASE("health is that of the places behind", "[api][grpc]") {
  Fixture f;
  HttpRequest request = f.call(kHealthCheckPath);
  request.body = proto::frame_grpc_message("");
  const auto status = [&] {
    std::string body;
    f.handler->on_request(request, [&](HttpResponse response) { body = response.body; });
    return body.empty() ? '?' : body.back();
  };
  CHECK(status() == 1);
  f.is_ready = false;
  CHECK(status() == 2);
}

TEST_CASE("what the server refuses is put in gRPC to who speaks it", "[api][grpc]") {
  Fixture f;
  const HttpResponse late = f.handler->on_refused(f.call(kLogs), 408, "too slow");
  CHECK(find_header(late.trailers, "grpc-status") == "4");
  HttpRequest plain;
  CHECK(f.handler->on_refused(plain, 408, "too slow").status == 408);
}
