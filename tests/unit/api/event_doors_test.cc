#include "libobs/api/event_doors.h"

#include <catch2/catch.hpp>

#include "libobs/api/key_gate.h"
#include "libobs/base/text.h"
#include "libobs/net/digest.h"
#include "tests/unit/api/memory_sink.h"
#include "tests/unit/api/requests.h"

using namespace obs;
using namespace obs::api;
using Catch::Matchers::Contains;
using proto::find_header;

namespace {

constexpr const char* kEnvelope =
    R"({"event_id":"9ec79c33ec9942ab8353589fcb2e04dc","dsn":"https://k@host/42"})"
    "\n{\"type\":\"event\"}\n{\"message\":\"hello\",\"timestamp\":1763806599}\n";

struct Fixture {
  explicit Fixture(const std::string& keys = R"({"anonymous":true})")
      : gate(*parse_api_keys(keys), {}, registry, clock),
        receiver(doors(), &gate, sink, registry, clock) {}

  static Receiver::Doors doors() {
    Receiver::Doors doors;
    doors.push_back(std::make_unique<OtlpDoor>());
    doors.push_back(std::make_unique<SentryDoor>());
    doors.push_back(std::make_unique<FaroDoor>());
    doors.push_back(std::make_unique<RumDoor>());
    return doors;
  }
  // As the server asks: first without the body, then with it.
  proto::HttpResponse post(proto::HttpRequest request) {
    proto::HttpRequest head = request;
    head.body.clear();
    if (auto answer = receiver.check(head)) return *answer;
    proto::HttpResponse out;
    receiver.receive(std::move(request),
                     [&](proto::HttpResponse response) { out = std::move(response); });
    return out;
  }

  Registry registry;
  ManualClock clock{1'763'806'600'000'000'000};
  MemorySink sink;
  KeyGate gate;
  Receiver receiver;
};

proto::HttpRequest request_to(std::string path, std::string body, std::string type = "",
                              std::string query = "") {
  proto::HttpRequest request = export_request(std::move(body), std::move(type), std::move(path));
  request.query = std::move(query);
  return request;
}

std::string key_line(const std::string& key) {
  std::string out = R"({"name":"k","project":"web","hash":"sha256:)";
  append_hex(out, *net::sha256(key));
  return out + "\"}";
}

}  // namespace

TEST_CASE("request and response of the doors for events", "[api][events]") {
  struct Case {
    const char* path;
    const char* type;
    const char* body;
    int status;
    const char* contains;
    std::size_t stored;
  };
  const char* beacon = R"({"events":[{"type":"custom","name":"a","time":1763806599500}]})";
  for (
      const Case& c : {
          Case{"/api/42/envelope/", "", kEnvelope, 200,
               R"({"id":"9ec79c33ec9942ab8353589fcb2e04dc"})", 1},
          Case{"/api/42/envelope", "text/plain;charset=UTF-8", kEnvelope, 200, "id", 1},
          Case{"/api/42/envelope/", "", "{}\n", 200, "{}", 0},
          Case{"/api/42/envelope/", "", "nonsense", 400, "detail", 0},
          Case{"/api/42/store/", "application/json", R"({"message":"a"})", 200, "{}", 1},
          // What is left out is never a success, and the rest is kept.
          Case{"/api/42/envelope/", "",
               "{}\n{\"type\":\"event\"}\nnonsense\n{\"type\":\"event\"}\n{\"message\":\"a\"}\n",
               400, "no JSON object", 1},
          Case{"/api/42/envelope/", "", "{}\n{\"type\":\"transaction\"}\n{}\n", 400, "detail", 0},
          Case{"/api/42/other/", "", kEnvelope, 404, "", 0},
          Case{"/api//envelope/", "", kEnvelope, 404, "", 0},
          Case{"/collect", "application/json", R"({"logs":[{"message":"a"}]})", 202, "", 1},
          Case{"/faro", "application/json", "{}", 202, "", 0},
          Case{
              "/faro", "application/json",
              R"({"logs":[{"message":"a"}],"traces":{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"z"}]}]}]}})",
              400, "1 of 1", 1},
          Case{"/faro", "application/json", "{", 400, "Faro", 0},
          Case{"/faro", "text/css", "{}", 415, "text/css", 0},
          Case{"/rum/v1", "application/json", beacon, 204, "", 1},
          Case{"/rum/v1", "text/plain;charset=UTF-8", beacon, 204, "", 1},
          Case{"/rum/v1", "application/json", R"({"events":[{"type":"magic"}]})", 400, "unknown",
               0},
          Case{"/rum/v1", "application/json", "{}", 400, "beacon", 0},
      }) {
    CAPTURE(c.path, c.type, c.body);
    Fixture f;
    const auto answer = f.post(request_to(c.path, c.body, c.type));
    CHECK(answer.status == c.status);
    CHECK_THAT(answer.body, Contains(c.contains));
    CHECK(f.sink.records() == c.stored);
  }
}

TEST_CASE("the key of a DSN lets in wherever an SDK puts it", "[api][events]") {
  struct Case {
    const char* header;
    const char* value;
    const char* query;
    const char* body;
    int status;
  };
  for (const Case& c : {
           Case{"X-Sentry-Auth", "Sentry sentry_version=7, sentry_key=k, sentry_client=a/1", "",
                "{}\n", 200},
           Case{"X-Sentry-Auth", "Sentry sentry_key=other", "", kEnvelope, 401},
           Case{"X-A", "", "sentry_version=7&sentry_key=k", "{}\n", 200},
           Case{"X-A", "", "sentry_key=other", kEnvelope, 401},
           Case{"X-A", "", "", kEnvelope, 200},
           Case{"X-A", "", "", "{}\n", 401},
       }) {
    CAPTURE(c.header, c.value, c.query, c.body);
    Fixture f(key_line("k"));
    auto request = request_to("/api/42/envelope/", c.body, "", c.query);
    request.headers.emplace_back(c.header, c.value);
    CHECK(f.post(request).status == c.status);
    for (const auto& batch : f.sink.batches()) CHECK(batch->project == "web");
  }
  Fixture f(key_line("k"));
  CHECK(f.post(request_to("/rum/v1", R"({"events":[]})", "text/plain", "key=k")).status == 204);
  CHECK(f.post(request_to("/rum/v1", R"({"events":[]})", "text/plain")).status == 401);
}

TEST_CASE("Sentry's SDKs are told how long to wait in their own words", "[api][events]") {
  std::string keys = key_line("k");
  keys.insert(keys.size() - 1, R"(,"bytes_per_second":10)");
  Fixture f(keys);
  const auto request = request_to("/api/42/envelope/", kEnvelope, "", "sentry_key=k");
  CHECK(f.post(request).status == 200);
  const auto refused = f.post(request);
  CHECK(refused.status == 429);
  const std::string wait(find_header(refused.headers, "Retry-After"));
  CHECK(parse_uint(wait).value_or(0) > 10);
  CHECK(find_header(refused.headers, "X-Sentry-Rate-Limits") == wait + "::organization");
}

TEST_CASE("an envelope that is sent again is the same batch", "[api][events]") {
  Fixture f;
  f.post(request_to("/api/42/envelope/", kEnvelope));
  f.post(request_to("/api/42/envelope/", kEnvelope));
  REQUIRE(f.sink.batches().size() == 2);
  CHECK(f.sink.batches()[0]->id == f.sink.batches()[1]->id);
}
