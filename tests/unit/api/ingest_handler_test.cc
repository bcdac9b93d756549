// The HTTP surface over real sockets.

#include "libobs/api/ingest_handler.h"

#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "tests/unit/api/memory_sink.h"
#include "tests/unit/api/requests.h"
#include "tests/unit/net/test_socket.h"

using namespace obs;
using namespace obs::api;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using codec::request_of;
using net::TestSocket;
using pipeline::Outcome;

namespace {

constexpr Duration kPatience = 10 * kSecond;

struct Fixture {
  explicit Fixture(ReceiverOptions options = {}, net::HttpLimits limits = {})
      : receiver(otlp_only(), nullptr, sink, registry, system_clock(), std::move(options)) {
    auto made = net::HttpServer::listen(loop, "127.0.0.1:0", handler, registry, limits);
    REQUIRE(made);
    server = std::move(*made);
    const std::string address = server->address();
    port = std::stoi(address.substr(address.rfind(':') + 1));
  }
  ~Fixture() {
    server.reset();
    CHECK(loop.close());
    CHECK(handler.in_flight() == 0);
  }

  // All that comes back until the connection ends.
  std::string exchange(std::string_view bytes) {
    TestSocket socket(port);
    socket.send(bytes);
    CHECK(loop.drain(
        [&] {
          socket.poll();
          return !socket.ended();
        },
        kPatience));
    return socket.take();
  }
  std::uint64_t count(Outcome outcome) { return ledger.value(model::Signal::kLogs, outcome); }

  net::Loop loop;
  Registry registry;
  MemorySink sink;
  pipeline::Ledger ledger{registry, "otlp_http"};
  Receiver receiver;
  AdminHandler admin{"obs-ingest", "0.1.0", registry, [this] { return sink.health(); }};
  IngestHandler handler{loop, receiver, admin};
  std::unique_ptr<net::HttpServer> server;
  int port = 0;
};

std::string message(std::string_view line, std::string_view headers, std::string_view body) {
  return fmt::format("{} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{}\r\n{}", line, headers,
                     body);
}

std::string post(std::string_view path, std::string_view type, std::string_view body,
                 std::string_view headers = "") {
  return message(
      fmt::format("POST {}", path),
      fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n{}", type, body.size(), headers),
      body);
}

std::string chunks(std::string_view body, std::size_t size) {
  std::string out;
  for (std::size_t at = 0; at < body.size(); at += size) {
    const std::string_view chunk = body.substr(at, size);
    out += fmt::format("{:x}\r\n{}\r\n", chunk.size(), chunk);
  }
  return out + "0\r\n\r\n";
}

std::string many_records(std::size_t count) {
  codec::ProtobufMessage scope;
  for (std::size_t i = 0; i < count; ++i) scope.bytes(2, log_record(std::string(200, 'a')));
  return codec::ProtobufMessage().bytes(1, codec::ProtobufMessage().bytes(2, scope));
}

}  // namespace

