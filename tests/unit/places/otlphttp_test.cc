// Forwarding over OTLP/HTTP, to a receiver that answers by script.

#include "libobs/base/bytes.h"
#include "libobs/codec/compress.h"
#include "libobs/codec/otlp.h"
#include "libobs/pipeline/ledger.h"
#include "libobs/places/delivery.h"
#include "libobs/places/otlp_response.h"
#include "tests/unit/places/http_server.h"
#include "tests/unit/places/support.h"

namespace obs::places {
namespace {

using namespace std::string_literals;

struct Bench {
  Registry registry;
  std::mutex mutex;
  std::vector<std::string> warnings;

  std::unique_ptr<pipeline::Sink> sink(const ScriptedReceiver& receiver,
                                       const std::string& rest = "") {
    OpenContext context{registry, "obs-test"};
    context.warn = [this](std::string_view message) {
      std::lock_guard lock(mutex);
      warnings.emplace_back(message);
    };
    auto sink = open_sink(
        address_of(fmt::format("otlphttp://127.0.0.1:{}{}", receiver.port(), rest)), context);
    REQUIRE(sink);
    return *std::move(sink);
  }
  std::uint64_t logs(pipeline::Outcome outcome) {
    return pipeline::Ledger(registry, "otlphttp_sink").value(model::Signal::kLogs, outcome);
  }
};

TEST_CASE("a batch is posted as OTLP protobuf to its signal's path", "[places][otlphttp]") {
  ScriptedReceiver receiver([](std::size_t) { return http_answer("200 OK"); });
  Bench bench;
  auto sink = bench.sink(receiver, "/base?header=Authorization:Bearer%20x");
  REQUIRE(write_and_wait(*sink, make_log("a")));
  REQUIRE(write_and_wait(*sink, make_batch({span_line(1)})));
  REQUIRE(write_and_wait(*sink, make_batch({metric_line("m", 1)})));
  REQUIRE(sink->close());
  const auto requests = receiver.requests();
  REQUIRE(requests.size() == 3);
  CHECK(requests[0].head.starts_with("POST /base/v1/logs HTTP/1.1"));
  CHECK(requests[1].head.starts_with("POST /base/v1/traces HTTP/1.1"));
  CHECK(requests[2].head.starts_with("POST /base/v1/metrics HTTP/1.1"));
  for (const char* header : {"Content-Type: application/x-protobuf", "Content-Encoding: gzip",
                             "Authorization: Bearer x"}) {
    CHECK_THAT(requests[0].head, Catch::Contains(header));
  }
  auto body = codec::decompress(codec::Compression::kGzip, requests[0].body, kMiB);
  REQUIRE(body);
  auto decoded = codec::decode_otlp_protobuf(model::Signal::kLogs, *std::move(body), 1);
  REQUIRE(decoded);
  CHECK(decoded->batch.logs.body[0].as_string() == "a");
}

TEST_CASE("a busy or vanishing receiver is asked again until it takes the batch",
          "[places][otlphttp]") {
  ScriptedReceiver receiver([](std::size_t nth) {
    if (nth == 0) return http_answer("503 Service Unavailable", "", "Retry-After: 0\r\n");
    if (nth == 1) return ""s;
    if (nth == 2) return http_answer("429 Too Many Requests", "", "Retry-After: 0\r\n");
    return http_answer("200 OK");
  });
  Bench bench;
  auto sink = bench.sink(receiver, "?compression=none");
  REQUIRE(write_and_wait(*sink, make_log("a")));
  CHECK(receiver.requests().size() == 4);
  CHECK(receiver.requests()[0].body == receiver.requests()[3].body);
  CHECK(sink->health()[0].ready);
  CHECK(bench.logs(pipeline::Outcome::kSent) == 1);
  CHECK(bench.logs(pipeline::Outcome::kFailed) == 0);
}

TEST_CASE("a refusal is final and told in the receiver's words", "[places][otlphttp]") {
  const std::tuple<const char*, Errc> cases[] = {{"400 Bad Request", Errc::kMalformed},
                                                 {"413 Content Too Large", Errc::kLimitExceeded},
                                                 {"401 Unauthorized", Errc::kIo},
                                                 {"302 Found", Errc::kIo}};
  for (const auto& [status, code] : cases) {
    ScriptedReceiver receiver([&, line = status](std::size_t) {
      return http_answer(line, "no such thing\nsecond line", "Location: http://127.0.0.1:1/\r\n");
    });
    Bench bench;
    auto sink = bench.sink(receiver);
    auto refused = write_and_wait(*sink, make_log("a"));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == code);
    CHECK_THAT(refused.error().message, Catch::EndsWith(": no such thing"));
    CHECK(receiver.requests().size() == 1);
    CHECK(bench.logs(pipeline::Outcome::kFailed) == 1);
  }
}

TEST_CASE("what the receiver refuses of a batch is counted and told", "[places][otlphttp]") {
  const std::string partial = "\x0a\x08\x08\x01\x12\x04time";
  ScriptedReceiver receiver([&](std::size_t) { return http_answer("200 OK", partial); });
  Bench bench;
  auto sink = bench.sink(receiver);
  REQUIRE(write_and_wait(*sink, make_batch({log_line("a"), log_line("b")})));
  CHECK(bench.logs(pipeline::Outcome::kSent) == 1);
  CHECK(bench.logs(pipeline::Outcome::kRejected) == 1);
  REQUIRE(bench.warnings.size() == 1);
  CHECK_THAT(bench.warnings[0], Catch::EndsWith("refused 1 of 2 logs: time"));
}

TEST_CASE("a receiver that stays away is given up after the timeout, if there is one",
          "[places][otlphttp]") {
  ScriptedReceiver receiver([](std::size_t) { return http_answer("503 Service Unavailable"); });
  Bench bench;
  auto sink = bench.sink(receiver, "?timeout=100ms");
  auto refused = write_and_wait(*sink, make_log("a"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::kUnavailable);
  CHECK_FALSE(sink->health()[0].ready);
}

TEST_CASE("closing gives a receiver that is away a last chance and no more", "[places][otlphttp]") {
  std::atomic<bool> away{true};
  ScriptedReceiver receiver(
      [&](std::size_t) { return http_answer(away ? "503 Service Unavailable" : "200 OK"); });
  Bench bench;
  auto sink = bench.sink(receiver);
  std::atomic<int> acked{0};
  sink->write(make_log("a"), [&](Result<void> result) { acked = result ? 1 : 2; });
  REQUIRE(eventually([&] { return !receiver.requests().empty(); }));
  SECTION("which it takes") {
    away = false;
    REQUIRE(sink->close());
    CHECK(acked == 1);
  }
  SECTION("or not") {
    const auto closed = sink->close();
    REQUIRE_FALSE(closed);
    CHECK(closed.error().code == Errc::kUnavailable);
    CHECK_THAT(closed.error().message, Catch::Contains("did not take 1 records"));
    CHECK(acked == 2);
  }
}

TEST_CASE("a stop ends in time, whichever way the receiver is dead", "[places][otlphttp]") {
  const auto [how, answer] = GENERATE(table<const char*, std::string>(
      {{"busy", http_answer("503 Service Unavailable", "", "Retry-After: 60\r\n")},
       {"hangs up", ""},
       {"stalls in its answer", "HTTP/1.1 200 OK\r\nContent-Le"}}));
  CAPTURE(how);
  ScriptedReceiver receiver([&, text = answer](std::size_t) { return text; });
  Bench bench;
  auto sink = bench.sink(receiver);
  pipeline::Ledger ledger(bench.registry, "test");
  std::stop_source stop;
  Delivery delivery(*sink, ledger, kGiB, stop.get_token(), 200 * kMillisecond);
  constexpr std::uint64_t kBatches = 20;
  for (std::uint64_t i = 0; i < kBatches; ++i) REQUIRE(delivery.send(make_log("a")));
  REQUIRE(eventually([&] { return !receiver.requests().empty(); }));
  const auto stopped = std::chrono::steady_clock::now();
  stop.request_stop();
  const auto finished = delivery.finish();
  REQUIRE_FALSE(finished);
  CHECK(finished.error().code == Errc::kUnavailable);
  CHECK_FALSE(sink->close());
  // The grace, the second in which libcurl notices, and room for a busy machine.
  CHECK(std::chrono::steady_clock::now() - stopped < std::chrono::seconds(4));
  CHECK(ledger.value(model::Signal::kLogs, pipeline::Outcome::kFailed) == kBatches);
  CHECK(ledger.closes());
  CHECK(bench.logs(pipeline::Outcome::kSent) == 0);
}

TEST_CASE("the options of a receiver's address are checked", "[places][otlphttp]") {
  Registry registry;
  for (const char* options :
       {"compression=rot13", "timeout=soon", "timeout=-1s", "compression=deflate"}) {
    const auto address = address_of(fmt::format("otlphttp://127.0.0.1:1?{}", options));
    auto sink = open_sink(address, {registry, "obs-test"});
    REQUIRE_FALSE(sink);
    CHECK(sink.error().code == Errc::kInvalidArgument);
  }
}

TEST_CASE("any bytes make a partial success or none", "[places][otlphttp]") {
  CHECK(parse_partial_success("").rejected == 0);
  CHECK(parse_partial_success("\x0a\x03\x08\xac\x02").rejected == 300);
  CHECK(parse_partial_success("\x0a\x04\x12\x02no").message == "no");
  const std::string whole = "\x0a\x09\x08\xac\x02\x12\x04time";
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    CHECK(parse_partial_success(whole.substr(0, cut)).message.size() <= 4);
  }
  for (int byte = 0; byte < 256; ++byte) {
    (void)parse_partial_success(std::string(20, static_cast<char>(byte)));
  }
}

TEST_CASE("Retry-After is read in seconds and bounded", "[places][otlphttp]") {
  const auto read = [](const char* value) {
    return retry_after({429, {{"retry-after", value}}, ""});
  };
  CHECK(read("3") == 3 * kSecond);
  CHECK(read(" 0 ") == 0);
  CHECK(read("999999999999") == kHour);
  CHECK_FALSE(read("Wed, 21 Oct 2026 07:28:00 GMT"));
  CHECK_FALSE(retry_after({429, {}, ""}));
}

}  // namespace
}  // namespace obs::places
