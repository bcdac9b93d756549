// What strangers send: cut short, lying about lengths, nested without end, or wrong in one record.

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

Result<Decoded, ParseError> decode(Signal signal, std::string request) {
  return decode_otlp_protobuf(signal, std::move(request), kReceived);
}

ParseError error_of(std::string request, Signal signal = Signal::kLogs) {
  auto decoded = decode(signal, std::move(request));
  REQUIRE_FALSE(decoded);
  return decoded.error();
}

Decoded decode_good(Signal signal, std::string request) {
  auto decoded = decode(signal, std::move(request));
  REQUIRE(decoded);
  return *std::move(decoded);
}

TEST_CASE("a request cut anywhere is malformed, or a valid shorter one", "[codec][otlp]") {
  const auto [signal, file] = GENERATE(table<Signal, const char*>({
      {Signal::kLogs, "otlp/every_field_logs.pb"},
      {Signal::kLogs, "otlp/events.pb"},
      {Signal::kSpans, "otlp/every_field_spans.pb"},
      {Signal::kMetrics, "otlp/every_field_metrics.pb"},
      {Signal::kMetrics, "otlp/metrics.pb"},
  }));
  const std::string whole = read_test_data(file);
  const auto records = decode_good(signal, whole).total;
  std::size_t valid = 0;
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    auto decoded = decode(signal, whole.substr(0, cut));
    if (decoded) {
      ++valid;
      CHECK(decoded->total < records);
    } else {
      CHECK(decoded.error().code == Errc::kMalformed);
      CHECK(decoded.error().offset <= cut);
    }
  }
  CHECK(valid <= 2);  // Nothing at all, and what ends with a resource.
}

TEST_CASE("every byte of a request may be anything", "[codec][otlp]") {
  const auto [signal, file] = GENERATE(table<Signal, const char*>({
      {Signal::kLogs, "otlp/every_field_logs.pb"},
      {Signal::kSpans, "otlp/every_field_spans.pb"},
      {Signal::kMetrics, "otlp/every_field_metrics.pb"},
  }));
  const std::string whole = read_test_data(file);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const char byte : {'\0', '\1', '\x7f', '\x80', '\xff', static_cast<char>(~whole[at])}) {
      std::string damaged = whole;
      damaged[at] = byte;
      auto decoded = decode(signal, damaged);
      if (decoded) {
        CHECK(decoded->batch.size() + decoded->rejected.count == decoded->total);
      } else {
        CHECK(decoded.error().offset <= whole.size());
      }
    }
  }
}

TEST_CASE("malformed requests are refused at the field that is wrong", "[codec][otlp]") {
  const auto [request, offset, what] = GENERATE(table<std::string, std::size_t, std::string_view>({
      {"\x0a"s, 0, "field runs past the end of its message"},
      {"\x0a\x05"s, 0, "field runs past the end of its message"},
      {"\x0a\x05xx"s, 0, "field runs past the end of its message"},
      {"\x0a\x00\x0a\x7f"s, 2, "field runs past the end of its message"},
      {"\x0a\xff\xff\xff\xff\x0f"s, 0, "field runs past the end of its message"},
      {"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"s, 0,
       "field runs past the end of its message"},
      {"\x0a\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"s, 0, "number longer than 10 bytes"},
      {"\x0b"s, 0, "unknown wire type"},
      {"\x0a\x00\x0e"s, 2, "unknown wire type"},
      {"\x02\x00"s, 0, "field number is 0 or reserved"},
      {"\x0a\x02\x12\x05"s, 2, "field runs past the end of its message"},
      {"\x0a\x04\x12\x02\x12\x01"s, 4, "field runs past the end of its message"},
  }));
  const ParseError error = error_of(request);
  CHECK(error.code == Errc::kMalformed);
  CHECK(error.offset == offset);
  CHECK(error.what == what);
}

TEST_CASE("the offset of damage deep in a request counts from its front", "[codec][otlp]") {
  const std::string record = ProtobufMessage().bytes(3, "INFO"sv).raw("\x0e"sv);
  const std::string request = request_of(ProtobufMessage().fixed64(1, 5).str(), record);
  const ParseError error = error_of(request);
  CHECK(error.offset == request.size() - 1);
  CHECK(error.what == "unknown wire type");
}

TEST_CASE("packed numbers that do not come out even are malformed", "[codec][otlp]") {
  const std::string point = ProtobufMessage().bytes(6, "1234567"sv);
  const std::string metric = ProtobufMessage().bytes(9, ProtobufMessage().bytes(1, point));
  const ParseError error = error_of(request_of(metric), Signal::kMetrics);
  CHECK(error.what == "packed field is not a whole number of values");
}

