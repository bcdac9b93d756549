#include "libobs/codec/zipkin.h"

#include <catch2/catch.hpp>

#include "tests/unit/codec/protobuf_message.h"
#include "tests/unit/codec/record_lines.h"

using namespace obs;
using namespace obs::codec;
using Catch::Matchers::Contains;

namespace {

constexpr Timestamp kReceived = 1'763'806'600'000'000'000;

std::string json(std::string_view body) { return told(decode_zipkin_json(body, kReceived)); }
std::string span(std::string_view members) {
  return json(R"([{"traceId":"1","id":"2",)" + std::string(members) + "}]");
}

}  // namespace

TEST_CASE("Zipkin's spans are spans", "[codec][zipkin]") {
  const std::string line = json(
      R"([{"traceId":"5AF7183FB1D4CF5F","id":"6b221d5bc9e6496c","parentId":"352bff9a74ca9ad2",)"
      R"("name":"get /api","kind":"SERVER","timestamp":1556604172355737,"duration":1431,)"
      R"("localEndpoint":{"serviceName":"backend","ipv4":"192.168.99.1","port":3306},)"
      R"("remoteEndpoint":{"serviceName":"db","ipv6":"::1","port":58648},)"
      R"("annotations":[{"timestamp":1556604172355740,"value":"ws"}],)"
      R"("tags":{"http.method":"GET","n":7,"telemetry.sdk.name":"x"},"shared":true,"debug":false}])");
  for (
      const char* part :
      {R"("time":"2019-04-30T06:02:52.355737000Z","duration_ns":1431000,"service":"backend")",
       R"("name":"get /api","kind":"server")", R"("trace_id":"00000000000000005af7183fb1d4cf5f")",
       R"("span_id":"6b221d5bc9e6496c","parent_span_id":"352bff9a74ca9ad2")",
       R"("http.method":"GET","n":"7","peer.service":"db","network.peer.address":"::1","network.peer.port":58648,)",
       R"("network.local.address":"192.168.99.1","network.local.port":3306,"zipkin.shared":true)",
       R"("events":[{"time":"2019-04-30T06:02:52.355740000Z","name":"ws"}])",
       R"("resource":{"telemetry.sdk.name":"x"})"}) {
    CHECK_THAT(line, Contains(part));
  }
}

TEST_CASE("Zipkin's tags say the status and the scope", "[codec][zipkin]") {
  struct Case {
    const char* tags;
    const char* expected;
  };
  const Case cases[] = {
      {R"({"error":"boom"})", R"("status":"error","status_message":"boom")"},
      {R"({"error":"true"})", R"("status":"error",)"},
      {R"({"error":""})", R"("status":"error",)"},
      {R"({"otel.status_code":"OK"})", R"("status":"ok")"},
      {R"({"otel.status_code":"ERROR","error":"why"})",
       R"("status":"error","status_message":"why")"},
      {R"({"otel.scope.name":"lib","otel.scope.version":"2"})",
       R"("scope":{"name":"lib","version":"2"})"},
      {R"({"service.name":"Own"})", R"("service":"Own")"},
  };
  for (const Case& c : cases) {
    INFO(c.tags);
    CHECK_THAT(span(R"("localEndpoint":{"serviceName":"own"},"tags":)" + std::string(c.tags)) + ",",
               Contains(c.expected));
  }
}

TEST_CASE("Zipkin's reader is liberal with what may be missing", "[codec][zipkin]") {
  CHECK_THAT(span(R"("name":null)"), Contains(R"("kind":"internal")"));
  CHECK_THAT(span(R"("x":1)"), Contains(R"("time_source":"received")"));
  CHECK_THAT(span(R"("kind":"CONSUMER","timestamp":"1556604172355737")"), Contains("2019-04-30"));
  CHECK_THAT(span(R"("timestamp":1556604172355737.5)"), Contains("2019-04-30T06:02:52.355737000Z"));
  CHECK(json("[]").empty());
}