TEST_CASE("request and response, by the rules of OTLP/HTTP", "[api][otlp][http]") {
  const std::string logs = request_of(log_record("a"));
  const std::string gzip = codec::compress_gzip(logs);
  const std::string zstd = codec::compress_zstd(logs);
  const std::string bomb = codec::compress_gzip(std::string(20 * kMiB, '\0'));
  struct Case {
    const char* name;
    std::string request;
    int status;
    const char* contains;  // Of head and body.
    std::size_t stored;
  };
  const std::vector<Case> cases = {
      {"protobuf", post("/v1/logs", kProtobuf, logs), 200, "Content-Type: application/x-protobuf",
       1},
      {"Loki's path", post("/otlp/v1/logs", kProtobuf, logs), 200, "Content-Length: 0", 1},
      {"gzip", post("/v1/logs", kProtobuf, gzip, "Content-Encoding: gzip\r\n"), 200, "", 1},
      {"zstd", post("/v1/logs", kProtobuf, zstd, "Content-Encoding: zstd\r\n"), 200, "", 1},
      {"an empty export", post("/v1/logs", kProtobuf, ""), 200, "Content-Length: 0", 0},
      {"an empty one, said to be gzip",
       post("/v1/logs", kProtobuf, "", "Content-Encoding: gzip\r\n"), 200, "Content-Length: 0", 0},
      {"an empty one in JSON", post("/v1/traces", "application/json; charset=utf-8", "{}"), 200,
       "{}", 0},
      {"chunked",
       message("POST /v1/logs",
               "Content-Type: application/x-protobuf\r\nTransfer-Encoding: chunked\r\n",
               chunks(logs, 7)),
       200, "", 1},
      {"HTTP/1.0",
       fmt::format("POST /v1/logs HTTP/1.0\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n{}",
                   kProtobuf, logs.size(), logs),
       200, "Connection: close", 1},
      {"partial success",
       post("/v1/logs", kProtobuf, request_of(log_record("a"), log_record("b", 2))), 200,
       "#1: ", 1},
      {"malformed protobuf", post("/v1/logs", kProtobuf, logs.substr(0, logs.size() - 1)), 400,
       " at byte ", 0},
      {"malformed JSON", post("/v1/logs", kJson, "{\"resourceLogs\":5}"), 400, "\"code\":3", 0},
      {"damaged gzip", post("/v1/logs", kProtobuf, gzip.substr(4), "Content-Encoding: gzip\r\n"),
       400, "decompress", 0},
      {"a bomb", post("/v1/logs", kProtobuf, bomb, "Content-Encoding: gzip\r\n"), 413, "", 0},
      {"announced over the limit",
       message("POST /v1/logs", "Content-Type: application/json\r\nContent-Length: 99999999\r\n",
               ""),
       413, "\"code\":8", 0},
      {"chunked over the limit",
       message("POST /v1/logs", "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n",
               "a00001\r\n" + std::string(0xa00001, 'x')),
       413, "\"code\":8", 0},
      {"GET", message("GET /v1/logs", "", ""), 405, "Allow: POST, OPTIONS", 0},
      {"another type", post("/v1/logs", "text/plain", "x"), 415, "text/plain", 0},
      {"another coding", post("/v1/logs", kProtobuf, "x", "Content-Encoding: lz4\r\n"), 415,
       "Accept-Encoding: gzip", 0},
      {"another path", post("/v1/other", kJson, "{}"), 404, "/v1/other", 0},
      {"preflight", message("OPTIONS /v1/logs", "Origin: https://a.x\r\n", ""), 204,
       "Access-Control-Allow-Origin: *", 0},
      {"another expectation", post("/v1/logs", kJson, "{}", "Expect: magic\r\n"), 417, "\"code\":3",
       0},
      {"health", message("GET /health", "", ""), 200, "\"memory:\"", 0},
      {"health by HEAD", message("HEAD /health", "", ""), 200, "Content-Length: ", 0},
      {"ready", message("GET /ready", "", ""), 200, "ready", 0},
      {"metrics", message("GET /metrics", "", ""), 200, "obs_net_connections 1.0\n", 0},
      {"health by POST", post("/health", kJson, "{}"), 405, "Allow: GET, HEAD", 0},
  };
  ReceiverOptions options;
  options.body_bytes = 10 * kMiB;
  options.cors = *CorsPolicy::make({"*"});
  net::HttpLimits limits;
  limits.body_bytes = options.body_bytes;
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Fixture f(options, limits);
    const std::string answer = f.exchange(c.request);
    CHECK_THAT(answer, StartsWith(fmt::format("HTTP/1.1 {} ", c.status)));
    CHECK_THAT(answer, Contains(c.contains));
    CHECK(f.sink.records() == c.stored);
    CHECK(f.ledger.closes());
    CHECK(f.count(Outcome::kSent) == c.stored);
  }
}

