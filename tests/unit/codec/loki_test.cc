#include "libobs/codec/loki.h"

#include <catch2/catch.hpp>

#include "tests/unit/codec/protobuf_message.h"
#include "tests/unit/codec/record_lines.h"

using namespace obs;
using namespace obs::codec;
using Catch::Matchers::Contains;

namespace {

constexpr Timestamp kReceived = 1'763'806'600'000'000'000;

std::string json(std::string_view body) { return told(decode_loki_json(body, kReceived)); }

std::string push(std::string_view labels, std::string_view values) {
  return R"({"streams":[{"stream":)" + std::string(labels) + R"(,"values":)" + std::string(values) +
         "}]}";
}

std::string timestamp(std::int64_t seconds, std::int64_t nanos) {
  return ProtobufMessage()
      .varint(1, static_cast<std::uint64_t>(seconds))
      .varint(2, static_cast<std::uint64_t>(nanos))
      .str();
}

}  // namespace

TEST_CASE("Loki's labels are the resource, and structured metadata the record's attributes",
          "[codec][loki]") {
  const std::string lines =
      json(push(R"({"service_name":"cart","k8s_pod_name":"p-1","env":"prod"})",
                R"([["1763806500000000001","hello",{"user":"7","level":"warn"}]])"));
  CHECK_THAT(lines, Contains(R"("time":"2025-11-22T10:15:00.000000001Z","service":"cart")"));
  CHECK_THAT(lines, Contains(R"("severity":"warn","severity_number":13,"severity_text":"warn")"));
  CHECK_THAT(lines, Contains(R"("body":"hello")"));
  CHECK_THAT(lines, Contains(R"("attributes":{"user":"7","level":"warn"})"));
  CHECK_THAT(lines, Contains(R"("resource":{"k8s.pod.name":"p-1","env":"prod"})"));
}

TEST_CASE("a stream without service_name has the service that Loki would find", "[codec][loki]") {
  struct Case {
    const char* labels;
    const char* service;
  };
  const Case cases[] = {
      {R"({"job":"nightly","app":"cart"})", R"("service":"cart")"},
      {R"({"job":"nightly","level":"info"})", R"("service":"nightly")"},
      {R"({"service_name":"own","app":"cart"})", R"("service":"own")"},
  };
  for (const Case& c : cases) {
    INFO(c.labels);
    CHECK_THAT(json(push(c.labels, R"([["1","x"]])")), Contains(c.service));
  }
}

TEST_CASE("trace and span ids of structured metadata are the record's", "[codec][loki]") {
  const std::string ids =
      R"({"trace_id":"0102030405060708090a0b0c0d0e0f10","span_id":"0102030405060708"})";
  const std::string lines = json(push(R"({"a":"b"})", R"([["1","x",)" + ids + "]]"));
  CHECK_THAT(lines, Contains(R"("trace_id":"0102030405060708090a0b0c0d0e0f10")"));
  CHECK_THAT(lines, Contains(R"("span_id":"0102030405060708")"));
  CHECK_THAT(lines, !Contains("attributes"));
  // Another spelling stays to be found under its name.
  const std::string other =
      json(push(R"({"a":"b"})", R"([["1","x",{"traceID":"0102030405060708090a0b0c0d0e0f10"}]])"));
  CHECK_THAT(other, Contains(R"("trace_id":"0102030405060708090a0b0c0d0e0f10")"));
  CHECK_THAT(other, Contains("traceID"));
}

TEST_CASE("entries of Loki that cannot be kept are told, and their neighbours stay",
          "[codec][loki]") {
  struct Case {
    const char* name;
    std::string body;
    const char* expected;
  };
  const Case cases[] = {
      {"no labels", push("{}", R"([["1","x"]])"), "1 of 1 records refused: #0: the stream has no"},
      {"bad name", push(R"({"a-b":"c"})", R"([["1","x"]])"), "the name of a label is not"},
      {"bad time", push(R"({"a":"b"})", R"([["soon","x"],["1","y"]])"), "1 of 2 records refused"},
      {"negative", push(R"({"a":"b"})", R"([["-1","x"]])"), "the time is not a number"},
      {"no string", push(R"({"a":"b"})", R"([["1",7]])"), "the line is not a string"},
      {"no entry", push(R"({"a":"b"})", "[7]"), "an entry is neither [time, line]"},
      {"no line", push(R"({"a":"b"})", R"([["1"]])"), "an entry has no line"},
      {"labels in text", R"({"streams":[{"labels":"{a=}","entries":[{"ts":"1","line":"x"}]}]})",
       "expected a quoted value"},
      {"no JSON", "{", "expected"},
  };
  for (const Case& c : cases) {
    INFO(c.name);
    CHECK_THAT(json(c.body), Contains(c.expected));
  }
}