TEST_CASE("spans of Zipkin that cannot be kept are told", "[codec][zipkin]") {
  struct Case {
    const char* body;
    const char* expected;
  };
  const Case cases[] = {
      {R"([{"id":"1"},{"traceId":"1","id":"1"}])", "1 of 2 records refused: #0: traceId is not"},
      {R"([{"traceId":"xyz","id":"1"}])", "traceId is not 1 to 32 hex digits"},
      {R"([{"traceId":"1","id":"11112222333344445"}])", "id is not 1 to 16 hex digits"},
      {R"([{"traceId":"1","id":"0"}])", "id is not 1 to 16 hex digits"},
      {R"([{"traceId":"1","id":"1","timestamp":-1}])", "the timestamp is not between"},
      {R"([{"traceId":"1","id":"1","duration":9999999999999999999}])", "the duration is not"},
      {R"({"traceId":"1"})", "expected an array at byte 0"},
      {R"([1])", "expected an object at byte 1"},
  };
  for (const Case& c : cases) {
    INFO(c.body);
    CHECK_THAT(json(c.body), Contains(c.expected));
  }
}

TEST_CASE("Zipkin's protobuf says the same as its JSON", "[codec][zipkin]") {
  const auto local =
      ProtobufMessage().bytes(1, "backend").bytes(2, "\xC0\xA8\x63\x01").varint(4, 80);
  const auto event = ProtobufMessage().fixed64(1, 1556604172355740).bytes(2, "ws");
  const auto tag = ProtobufMessage().bytes(1, "a").bytes(2, "b");
  const auto one = ProtobufMessage()
                       .bytes(1, std::string_view("\0\0\0\0\0\0\0\1", 8))
                       .bytes(3, "12345678")
                       .varint(4, 1)
                       .bytes(5, "get")
                       .fixed64(6, 1556604172355737)
                       .varint(7, 1431)
                       .bytes(8, local.str())
                       .bytes(10, event.str())
                       .bytes(11, tag.str());
  const auto decoded =
      decode_zipkin_protobuf(std::string(ProtobufMessage().bytes(1, one.str()).str()), kReceived);
  CHECK(
      told(decoded) ==
      json(R"([{"traceId":"0000000000000001","id":"3132333435363738","kind":"CLIENT","name":"get",)"
           R"("timestamp":1556604172355737,"duration":1431,)"
           R"("localEndpoint":{"serviceName":"backend","ipv4":"192.168.99.1","port":80},)"
           R"("annotations":[{"timestamp":1556604172355740,"value":"ws"}],"tags":{"a":"b"}}])"));
  CHECK_THAT(told(decode_zipkin_protobuf("\x0a\x7f", kReceived)), Contains("at byte"));
}

TEST_CASE("a tag of Zipkin that is nested without end is its text, and neighbours stay",
          "[codec][zipkin]") {
  for (const int depth : {1, 63, 64, 65, 1000}) {
    std::string deep(R"("leaf")");
    for (int i = 0; i < depth; ++i) deep = "[" + deep + "]";
    const std::string line = span(R"("tags":{"a":)" + deep + R"(,"b":"beside"})");
    CHECK_THAT(line, Contains("leaf") && Contains(R"("b":"beside")"));
  }
}

TEST_CASE("of Zipkin's JSON only the span with too many tags is refused", "[codec][zipkin]") {
  std::string tags = R"("k0":"v")";
  for (int i = 1; i <= 4096; ++i) tags += R"(,"k)" + std::to_string(i) + R"(":"v")";
  const std::string told = json(R"([{"traceId":"1","id":"2","tags":{)" + tags +
                                R"(}},{"traceId":"1","id":"3","name":"beside"}])");
  CHECK_THAT(told, Contains("1 of 2 records refused: #0: more than 4096 tags"));
  CHECK_THAT(told, Contains("beside"));
}
