#include <limits>

#include <catch2/catch.hpp>

#include "libobs/codec/otlp.h"
#include "tests/unit/codec/protobuf_message.h"
#include "tests/unit/codec/test_data.h"

namespace obs::codec {
namespace {

using namespace obs::model;
using namespace std::literals;

constexpr Timestamp kReceived = 1'763'806'600'000'000'000;
constexpr Timestamp kGreatest = std::numeric_limits<Timestamp>::max();

Decoded decode(std::string request) {
  auto decoded = decode_otlp_protobuf(Signal::kSpans, std::move(request), kReceived);
  REQUIRE(decoded);
  return *std::move(decoded);
}

TEST_CASE("every field of a span is decoded", "[codec][otlp]") {
  const Decoded decoded = decode(read_test_data("otlp/every_field_spans.pb"));
  const SpanColumns& spans = decoded.batch.spans;
  REQUIRE(spans.size() == 5);
  CHECK(to_hex(spans.trace_id[0]) == "000102030405060708090a0b0c0d0e0f");
  CHECK(to_hex(spans.span_id[0]) == "0102030405060708");
  CHECK(to_hex(spans.parent_span_id[0]) == "0807060504030201");
  CHECK(spans.trace_state[0] == "ot=th:8");
  CHECK(spans.name[0] == "POST /pay");
  CHECK(spans.kind[0] == 2);
  CHECK(spans.time[0] == 1'763'806'530'000'000'000);
  CHECK(spans.duration[0] == 1'250'000);
  CHECK(find_attribute(spans.attributes[0], "http.route")->as_string() == "/pay");
  CHECK(spans.dropped_attributes_count[0] == 1);
  CHECK(spans.dropped_events_count[0] == 3);
  CHECK(spans.dropped_links_count[0] == 5);
  CHECK(spans.status_code[0] == 2);
  CHECK(spans.status_message[0] == "card declined");
  CHECK(spans.flags[0] == 257);
}

TEST_CASE("the events and links of a span are decoded", "[codec][otlp]") {
  const Decoded decoded = decode(read_test_data("otlp/every_field_spans.pb"));
  const SpanColumns& spans = decoded.batch.spans;
  REQUIRE(spans.events[0].size() == 2);
  const SpanEvent& event = spans.events[0][0];
  CHECK(event.time == 1'763'806'530'000'600'000);
  CHECK(event.name == "exception");
  CHECK(event.attributes.size() == 2);
  CHECK(find_attribute(event.attributes, "frames")->as_array()[1].as_int() == 2);
  CHECK(event.dropped_attributes_count == 2);
  CHECK(spans.events[0][1].time == 0);
  CHECK(spans.events[1].empty());

  REQUIRE(spans.links[0].size() == 2);
  const SpanLink& link = spans.links[0][0];
  CHECK(to_hex(link.trace_id) == "0f0e0d0c0b0a09080706050403020101");
  CHECK(to_hex(link.span_id) == "1112131415161718");
  CHECK(link.trace_state == "a=b");
  CHECK(link.attributes.size() == 1);
  CHECK(link.dropped_attributes_count == 4);
  CHECK(link.flags == 769);
  CHECK(spans.links[0][1].trace_id.is_zero());
}

TEST_CASE("a span keeps the numbers it was sent, known or not", "[codec][otlp]") {
  const Decoded decoded = decode(read_test_data("otlp/every_field_spans.pb"));
  const SpanColumns& spans = decoded.batch.spans;
  CHECK(spans.kind[2] == 17);
  CHECK(spans.status_code[2] == 9);
  CHECK(spans.duration[2] == -600);
}

TEST_CASE("a span without a start is timed by us and keeps its end", "[codec][otlp]") {
  const Decoded decoded = decode(read_test_data("otlp/every_field_spans.pb"));
  const SpanColumns& spans = decoded.batch.spans;
  CHECK(spans.time_source[0] == TimeSource::kSender);
  CHECK(spans.time_source[3] == TimeSource::kReceived);
  CHECK(spans.time[3] == kReceived);
  CHECK(spans.duration[3] == kGreatest);
  CHECK(spans.duration[4] == -kGreatest);
}

}  // namespace
}  // namespace obs::codec