std::string nested_arrays(int depth) {
  std::string value = ProtobufMessage().varint(3, 1);
  for (int i = 1; i < depth; ++i) {
    value = ProtobufMessage().bytes(5, ProtobufMessage().bytes(1, value));
  }
  return value;
}

std::string nested_maps(int depth) {
  std::string value = ProtobufMessage().varint(3, 1);
  for (int i = 1; i < depth; ++i) {
    const std::string entry = ProtobufMessage().bytes(1, "k"sv).bytes(2, value);
    value = ProtobufMessage().bytes(6, ProtobufMessage().bytes(1, entry));
  }
  return value;
}

TEST_CASE("values nested 64 deep are kept, deeper ones cost their record", "[codec][otlp]") {
  const auto nested = GENERATE(&nested_arrays, &nested_maps);
  const auto [depth, kept] = GENERATE(table<int, bool>(
      {{1, true}, {2, true}, {63, true}, {64, true}, {65, false}, {66, false}, {5000, false}}));
  const std::string neighbour = ProtobufMessage().bytes(3, "neighbour"sv);
  const std::string body = ProtobufMessage().bytes(5, nested(depth));
  const std::string attribute =
      ProtobufMessage().bytes(6, ProtobufMessage().bytes(2, nested(depth)));
  const Decoded decoded = decode_good(Signal::kLogs, request_of(body, neighbour, attribute));
  CHECK(decoded.total == 3);
  CHECK(decoded.batch.size() == (kept ? 3 : 1));
  CHECK(decoded.rejected.message(3) ==
        (kept ? ""
              : "2 of 3 records refused: #0: values nested deeper than 64; "
                "#2: values nested deeper than 64"));
}

// A record with one field, and why it is refused.
struct BadRecord {
  Signal signal;
  std::string record;
  std::string_view reason;
};

constexpr std::uint64_t kBeyond2262 = std::uint64_t{1} << 63;

std::string metric_of(std::uint32_t kind, const std::string& point) {
  return ProtobufMessage().bytes(kind, ProtobufMessage().bytes(1, point));
}

std::vector<BadRecord> bad_records() {
  const auto id = [](std::uint32_t field, std::size_t size) {
    return ProtobufMessage().bytes(field, std::string(size, '\1')).str();
  };
  const auto time = [](std::uint32_t field) {
    return ProtobufMessage().fixed64(field, kBeyond2262).str();
  };
  const auto in = [](std::uint32_t field, const std::string& message) {
    return ProtobufMessage().bytes(field, message).str();
  };
  using enum Signal;
  return {
      {kLogs, id(9, 15), "trace_id is not 16 bytes"},
      {kLogs, id(9, 17), "trace_id is not 16 bytes"},
      {kLogs, id(10, 7), "span_id is not 8 bytes"},
      {kLogs, time(1), "time_unix_nano is beyond the year 2262"},
      {kLogs, time(11), "observed_time_unix_nano is beyond the year 2262"},
      {kSpans, id(1, 32), "trace_id is not 16 bytes"},
      {kSpans, id(2, 16), "span_id is not 8 bytes"},
      {kSpans, id(4, 1), "parent_span_id is not 8 bytes"},
      {kSpans, time(7), "start_time_unix_nano is beyond the year 2262"},
      {kSpans, time(8), "end_time_unix_nano is beyond the year 2262"},
      {kSpans, in(11, time(1)), "time of a span event is beyond the year 2262"},
      {kSpans, in(13, id(1, 8)), "trace_id of a link is not 16 bytes"},
      {kSpans, in(13, id(2, 16)), "span_id of a link is not 8 bytes"},
      {kMetrics, metric_of(5, time(2)), "start_time_unix_nano is beyond the year 2262"},
      {kMetrics, metric_of(7, time(3)), "time_unix_nano is beyond the year 2262"},
      {kMetrics, metric_of(9, in(8, time(2))), "time of an exemplar is beyond the year 2262"},
      {kMetrics, metric_of(10, in(11, id(5, 4))), "trace_id of an exemplar is not 16 bytes"},
      {kMetrics, metric_of(5, in(5, id(4, 4))), "span_id of an exemplar is not 8 bytes"},
      {kMetrics, metric_of(11, time(3)), "time_unix_nano is beyond the year 2262"},
  };
}

TEST_CASE("a bad id or time costs its record and no other", "[codec][otlp]") {
  const BadRecord bad = GENERATE(from_range(bad_records()));
  const std::string good = bad.signal == Signal::kMetrics ? metric_of(5, "") : "";
  const Decoded decoded = decode_good(bad.signal, request_of(good, bad.record, good));
  CHECK(decoded.total == 3);
  CHECK(decoded.batch.size() == 2);
  REQUIRE(decoded.rejected.count == 1);
  CHECK(decoded.rejected.first[0].index == 1);
  CHECK(decoded.rejected.first[0].reason == bad.reason);
  CHECK(decoded.batch.wire.empty());
  CHECK(decoded.batch.metrics.metrics.size() == (bad.signal == Signal::kMetrics ? 2 : 0));
}

