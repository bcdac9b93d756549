#include "libobs/api/receiver.h"

#include <catch2/catch.hpp>

#include "tests/unit/api/memory_sink.h"
#include "tests/unit/api/requests.h"

using namespace obs;
using namespace obs::api;
using Catch::Matchers::Contains;
using codec::request_of;
using model::Signal;
using pipeline::Outcome;
using proto::find_header;

namespace {

using namespace std::string_literals;

struct Fixture {
  explicit Fixture(ReceiverOptions options = {})
      : receiver(otlp_only(), nullptr, sink, registry, clock, std::move(options)) {}

  // The answer, if it has come already.
  std::optional<proto::HttpResponse> post(proto::HttpRequest request) {
    std::optional<proto::HttpResponse> answer;
    receiver.receive(std::move(request), [&](proto::HttpResponse response) {
      REQUIRE_FALSE(answer);
      answer = std::move(response);
    });
    return answer;
  }
  std::uint64_t count(Outcome outcome, Signal signal = Signal::kLogs) {
    return ledger.value(signal, outcome);
  }

  Registry registry;
  ManualClock clock{1'763'806'600'000'000'000};
  MemorySink sink;
  pipeline::Ledger ledger{registry, "otlp_http"};
  Receiver receiver;
};

proto::HttpRequest gzipped(proto::HttpRequest request) {
  request.body = codec::compress_gzip(request.body);
  request.headers.emplace_back("Content-Encoding", "gzip");
  return request;
}

}  // namespace

TEST_CASE("an export is written to the sink and answered when it is acknowledged", "[api][otlp]") {
  Fixture f;
  const auto answer = f.post(export_request(request_of(log_record("a"), log_record("b"))));
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->body.empty());
  REQUIRE(f.sink.batches().size() == 1);
  const model::Batch& batch = *f.sink.batches()[0];
  CHECK(batch.size() == 2);
  CHECK(batch.received == f.clock.now());
  CHECK_FALSE(batch.id.is_zero());
  CHECK(f.count(Outcome::kReceived) == 2);
  CHECK(f.count(Outcome::kSent) == 2);
  CHECK(f.ledger.closes());
}

TEST_CASE("no answer is given before the acknowledgement", "[api][otlp]") {
  Fixture f;
  f.sink.hold = true;
  std::optional<proto::HttpResponse> answer;
  f.receiver.receive(export_request(request_of(log_record("a"))),
                     [&](proto::HttpResponse response) { answer = std::move(response); });
  CHECK_FALSE(answer);
  CHECK(f.ledger.buffered(Signal::kLogs) == 1);
  f.sink.held[0]({});
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(f.ledger.closes());
}

TEST_CASE("each signal in each encoding goes its way", "[api][otlp]") {
  struct Case {
    const char* path;
    Signal signal;
    const char* json;
  };
  for (const Case& c :
       {Case{"/v1/logs", Signal::kLogs,
             R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"a"}}]}]}]})"},
        Case{"/v1/traces", Signal::kSpans,
             R"({"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"a",)"
             R"("traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708"}]}]}]})"},
        Case{"/v1/metrics", Signal::kMetrics,
             R"({"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"a",)"
             R"("gauge":{"dataPoints":[{"asInt":"1"}]}}]}]}]})"}}) {
    CAPTURE(c.path);
    Fixture f;
    const auto answer = f.post(gzipped(export_request(c.json, kJson, c.path)));
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(answer->body == "{}");
    REQUIRE(f.sink.batches().size() == 1);
    CHECK(f.sink.batches()[0]->signal == c.signal);
    CHECK(f.count(Outcome::kSent, c.signal) == 1);
  }
}

TEST_CASE("an empty export is a success and writes nothing", "[api][otlp]") {
  Fixture f;
  for (auto request :
       {export_request(""), export_request("{}", kJson),
        export_request(R"({"resourceLogs":[]})", kJson), export_request(request_of())}) {
    const auto answer = f.post(std::move(request));
    REQUIRE(answer);
    CHECK(answer->status == 200);
  }
  CHECK(f.sink.batches().empty());
  CHECK(f.count(Outcome::kReceived) == 0);
}

