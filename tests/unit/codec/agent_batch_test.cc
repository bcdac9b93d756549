#include "libobs/codec/agent_batch.h"

#include <cstring>
#include <string>
#include <string_view>

#include <catch2/catch.hpp>

#include "libobs/codec/ndjson.h"
#include "libobs/codec/otlp.h"
#include "tests/unit/codec/protobuf_message.h"

using namespace obs;
using namespace obs::codec;
using namespace std::literals;
using Message = ProtobufMessage;

namespace {

constexpr std::uint64_t kTime = 1'763'806'600'000'000'000;

std::uint64_t bits_of(double value) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

std::string label(std::string_view key, std::string_view value) {
  return Message().bytes(1, key).bytes(2, value);
}

// The batch as lines of obs-record(5).
std::string lines_of(std::string_view batch) {
  auto otlp = agent_batch_to_otlp(batch);
  REQUIRE(otlp);
  auto decoded = decode_otlp_protobuf(model::Signal::kMetrics, std::move(*otlp), 1);
  REQUIRE(decoded);
  CHECK(decoded->rejected.count == 0);
  std::string out;
  append_ndjson(out, decoded->batch);
  return out;
}

std::string metric(std::string_view name, std::uint32_t kind, std::string_view sample) {
  return Message().bytes(1, name).bytes(kind, sample);
}

}  // namespace

TEST_CASE("samples of an agent are OTLP's data points", "[codec][agent]") {
  struct Case {
    std::string_view name;
    std::string batch;
    std::string_view line;
  };
  const std::string gauge = Message().bytes(1, label("k", "v")).fixed64(3, bits_of(1.5));
  const std::string count = Message().varint(4, 20);  // 10, in zigzag.
  const std::string negative = Message().varint(4, 9).fixed64(2, kTime + 1);
  const std::string histogram = Message()
                                    .fixed64(3, kTime - 5)
                                    .varint(4, 3)
                                    .fixed64(5, bits_of(2.5))
                                    .fixed64(6, bits_of(0.5))
                                    .fixed64(7, bits_of(1))
                                    .fixed64(8, bits_of(0.75))
                                    .varint(9, 2)
                                    .varint(9, 1);
  for (
      const Case& c : {
          Case{
              "a gauge with the time of its batch",
              Message().bytes(7, metric("g", 5, gauge)).fixed64(5, kTime),
              R"({"signal":"metric","time":"2025-11-22T10:16:40.000000000Z","name":"g","type":"gauge","value":1.5,"attributes":{"k":"v"}})"},
          Case{
              "a gauge with a time of its own",
              Message().fixed64(5, kTime).bytes(7, metric("g", 5, negative)),
              R"({"signal":"metric","time":"2025-11-22T10:16:40.000000001Z","name":"g","type":"gauge","value":-5})"},
          Case{
              "a counter that counts since the start",
              Message()
                  .bytes(2, "s")
                  .bytes(3, "i")
                  .fixed64(5, kTime)
                  .fixed64(6, kTime - 1)
                  .bytes(7, Message().raw(metric("c", 6, count)).bytes(2, "By")),
              R"({"signal":"metric","time":"2025-11-22T10:16:40.000000000Z","service":"s","name":"c","type":"sum","unit":"By","temporality":"cumulative","is_monotonic":true,"start_time":"2025-11-22T10:16:39.999999999Z","value":10,"resource":{"service.instance.id":"i"}})"},
          Case{
              "a histogram of a delta, its numbers one by one",
              Message().fixed64(5, kTime).bytes(
                  7, Message().varint(4, 1).raw(metric("h", 7, histogram))),
              R"({"signal":"metric","time":"2025-11-22T10:16:40.000000000Z","name":"h","type":"histogram","temporality":"delta","start_time":"2025-11-22T10:16:39.999999995Z","count":3,"sum":2.5,"min":0.5,"max":1.0,"bounds":[0.75],"counts":[2,1]})"},
          Case{
              "a resource with labels",
              Message()
                  .bytes(4, label("site", "n"))
                  .fixed64(5, kTime)
                  .bytes(7, metric("g", 5, Message().varint(4, 2))),
              R"({"signal":"metric","time":"2025-11-22T10:16:40.000000000Z","name":"g","type":"gauge","value":1,"resource":{"site":"n"}})"},
      }) {
    CAPTURE(c.name);
    CHECK(lines_of(c.batch) == std::string(c.line) + "\n");
  }
}

TEST_CASE("a batch of an agent may be empty", "[codec][agent]") {
  CHECK(agent_batch_to_otlp("")->empty());
  CHECK(agent_batch_to_otlp(Message().varint(1, 5).bytes(2, "s").str())->empty());
}

TEST_CASE("the head of a batch has its number and whose it is", "[codec][agent]") {
  const std::string whose = Message().bytes(2, "s").bytes(4, label("a", "b"));
  const std::string batch = Message().varint(1, 7).raw(whose).fixed64(5, kTime).varint(99, 1);
  const auto head = read_agent_head(batch);
  REQUIRE(head);
  CHECK(head->sequence == 7);
  CHECK(head->resource == whose);
  const auto plain = read_agent_head(Message().varint(1, 8).str());
  REQUIRE(plain);
  CHECK(plain->resource.empty());
}

TEST_CASE("what is no batch of an agent is refused at every cut", "[codec][agent]") {
  const std::string sample = Message().bytes(1, label("k", "v")).fixed64(3, bits_of(1));
  const std::string whole = Message().varint(1, 300).bytes(7, metric("g", 5, sample));
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    const std::string_view part = std::string_view(whole).substr(0, cut);
    const bool between = cut == 0 || cut == 3;  // Behind a whole field.
    CHECK(static_cast<bool>(agent_batch_to_otlp(part)) == between);
    CHECK(static_cast<bool>(read_agent_head(part)) == between);
  }
  CHECK(agent_batch_to_otlp("\xFF\xFF\xFF").error().code == Errc::kMalformed);
  // Known numbers with other types are unknown fields.
  CHECK(agent_batch_to_otlp(Message().varint(7, 1).bytes(5, "x").str())->empty());
}

TEST_CASE("a batch has at most so many samples", "[codec][agent]") {
  std::string samples;
  for (std::size_t i = 0; i <= kMaxAgentSamples; ++i) samples += Message().bytes(5, "").str();
  const auto result = agent_batch_to_otlp(Message().bytes(7, samples).str());
  REQUIRE_FALSE(result);
  CHECK(result.error().code == Errc::kLimitExceeded);
}

TEST_CASE("the parts of an acknowledgement are one message", "[codec][agent]") {
  CHECK(encode_agent_acknowledged(300) + encode_agent_rejected(2, "why") ==
        "\x08\xAC\x02\x10\x02\x1A\x03why");
  CHECK(encode_agent_rejected(0, "").empty());
}
