// What the decoder says of the series of points: equal hashes only where all that makes a series is
// equal.

#include <string>
#include <string_view>

#include <catch2/catch.hpp>

#include "libobs/codec/otlp.h"
#include "tests/unit/codec/protobuf_message.h"

namespace obs::codec {
namespace {

using namespace std::literals;
using Message = ProtobufMessage;

Message attribute(std::string_view key, std::string_view value) {
  return Message().bytes(1, key).bytes(2, Message().bytes(1, value));
}

Message resource(std::string_view host) { return Message().bytes(1, attribute("host.name", host)); }

// A point's value and time make no difference, so each point here has others.
std::uint64_t next_number() {
  static std::uint64_t number = 1'795'348'800'000'000'000;
  return ++number;
}

Message point_of(std::string_view attributes) {
  return Message().fixed64(3, next_number()).fixed64(4, next_number()).raw(attributes);
}

std::string attributes_of(std::string_view handler, std::string_view method) {
  return Message().bytes(7, attribute("handler", handler)).bytes(7, attribute("method", method));
}

Message sum_of(const Message& point, std::uint64_t temporality = 2, std::uint64_t monotonic = 1) {
  return Message().bytes(1, point).varint(2, temporality).varint(3, monotonic);
}

Message metric_of(std::string_view name, const Message& sum) {
  return Message().bytes(1, name).bytes(2, "described").bytes(3, "By").bytes(7, sum);
}

std::string request_with(const Message& resource, const Message& metric,
                         std::string_view scope = "meter") {
  const Message metrics =
      Message().bytes(1, Message().bytes(1, scope)).bytes(2, metric).bytes(3, "");
  return Message().bytes(1, Message().bytes(1, resource).bytes(2, metrics));
}

Hash128 hash_of(std::string request) {
  auto decoded = decode_otlp_protobuf(model::Signal::kMetrics, std::move(request), 1);
  REQUIRE(decoded);
  const model::MetricColumns& points = decoded->batch.metrics;
  REQUIRE(points.size() == 1);
  REQUIRE(points.series.size() == 1);
  return points.series[0];
}

Hash128 hash_of(const Message& metric) { return hash_of(request_with(resource("web-1"), metric)); }

std::string plain_attributes() { return attributes_of("/pay", "GET"); }
Hash128 plain_hash() { return hash_of(metric_of("calls", sum_of(point_of(plain_attributes())))); }

TEST_CASE("points of the same series have the same hash, whatever their times and values are",
          "[codec][otlp][series]") {
  CHECK(plain_hash() == plain_hash());
  // Wherever they stand in a request.
  const Message both = sum_of(point_of(plain_attributes()));
  const Message metric = metric_of("calls", both);
  const Message metrics = Message().bytes(1, Message().bytes(1, "meter")).bytes(2, metric);
  const std::string request =
      Message()
          .bytes(1, Message().bytes(1, resource("web-2")).bytes(2, metrics))
          .bytes(1, Message().bytes(1, resource("web-1")).bytes(2, metrics));
  auto decoded = decode_otlp_protobuf(model::Signal::kMetrics, std::string(request), 1);
  REQUIRE(decoded);
  REQUIRE(decoded->batch.metrics.series.size() == 2);
  CHECK(decoded->batch.metrics.series[1] == plain_hash());
  CHECK(decoded->batch.metrics.series[0] != plain_hash());
}

TEST_CASE("each thing that makes a series changes its hash", "[codec][otlp][series]") {
  const Message point = point_of(plain_attributes());
  const auto gauge = [&] {
    return Message()
        .bytes(1, "calls")
        .bytes(2, "described")
        .bytes(3, "By")
        .bytes(5, Message().bytes(1, point));
  };
  const Message plain = metric_of("calls", sum_of(point));
  const Hash128 others[] = {
      hash_of(metric_of("call", sum_of(point))),
      hash_of(metric_of("calls", sum_of(point, 1))),
      hash_of(metric_of("calls", sum_of(point, 2, 0))),
      hash_of(gauge()),
      hash_of(Message(plain).bytes(12, attribute("prometheus.type", "counter"))),
      hash_of(metric_of("calls", sum_of(point_of(attributes_of("/pay", "PUT"))))),
      hash_of(metric_of("calls", sum_of(point_of(attributes_of("/paid", "GET"))))),
      hash_of(metric_of("calls", sum_of(point_of("")))),
      hash_of(request_with(resource("web-2"), plain)),
      hash_of(request_with(resource("web-1"), plain, "other")),
  };
  for (std::size_t i = 0; i < std::size(others); ++i) {
    INFO(i);
    CHECK(others[i] != plain_hash());
    for (std::size_t j = 0; j < i; ++j) CHECK(others[i] != others[j]);
  }
}

TEST_CASE("attributes whose bytes are cut elsewhere are others", "[codec][otlp][series]") {
  // The second attribute, or a field of the first one that nobody knows.
  const Message first = attribute("a", "b");
  const Message second = attribute("c", "d");
  const std::string two = Message().bytes(7, first).bytes(7, second);
  const std::string one = Message().bytes(7, Message(first).bytes(7, second));
  CHECK(hash_of(metric_of("calls", sum_of(point_of(two)))) !=
        hash_of(metric_of("calls", sum_of(point_of(one)))));
}

TEST_CASE("points that are refused leave no hash behind", "[codec][otlp][series]") {
  const Message bad = Message().fixed64(3, ~std::uint64_t{0}).raw(plain_attributes());
  const Message sum = Message().bytes(1, bad).bytes(1, point_of(plain_attributes())).varint(2, 2);
  auto decoded = decode_otlp_protobuf(model::Signal::kMetrics,
                                      request_with(resource("web-1"), metric_of("calls", sum)), 1);
  REQUIRE(decoded);
  CHECK(decoded->batch.metrics.size() == 1);
  CHECK(decoded->batch.metrics.series.size() == 1);
}

}  // namespace
}  // namespace obs::codec