TEST_CASE("a large export is decoded by a worker and answered all the same", "[api][otlp][http]") {
  const std::string body = many_records(10'000);
  REQUIRE(body.size() > 2 * kMiB);
  Fixture f;
  CHECK_THAT(f.exchange(post("/v1/logs", kProtobuf, body)), StartsWith("HTTP/1.1 200"));
  CHECK_THAT(f.exchange(post("/v1/logs", kProtobuf, codec::compress_gzip(body),
                             "Content-Encoding: gzip\r\n")),
             StartsWith("HTTP/1.1 200"));
  CHECK_THAT(f.exchange(post("/v1/logs", kProtobuf, body.substr(0, body.size() - 1))),
             StartsWith("HTTP/1.1 400"));
  CHECK(f.sink.records() == 20'000);
  CHECK_THAT(f.registry.render(), Contains("reason=\"malformed\"} 1"));
}

TEST_CASE("large and small exports of one connection are answered in their order",
          "[api][otlp][http]") {
  const std::string large = many_records(5000);
  const std::string keep =
      fmt::format("POST /v1/logs HTTP/1.1\r\nHost: a\r\nContent-Type: {}\r\n", kJson);
  Fixture f;
  std::string requests;
  for (int i = 0; i < 4; ++i) {
    requests += fmt::format(
        "POST /v1/logs HTTP/1.1\r\nHost: a\r\nContent-Type: {}\r\n"
        "Content-Length: {}\r\n\r\n{}",
        kProtobuf, large.size(), large);
    requests += keep + "Content-Length: 1\r\n\r\n[";
  }
  const std::string answers = f.exchange(requests + message("GET /health", "", ""));
  std::vector<std::string> statuses;
  for (std::size_t at = 0; (at = answers.find("HTTP/1.1 ", at)) != std::string::npos; ++at)
    statuses.push_back(answers.substr(at + 9, 3));
  CHECK(statuses ==
        std::vector<std::string>{"200", "400", "200", "400", "200", "400", "200", "400", "200"});
  CHECK(f.sink.records() == 20'000);
}

TEST_CASE("a sink that acks from its own thread, later, is waited for", "[api][otlp][http]") {
  Fixture f;
  f.sink.hold = true;
  TestSocket socket(f.port);
  socket.send(post("/v1/logs", kProtobuf, request_of(log_record("a"))));
  REQUIRE(f.loop.drain([&] { return f.sink.batches().empty(); }, kPatience));
  CHECK(f.handler.in_flight() == 1);
  std::thread([&] { f.sink.held[0](fail(Errc::kUnavailable, "the disk is full")); }).join();
  REQUIRE(f.loop.drain(
      [&] {
        socket.poll();
        return !socket.ended();
      },
      kPatience));
  CHECK_THAT(socket.received(), StartsWith("HTTP/1.1 503") && Contains("Retry-After: 1") &&
                                    Contains("the disk is full"));
  CHECK(f.count(Outcome::kFailed) == 1);
}

TEST_CASE("a client that goes away before its answer harms nothing", "[api][otlp][http]") {
  Fixture f;
  f.sink.hold = true;
  {
    TestSocket socket(f.port);
    socket.send(post("/v1/logs", kProtobuf, request_of(log_record("a"))));
    REQUIRE(f.loop.drain([&] { return f.sink.batches().empty(); }, kPatience));
  }
  f.sink.held[0]({});
  CHECK(f.loop.drain([&] { return f.server->connections() > 0; }, kPatience));
  CHECK(f.count(Outcome::kSent) == 1);
}

TEST_CASE("readiness follows the sink", "[api][http]") {
  Fixture f;
  f.sink.status = {{"redis://127.0.0.1:6379/0", false, "connection refused"}};
  CHECK_THAT(f.exchange(message("GET /ready", "", "")),
             StartsWith("HTTP/1.1 503") && Contains("redis://127.0.0.1:6379/0"));
  CHECK_THAT(f.exchange(message("GET /health", "", "")), StartsWith("HTTP/1.1 200"));
}
