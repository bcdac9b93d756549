#include <cmath>
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
constexpr std::uint64_t kGreatest = std::numeric_limits<std::uint64_t>::max();

Decoded decode(std::string request) {
  auto decoded = decode_otlp_protobuf(Signal::kMetrics, std::move(request), kReceived);
  REQUIRE(decoded);
  return *std::move(decoded);
}

Decoded decode_every_field() { return decode(read_test_data("otlp/every_field_metrics.pb")); }

std::vector<std::uint64_t> list(std::span<const std::uint64_t> counts) {
  return {counts.begin(), counts.end()};
}

TEST_CASE("every kind of metric is decoded", "[codec][otlp]") {
  const Decoded decoded = decode_every_field();
  const auto& metrics = decoded.batch.metrics.metrics;
  REQUIRE(metrics.size() == 8);
  CHECK(decoded.total == 15);

  CHECK(metrics[0].name == "queue.length");
  CHECK(metrics[0].description == "Orders waiting");
  CHECK(metrics[0].unit == "{order}");
  CHECK(metrics[0].type == MetricType::kGauge);
  CHECK(metrics[0].metadata[0].key == "prometheus.type");

  CHECK(metrics[1].type == MetricType::kSum);
  CHECK(metrics[1].temporality == 2);
  CHECK(metrics[1].is_monotonic);
  CHECK(metrics[2].type == MetricType::kHistogram);
  CHECK(metrics[2].temporality == 1);
  CHECK_FALSE(metrics[2].is_monotonic);
  CHECK(metrics[3].type == MetricType::kExponentialHistogram);
  CHECK(metrics[3].temporality == 7);
  CHECK(metrics[4].type == MetricType::kSummary);
}

TEST_CASE("a metric without points is kept", "[codec][otlp]") {
  const Decoded decoded = decode_every_field();
  const auto& metrics = decoded.batch.metrics.metrics;
  CHECK(metrics[5].name == "no data");
  CHECK(metrics[5].type == MetricType::kNone);
  CHECK(metrics[6].name == "no points");
  CHECK(metrics[6].type == MetricType::kSum);
  CHECK(metrics[7].name.empty());
  CHECK(decoded.batch.metrics.metric.back() == 4);
}

TEST_CASE("number points are decoded", "[codec][otlp]") {
  const Decoded decoded = decode_every_field();
  const MetricColumns& points = decoded.batch.metrics;
  CHECK(points.start_time[0] == 1'763'806'500'000'000'000);
  CHECK(points.time[0] == 1'763'806'530'000'000'000);
  CHECK(points.value[0] == Value::number(0));
  CHECK(points.attributes[0][0].key == "queue");
  CHECK(points.flags[0] == 1);
  CHECK(std::isnan(points.value[1].as_double()));
  CHECK(points.value[2].kind() == ValueKind::kNone);
  CHECK(points.time_source[3] == TimeSource::kReceived);
  CHECK(points.time[3] == kReceived);
  CHECK(points.value[4] == Value::integer(std::numeric_limits<std::int64_t>::min()));
  CHECK(points.value[5] == Value::integer(std::numeric_limits<std::int64_t>::max()));
  CHECK(points.value[6] == Value::integer(0));
  CHECK(points.distribution[0] == nullptr);
}

TEST_CASE("points of before OTLP 0.9 have labels, which are attributes", "[codec][otlp]") {
  const ProtobufMessage label = ProtobufMessage().bytes(1, "region").bytes(2, "north");
  const ProtobufMessage point = ProtobufMessage().bytes(1, label).fixed64(3, 1).fixed64(4, 0);
  const ProtobufMessage points = ProtobufMessage().bytes(1, point);
  for (const std::uint32_t data : {5U, 7U, 9U, 11U}) {  // Gauge, sum, histogram, summary.
    const Decoded decoded = decode(request_of(ProtobufMessage().bytes(1, "a").bytes(data, points)));
    REQUIRE(decoded.batch.size() == 1);
    const Attributes attributes = decoded.batch.metrics.attributes[0];
    REQUIRE(attributes.size() == 1);
    CHECK(attributes[0].key == "region");
    CHECK(attributes[0].value.as_string() == "north");
  }
}