TEST_CASE("what is no entry of Loki is nothing, and no failure", "[codec][loki]") {
  for (const char* body : {"{}", R"({"streams":[]})", R"({"streams":null})",
                           R"({"streams":[{"stream":{"a":"b"},"values":[]}]})",
                           R"({"streams":[{"stream":{"a":"b"}}]})"}) {
    INFO(body);
    CHECK(json(body).empty());
  }
}

TEST_CASE("values may stand before their stream's labels", "[codec][loki]") {
  const std::string lines =
      json(R"({"streams":[{"values":[["1","x"]],"stream":{"app":"late"},"more":1}]})");
  CHECK_THAT(lines, Contains(R"("service":"late")"));
}

TEST_CASE("Loki's older JSON has its labels in text and its times as RFC 3339", "[codec][loki]") {
  const std::string lines = json(
      R"x({"streams":[{"labels":"{app=\"a\\\"b\", x=`raw`}","entries":[{"ts":"2018-12-18T08:28:06Z","line":"baz"}]}]})x");
  CHECK_THAT(lines, Contains(R"("time":"2018-12-18T08:28:06.000000000Z","service":"a\"b")"));
  CHECK_THAT(lines, Contains(R"("x":"raw")"));
}

TEST_CASE("a push in protobuf says the same as one in JSON", "[codec][loki]") {
  const auto pair = ProtobufMessage().bytes(1, "user").bytes(2, "7");
  const auto entry = ProtobufMessage()
                         .bytes(1, timestamp(1'763'806'500, 1))
                         .bytes(2, "hello")
                         .bytes(3, pair.str());
  // The labels may come last.
  const auto stream =
      ProtobufMessage().bytes(2, entry.str()).bytes(1, R"({service_name="cart", env="prod"})");
  const std::string lines = told(
      decode_loki_protobuf(std::string(ProtobufMessage().bytes(1, stream.str()).str()), kReceived));
  CHECK(lines == json(push(R"({"service_name":"cart","env":"prod"})",
                           R"([["1763806500000000001","hello",{"user":"7"}]])")));
}

TEST_CASE("damaged pushes in protobuf are malformed where the damage is", "[codec][loki]") {
  CHECK_THAT(told(decode_loki_protobuf("\x0a\x05xx", kReceived)), Contains("at byte"));
  const auto late = ProtobufMessage().bytes(1, timestamp(std::int64_t{1} << 60, 0)).bytes(2, "x");
  const auto stream = ProtobufMessage().bytes(1, R"({a="b"})").bytes(2, late.str());
  CHECK_THAT(told(decode_loki_protobuf(std::string(ProtobufMessage().bytes(1, stream.str()).str()),
                                       kReceived)),
             Contains("the time is not between 1970 and 2262"));
}

TEST_CASE("text of Loki that is not UTF-8 is mended and counted", "[codec][loki]") {
  const auto entry = ProtobufMessage().bytes(1, timestamp(1, 0)).bytes(2, "a\xFFz");
  const auto stream = ProtobufMessage().bytes(1, R"({a="b"})").bytes(2, entry.str());
  const auto decoded =
      decode_loki_protobuf(std::string(ProtobufMessage().bytes(1, stream.str()).str()), kReceived);
  REQUIRE(decoded);
  CHECK(decoded->batch.repaired_utf8 == 1);
  CHECK(decoded->batch.logs.body[0].as_string() == "a\xEF\xBF\xBDz");
}

TEST_CASE("of a push in JSON only the entry or the stream with too many pairs is refused",
          "[codec][loki]") {
  std::string pairs = R"("k0":"v")";
  for (int i = 1; i <= 4096; ++i) pairs += R"(,"k)" + std::to_string(i) + R"(":"v")";
  const std::string entry =
      json(push(R"({"a":"b"})", R"([["1","x",{)" + pairs + R"(}],["2","beside"]])"));
  CHECK_THAT(entry, Contains("1 of 2 records refused: #0: more than 4096 pairs"));
  CHECK_THAT(entry, Contains("beside"));
  const std::string stream =
      json(R"({"streams":[{"stream":{)" + pairs +
           R"(},"values":[["1","x"]]},{"stream":{"a":"b"},"values":)" + R"([["2","beside"]]}]})");
  CHECK_THAT(stream, Contains("1 of 2 records refused: #0: more than 4096 labels"));
  CHECK_THAT(stream, Contains("beside"));
}