TEST_CASE("an empty id and one of zeros are no id", "[codec][otlp]") {
  const std::string request = request_of(
      ProtobufMessage().bytes(9, ""sv).bytes(10, ""sv).str(),
      ProtobufMessage().bytes(9, std::string(16, '\0')).bytes(10, std::string(8, '\0')).str());
  const Decoded decoded = decode_good(Signal::kLogs, request);
  REQUIRE(decoded.batch.size() == 2);
  CHECK(decoded.batch.logs.trace_id[0].is_zero());
  CHECK(decoded.batch.logs.span_id[1].is_zero());
  CHECK(decoded.batch.wire == request);
}

TEST_CASE("what is wrong with a resource, scope or metric costs the records in it",
          "[codec][otlp]") {
  const std::string deep = ProtobufMessage().bytes(2, nested_arrays(65));
  const std::string bad_resource = ProtobufMessage().bytes(1, deep);
  const std::string bad_scope = ProtobufMessage().bytes(3, deep);
  const std::string good_records = ProtobufMessage().bytes(2, ""sv).bytes(2, ""sv);
  const std::string bad_records = ProtobufMessage().bytes(1, bad_scope).raw(good_records);
  const std::string request =
      ProtobufMessage()
          .bytes(1, ProtobufMessage().bytes(1, bad_resource).bytes(2, good_records))
          .bytes(1, ProtobufMessage().bytes(2, bad_records).bytes(2, good_records));
  const Decoded decoded = decode_good(Signal::kLogs, request);
  CHECK(decoded.total == 6);
  CHECK(decoded.rejected.count == 4);
  CHECK(decoded.rejected.first[3].index == 3);
  CHECK(decoded.batch.size() == 2);
  CHECK(decoded.batch.resources.size() == 1);
  CHECK(decoded.batch.scopes.size() == 1);

  const std::string metric = ProtobufMessage().bytes(12, deep).raw(metric_of(5, ""));
  const Decoded metrics = decode_good(Signal::kMetrics, request_of(metric, metric_of(5, "")));
  CHECK(metrics.rejected.count == 1);
  CHECK(metrics.batch.metrics.metrics.size() == 1);
}

TEST_CASE("the sender is told the first few rejections and the number", "[codec][otlp]") {
  Rejected rejected;
  CHECK(rejected.message(9).empty());
  rejected.add(3, "trace_id is not 16 bytes");
  CHECK(rejected.message(100) == "1 of 100 records refused: #3: trace_id is not 16 bytes");
  for (std::uint64_t i = 4; i < 10; ++i) rejected.add(i, "x");
  CHECK(rejected.message(100) ==
        "7 of 100 records refused: #3: trace_id is not 16 bytes; #4: x; #5: x; #6: x; #7: x; "
        "and 2 more");
}

TEST_CASE("tiny items cannot be blown up without bound", "[codec][otlp]") {
  const auto repeated = [](std::string_view item, std::size_t count) {
    std::string items;
    for (std::size_t i = 0; i < count; ++i) items.append(item);
    return items;
  };
  constexpr std::size_t kMany = 2'000'000;
  const std::string empty_records = repeated("\x12\x00"sv, kMany);
  const ParseError error =
      error_of(ProtobufMessage().bytes(1, ProtobufMessage().bytes(2, empty_records)));
  CHECK(error.code == Errc::kLimitExceeded);

  const std::string resources = repeated("\x0a\x04\x12\x02\x12\x00"sv, kMany);
  CHECK(error_of(resources).code == Errc::kLimitExceeded);
  CHECK(error_of(resources, Signal::kMetrics).code == Errc::kLimitExceeded);

  const Decoded few = decode_good(
      Signal::kLogs,
      ProtobufMessage().bytes(1, ProtobufMessage().bytes(2, repeated("\x12\x00"sv, 100'000))));
  CHECK(few.batch.size() == 100'000);
}

TEST_CASE("a record of a million attributes is refused, and its neighbours kept", "[codec][otlp]") {
  std::string attributes;
  for (int i = 0; i < 1'100'000; ++i) attributes.append("\x32\x00"sv);
  const Decoded decoded = decode_good(Signal::kLogs, request_of(std::string(), attributes));
  CHECK(decoded.batch.size() == 1);
  REQUIRE(decoded.rejected.count == 1);
  CHECK(decoded.rejected.first[0].reason == "more than 1048576 values in one record");
}

}  // namespace
}  // namespace obs::codec