TEST_CASE("metrics of integers, which were kinds of their own before OTLP 0.9, have their values",
          "[codec][otlp]") {
  const ProtobufMessage label = ProtobufMessage().bytes(1, "region").bytes(2, "north");
  const ProtobufMessage exemplar =
      ProtobufMessage().bytes(1, label).fixed64(2, 5).fixed64(3, static_cast<std::uint64_t>(-7));
  const ProtobufMessage number = ProtobufMessage()
                                     .bytes(1, label)
                                     .fixed64(3, 9)
                                     .fixed64(4, static_cast<std::uint64_t>(-42))
                                     .bytes(5, exemplar);
  const ProtobufMessage histogram = ProtobufMessage()
                                        .bytes(1, label)
                                        .fixed64(3, 9)
                                        .fixed64(4, 2)
                                        .fixed64(5, static_cast<std::uint64_t>(-13))
                                        .fixed64(6, 2)
                                        .bytes(8, exemplar);
  const auto metric = [](std::uint32_t kind, const ProtobufMessage& point) {
    return ProtobufMessage().bytes(1, "a").bytes(
        kind, ProtobufMessage().bytes(1, point).varint(2, 2).varint(3, 1));
  };
  // A metric of today follows, whose values are read as ever.
  const ProtobufMessage today = ProtobufMessage().fixed64(3, 9).fixed64(4, 0x3ff0'0000'0000'0000);
  const Decoded decoded = decode(
      request_of(metric(4, number), metric(6, number), metric(8, histogram), metric(5, today)));
  const model::MetricColumns& points = decoded.batch.metrics;
  REQUIRE(points.size() == 4);
  CHECK(points.metrics[0].type == model::MetricType::kGauge);
  CHECK(points.metrics[0].temporality == 0);
  CHECK(points.metrics[1].type == model::MetricType::kSum);
  CHECK(points.metrics[1].temporality == 2);
  CHECK(points.metrics[1].is_monotonic);
  CHECK(points.metrics[2].type == model::MetricType::kHistogram);
  CHECK(points.value[0] == Value::integer(-42));
  CHECK(points.value[1] == Value::integer(-42));
  CHECK(points.value[3] == Value::number(1));
  REQUIRE(points.distribution[2] != nullptr);
  CHECK(points.distribution[2]->count == 2);
  CHECK(points.distribution[2]->sum == -13.0);
  for (const std::size_t row : {0, 1, 2}) {
    INFO(row);
    REQUIRE(points.attributes[row].size() == 1);
    REQUIRE(points.exemplars[row].size() == 1);
    CHECK(points.exemplars[row][0].value == Value::integer(-7));
    CHECK(points.exemplars[row][0].filtered_attributes[0].key == "region");
  }
  // Passed on as it came, readers of today would find no value in it.
  CHECK(decoded.batch.wire.empty());
}

TEST_CASE("exemplars are decoded", "[codec][otlp]") {
  const Decoded decoded = decode_every_field();
  const auto exemplars = decoded.batch.metrics.exemplars[0];
  REQUIRE(exemplars.size() == 3);
  CHECK(exemplars[0].time == 1'763'806'529'000'000'000);
  CHECK(exemplars[0].value == Value::number(-0.0));
  CHECK(to_hex(exemplars[0].trace_id) == "000102030405060708090a0b0c0d0e0f");
  CHECK(to_hex(exemplars[0].span_id) == "0102030405060708");
  CHECK(exemplars[0].filtered_attributes[0].value.as_string() == "4242");
  CHECK(exemplars[1].value == Value::integer(-1));
  CHECK(exemplars[2].value.kind() == ValueKind::kNone);
}

TEST_CASE("histogram points are decoded", "[codec][otlp]") {
  const Decoded decoded = decode_every_field();
  const Distribution& full = *decoded.batch.metrics.distribution[7];
  CHECK(full.count == kGreatest);
  CHECK(full.sum == 12.5);
  CHECK(list(full.counts) == std::vector<std::uint64_t>{1, 0, kGreatest - 1});
  REQUIRE(full.bounds.size() == 2);
  CHECK(full.bounds[0] == 0.5);
  CHECK(std::isinf(full.bounds[1]));
  CHECK(full.min == 0);
  REQUIRE(full.max);
  CHECK(std::signbit(*full.max));
  CHECK(decoded.batch.metrics.flags[7] == 4'294'967'295);

  const Distribution& sum_only = *decoded.batch.metrics.distribution[8];
  CHECK(sum_only.sum == 0);
  CHECK_FALSE(sum_only.min);
  const Distribution& bare = *decoded.batch.metrics.distribution[9];
  CHECK_FALSE(bare.sum);
  CHECK(bare.counts.empty());
}

TEST_CASE("exponential histogram points are decoded", "[codec][otlp]") {
  const Decoded decoded = decode_every_field();
  const Distribution& full = *decoded.batch.metrics.distribution[10];
  CHECK(full.count == 12);
  CHECK(std::isnan(*full.sum));
  CHECK(full.scale == -10);
  CHECK(full.zero_count == 3);
  CHECK(full.zero_threshold == 1e-128);
  CHECK(full.has_positive);
  CHECK(full.positive.offset == std::numeric_limits<std::int32_t>::min());
  CHECK(list(full.positive.counts) == std::vector<std::uint64_t>{1, 0, kGreatest});
  CHECK(full.has_negative);
  CHECK(full.negative.counts.empty());
  CHECK(full.max == 1e300);

  const Distribution& bare = *decoded.batch.metrics.distribution[12];
  CHECK_FALSE(bare.has_positive);
  CHECK_FALSE(bare.has_negative);
}

TEST_CASE("summary points are decoded, and always have a sum", "[codec][otlp]") {
  const Decoded decoded = decode_every_field();
  const Distribution& full = *decoded.batch.metrics.distribution[13];
  CHECK(full.count == 100);
  CHECK(full.sum == 5.5);
  REQUIRE(full.quantiles.size() == 3);
  CHECK(full.quantiles[0].quantile == 0.5);
  CHECK(full.quantiles[0].value == 0.02);
  CHECK(std::isnan(full.quantiles[1].value));

  const std::string point = ProtobufMessage().fixed64(3, 1);
  const std::string metric = ProtobufMessage().bytes(11, ProtobufMessage().bytes(1, point));
  CHECK(decode(request_of(metric)).batch.metrics.distribution[0]->sum == 0);
}

TEST_CASE("repeated numbers may be packed, single, or both", "[codec][otlp]") {
  const std::string packed = ProtobufMessage().raw("\3\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0"sv);
  const std::string point =
      ProtobufMessage().fixed64(6, 1).fixed64(6, 2).bytes(6, packed).bytes(6, ""sv).fixed64(6, 5);
  const std::string metric = ProtobufMessage().bytes(9, ProtobufMessage().bytes(1, point));
  const Decoded decoded = decode(request_of(metric));
  CHECK(list(decoded.batch.metrics.distribution[0]->counts) ==
        std::vector<std::uint64_t>{1, 2, 3, 4, 5});

  const std::string buckets = ProtobufMessage().varint(2, 1).bytes(2, "\2\xac\2"sv).varint(2, 7);
  const std::string exponential =
      ProtobufMessage().bytes(10, ProtobufMessage().bytes(1, ProtobufMessage().bytes(8, buckets)));
  const Decoded other = decode(request_of(exponential));
  CHECK(list(other.batch.metrics.distribution[0]->positive.counts) ==
        std::vector<std::uint64_t>{1, 2, 300, 7});
}

TEST_CASE("of two kinds of data in a metric the last counts", "[codec][otlp]") {
  const std::string points = ProtobufMessage().bytes(1, ""sv).bytes(1, ""sv);
  const std::string metric = ProtobufMessage()
                                 .bytes(5, points)
                                 .bytes(1, "name"sv)
                                 .bytes(7, ProtobufMessage().bytes(1, ""sv).varint(3, 1));
  const Decoded decoded = decode(request_of(metric));
  CHECK(decoded.batch.size() == 1);
  CHECK(decoded.batch.metrics.metrics[0].type == MetricType::kSum);
  CHECK(decoded.batch.metrics.metrics[0].is_monotonic);
}

}  // namespace
}  // namespace obs::codec