TEST_CASE("a bad record is refused by name and its neighbours are kept", "[api][otlp]") {
  Fixture f;
  const auto answer =
      f.post(export_request(request_of(log_record("a"), log_record("b", 3), log_record("c"))));
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK_THAT(answer->body, Contains("#1: ") && Contains("trace_id"));
  CHECK(f.sink.records() == 2);
  CHECK(f.count(Outcome::kReceived) == 3);
  CHECK(f.count(Outcome::kRejected) == 1);
  CHECK(f.count(Outcome::kSent) == 2);
  CHECK(f.ledger.closes());
}

TEST_CASE("when every record is refused it is still a partial success, and nothing is written",
          "[api][otlp]") {
  Fixture f;
  const auto answer = f.post(export_request(request_of(log_record("a", 3))));
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK_FALSE(answer->body.empty());
  CHECK(f.sink.batches().empty());
  CHECK(f.count(Outcome::kRejected) == 1);
  CHECK(f.ledger.closes());
}

TEST_CASE("nothing is stored of a malformed export, and the ledger counts it", "[api][otlp]") {
  Fixture f;
  const std::string good = request_of(log_record("a"));
  for (std::size_t cut = 1; cut < good.size(); ++cut) {
    CAPTURE(cut);
    const auto answer = f.post(export_request(good.substr(0, cut)));
    REQUIRE(answer);
    CHECK(answer->status == 400);
    CHECK_THAT(answer->body, Contains(" at byte "));
  }
  CHECK(f.sink.batches().empty());
  CHECK_THAT(f.registry.render(),
             Contains("reason=\"malformed\"} " + std::to_string(good.size() - 1)));
  CHECK(f.count(Outcome::kReceived) == 0);
}

TEST_CASE("what inflates beyond the limit is 413, what does not inflate 400", "[api][otlp]") {
  ReceiverOptions options;
  options.body_bytes = 10'000;
  Fixture f(options);
  const auto bomb = f.post(gzipped(export_request(std::string(10'001, '\0'))));
  REQUIRE(bomb);
  CHECK(bomb->status == 413);
  auto damaged = export_request("no gzip");
  damaged.headers.emplace_back("Content-Encoding", "gzip");
  const auto refused = f.post(std::move(damaged));
  REQUIRE(refused);
  CHECK(refused->status == 400);
  CHECK_THAT(f.registry.render(), Contains(R"(reason="too_large"} 1)") &&
                                      Contains(R"(reason="damaged_compression"} 1)"));
}

TEST_CASE("an export may be compressed by whatever the Collector knows", "[api][otlp]") {
  const std::string plain = "a";  // No message.
  const std::string framed = "\xff\x06\x00\x00sNaPpY"s;
  struct Case {
    const char* coding;
    std::string body;
    int status;
  };
  for (const Case& c : {
           Case{"snappy", codec::compress_snappy(""), 200},
           Case{"Snappy", framed, 200},
           Case{"x-snappy-framed", framed, 200},
           Case{"snappy", framed + "\x01", 400},
           Case{"snappy", plain, 400},
           Case{"zlib", "\x78\x01\x01\x00\x00\xff\xff\x00\x00\x00\x01"s, 200},
           Case{"lz4", plain, 415},
       }) {
    CAPTURE(c.coding, c.body.size());
    Fixture f;
    auto request = export_request("");
    request.body = c.body;
    request.headers.emplace_back("Content-Encoding", c.coding);
    const auto response = f.post(std::move(request));
    REQUIRE(response);
    CHECK(response->status == c.status);
  }
}

TEST_CASE("a sink that cannot take it now is 503 with Retry-After; one that refuses is not",
          "[api][otlp]") {
  struct Case {
    Errc code;
    int status;
  };
  for (const Case& c :
       {Case{Errc::kUnavailable, 503}, Case{Errc::kIo, 503}, Case{Errc::kMalformed, 400},
        Case{Errc::kLimitExceeded, 413}, Case{Errc::kInternal, 500}}) {
    Fixture f;
    f.sink.error = Error{c.code, "redis is away"};
    const auto answer = f.post(export_request(request_of(log_record("a")), kProtobuf));
    REQUIRE(answer);
    CHECK(answer->status == c.status);
    CHECK(find_header(answer->headers, "Retry-After").empty() == (c.status != 503));
    CHECK_THAT(answer->body, Contains("redis is away"));
    CHECK(f.count(Outcome::kFailed) == 1);
    CHECK(f.ledger.closes());
  }
}

namespace {

// What is decoded stays small beside it.
proto::HttpRequest bomb(std::size_t bytes) {
  return gzipped(export_request(request_of(log_record(std::string(bytes, 'a')))));
}

}  // namespace

TEST_CASE("what was decoded and waits for the sink is bounded, and passes again afterwards",
          "[api][otlp]") {
  ReceiverOptions options;
  MemoryBudget budget(600 * kKiB);
  options.budget = &budget;
  Fixture f(options);
  f.sink.hold = true;
  const auto request = bomb(300 * kKiB);
  std::vector<int> statuses;
  const auto note = [&](const proto::HttpResponse& response) {
    statuses.push_back(response.status);
  };
  while (statuses.empty() && f.sink.held.size() < 10) f.receiver.receive(request, note);
  CHECK(statuses == std::vector<int>{503});
  CHECK(f.sink.held.size() >= 1);
  CHECK(budget.used() <= budget.work_limit());
  CHECK(budget.large_used() <= budget.large_limit());
  for (const auto& ack : f.sink.held) ack({});
  CHECK(budget.used() + budget.large_used() == 0);
  f.sink.hold = false;
  f.receiver.receive(request, note);
  CHECK(statuses.back() == 200);
  CHECK(f.ledger.closes());
}

TEST_CASE("what takes long to read is read elsewhere, a small bomb among it", "[api][otlp]") {
  const std::string small = request_of(log_record(std::string(1000, 'a')));
  const std::string large = request_of(log_record(std::string(3 * kMiB, 'a')));
  auto zstd = export_request(codec::compress_zstd(large));
  zstd.headers.emplace_back("Content-Encoding", "zstd");
  auto damaged = gzipped(export_request(small));
  damaged.body.resize(damaged.body.size() / 2);
  const struct {
    std::string_view what;
    proto::HttpRequest request;
    bool is_elsewhere;
    int status;
  } kCases[] = {
      {"small", export_request(small), false, 200},
      {"small, gzip", gzipped(export_request(small)), false, 200},
      {"large", export_request(large), true, 200},
      {"a bomb, gzip", gzipped(export_request(large)), true, 200},
      {"a bomb, zstd", zstd, true, 200},
      {"damaged", damaged, false, 400},
  };
  for (const auto& test : kCases) {
    INFO(test.what);
    Fixture f;
    std::vector<std::function<void()>> elsewhere;
    int status = 0;
    f.receiver.receive(
        test.request, [&](const proto::HttpResponse& response) { status = response.status; },
        [&](std::function<void()> work) { elsewhere.push_back(std::move(work)); });
    CHECK(elsewhere.size() == (test.is_elsewhere ? 1 : 0));
    CHECK(status == (test.is_elsewhere ? 0 : test.status));
    for (const auto& work : elsewhere) work();
    CHECK(status == test.status);
    CHECK(f.ledger.closes());
  }
}

TEST_CASE(
    "memory is claimed as bodies inflate and are decoded, and the door's answer does not count",
    "[api][otlp]") {
  codec::ProtobufMessage scope;
  for (int i = 0; i < 20'000; ++i) scope.bytes(2, "");
  const auto tiny = gzipped(
      export_request(codec::ProtobufMessage().bytes(1, codec::ProtobufMessage().bytes(2, scope))));
  const struct {
    std::string_view what;
    proto::HttpRequest request;
    std::size_t limit;
    int status;
  } kCases[] = {
      {"inflates beyond all", bomb(1000 * kKiB), 300 * kKiB, 413},
      {"inflates to what fits alone", bomb(300 * kKiB), 500 * kKiB, 200},
      {"becomes more than all in columns", tiny, 300 * kKiB, 413},
      {"the same with room", tiny, 3 * kMiB, 200},
      {"an index of tokens", export_request(std::string(400 * kKiB, '['), kJson), 300 * kKiB, 413},
  };
  for (const auto& test : kCases) {
    INFO(test.what);
    ReceiverOptions options;
    MemoryBudget budget(test.limit);
    options.budget = &budget;
    Fixture f(options);
    const auto answer = f.post(test.request);
    REQUIRE(answer);
    CHECK(answer->status == test.status);
    CHECK(find_header(answer->headers, "Retry-After").empty());
    CHECK(budget.used() == 0);
    CHECK(f.ledger.closes());
  }
}

TEST_CASE("a browser's preflight is answered, and its export can be read by its page",
          "[api][otlp][cors]") {
  ReceiverOptions options;
  options.cors = *CorsPolicy::make({"https://shop.example"});
  Fixture f(options);
  proto::HttpRequest preflight;
  preflight.method = "OPTIONS";
  preflight.path = "/v1/traces";
  preflight.headers = {{"Origin", "https://shop.example"},
                       {"Access-Control-Request-Headers", "content-type"}};
  const auto allowed = f.receiver.check(preflight);
  REQUIRE(allowed);
  CHECK(allowed->status == 204);
  CHECK(find_header(allowed->headers, "Access-Control-Allow-Headers") == "content-type");

  auto request = export_request("{}", kJson);
  request.headers.emplace_back("Origin", "https://shop.example");
  CHECK_FALSE(f.receiver.check(request));
  const auto answer = f.post(request);
  REQUIRE(answer);
  CHECK(find_header(answer->headers, "Access-Control-Allow-Origin") == "https://shop.example");

  request.headers[0].second = "text/css";
  const auto refused = f.receiver.check(request);
  REQUIRE(refused);
  CHECK(refused->status == 415);
  CHECK(find_header(refused->headers, "Access-Control-Allow-Origin") == "https://shop.example");

  preflight.path = "/nowhere";
  CHECK(f.receiver.check(preflight)->status == 404);
}

TEST_CASE("text that is not UTF-8 is mended, counted and told", "[api][otlp]") {
  Fixture f;
  const auto answer = f.post(export_request(request_of(log_record("a\xff"))));
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK_THAT(answer->body, Contains("not UTF-8"));
  CHECK(f.registry.counter("obs_api_strings_mended_total", "").value() == 1);
  CHECK(f.sink.records() == 1);
}

TEST_CASE("while the sink has no room, requests are refused from their headers",
          "[api][overload]") {
  Fixture f;
  const auto request = export_request(request_of(log_record("a")));
  const auto status = [](const std::optional<proto::HttpResponse>& answer) {
    return answer ? answer->status : 0;
  };
  f.sink.error = Error{Errc::kUnavailable, "the queue is full"};
  CHECK(status(f.receiver.check(request)) == 0);
  CHECK(status(f.post(request)) == 503);

  const auto refused = f.receiver.check(request);
  CHECK(status(refused) == 503);
  CHECK_FALSE(find_header(refused->headers, "Retry-After").empty());

  // There may be room for less.
  auto smaller = request;
  smaller.headers.emplace_back("Content-Length", std::to_string(request.body.size() / 3));
  CHECK(status(f.receiver.check(smaller)) == 0);
  smaller.headers.back().second = std::to_string(request.body.size());
  CHECK(status(f.receiver.check(smaller)) == 503);

  // Some milliseconds later one is let in, to see; the others wait for what becomes of it.
  f.clock.advance(50 * kMillisecond);
  CHECK(status(f.receiver.check(request)) == 0);
  CHECK(status(f.receiver.check(request)) == 503);
  CHECK(status(f.post(request)) == 503);
  CHECK(status(f.receiver.check(request)) == 503);

  f.sink.error.reset();
  f.clock.advance(50 * kMillisecond);
  CHECK(status(f.receiver.check(request)) == 0);
  CHECK(status(f.post(request)) == 200);
  CHECK(status(f.receiver.check(request)) == 0);
  CHECK(f.ledger.closes());
}
