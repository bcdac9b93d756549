#include "libobs/codec/remote_write.h"

#include <cmath>

#include <catch2/catch.hpp>

#include "libobs/codec/native_histogram.h"
#include "tests/unit/codec/remote_write_message.h"

namespace obs::codec {
namespace {

using namespace std::literals;
using Catch::Matchers::Contains;
using model::MetricType;
using enum RemoteWriteVersion;

constexpr Timestamp kReceived = kTestTime + kSecond;
const double kStale = std::bit_cast<double>(kStalenessBits);

RemoteWrite decode(RemoteWriteVersion version, std::string body,
                   const MetadataTablePtr& known = nullptr) {
  auto decoded = decode_remote_write(version, std::move(body), kReceived, known);
  REQUIRE(decoded);
  return std::move(*decoded);
}

// "name{a=b,…} service/instance type", of each point.
std::string describe(const model::Batch& batch, std::size_t row) {
  const model::MetricColumns& points = batch.metrics;
  const model::Metric& metric = points.metrics[points.metric[row]];
  const model::Resource& resource = batch.resources[batch.scopes[metric.scope].resource];
  std::string text(metric.name);
  text += '{';
  for (const auto& [key, value] : points.attributes[row]) {
    if (text.back() != '{') text += ',';
    text += std::string(key) + "=" + std::string(value.as_string());
  }
  text += "} " + std::string(resource.service) + "/";
  if (const auto* id = model::find_attribute(resource.attributes, "service.instance.id")) {
    text += id->as_string();
  }
  text += " " + std::string(model::to_string(metric.type));
  if (metric.is_monotonic) text += " monotonic";
  return text;
}

std::string said_type(const model::Batch& batch, std::size_t row) {
  const model::Metric& metric = batch.metrics.metrics[batch.metrics.metric[row]];
  const model::Value* type = model::find_attribute(metric.metadata, kPrometheusTypeKey);
  return type == nullptr ? "" : std::string(type->as_string());
}

const LabelList kUp = {{"__name__", "up"}, {"instance", "a:1"}, {"job", "node"}};

}  // namespace

TEST_CASE("a series keeps its name and its labels, sorted or not", "[codec][remote_write]") {
  struct Case {
    LabelList labels;
    const char* point;
  };
  for (const Case& c : {
           Case{kUp, "up{} node/a:1 gauge"},
           Case{{{"zone", "b"}, {"__name__", "up"}, {"cpu", "0"}}, "up{cpu=0,zone=b} / gauge"},
           Case{{{"__name__", "resource cpu.usage"}, {"job name", "x\ny"}},
                "resource cpu.usage{job name=x\ny} / gauge"},
           Case{{{"__name__", "_a__b:c_"}, {"_x", "1"}, {"é", "ü"}}, "_a__b:c_{_x=1,é=ü} / gauge"},
           Case{{{"__name__", "up"}, {"empty", ""}}, "up{} / gauge"},
       }) {
    CAPTURE(c.point);
    const auto one = decode(kV1, RequestV1().series(SeriesV1(c.labels).sample(1.5)).str());
    const auto two = decode(kV2, RequestV2().series(c.labels, RequestV2::sample(1.5)).str());
    for (const RemoteWrite* write : {&one, &two}) {
      const model::Batch& batch = write->decoded.batch;
      REQUIRE(batch.size() == 1);
      CHECK(describe(batch, 0) == c.point);
      CHECK(batch.metrics.time[0] == kTestTime);
      CHECK(batch.metrics.value[0] == model::Value::number(1.5));
      CHECK(write->decoded.rejected.count == 0);
      CHECK(write->decoded.total == 1);
    }
  }
}

TEST_CASE("a series that cannot be kept is told, and its neighbours stay",
          "[codec][remote_write]") {
  struct Case {
    LabelList labels;
    const char* why;
  };
  for (const Case& c : {
           Case{{{"job", "x"}}, "a series has no __name__"},
           Case{{}, "a series has no __name__"},
           Case{{{"__name__", ""}}, "a series has no __name__"},
           Case{{{"__name__", "up"}, {"", "x"}}, "a label has no name"},
           Case{{{"__name__", "up"}, {"a", "1"}, {"a", "2"}}, "a label is there twice"},
           Case{{{"__name__", "up"}, {"a", "1"}, {"b", "1"}, {"a", "1"}}, "a label is there twice"},
           Case{{{"__name__", "up"}, {"job", "1"}, {"job", "2"}}, "a label is there twice"},
           Case{{{"__name__", "up"}, {"a", "\xff"}}, "a label is not UTF-8"},
           Case{{{"__name__", "up\xc3"}}, "a label is not UTF-8"},
       }) {
    CAPTURE(c.why);
    const auto one = decode(
        kV1,
        RequestV1().series(SeriesV1(kUp).sample(1)).series(SeriesV1(c.labels).sample(1)).str());
    const auto two = decode(
        kV2,
        RequestV2().series(kUp, RequestV2::sample(1)).series(c.labels, RequestV2::sample(1)).str());
    for (const RemoteWrite* write : {&one, &two}) {
      CHECK(write->decoded.batch.size() == 1);
      CHECK(write->decoded.total == 2);
      REQUIRE(write->decoded.rejected.count == 1);
      CHECK(write->decoded.rejected.first[0].index == 1);
      CHECK(write->decoded.rejected.first[0].reason == c.why);
    }
  }
}

TEST_CASE("values keep their bits; the staleness marker is a point without a value",
          "[codec][remote_write]") {
  for (const double value : {0.0, -0.0, 1e308, 5e-324, HUGE_VAL, -HUGE_VAL, std::nan("")}) {
    const auto write = decode(kV1, RequestV1().series(SeriesV1(kUp).sample(value)).str());
    CHECK(write.decoded.batch.metrics.value[0] == model::Value::number(value));
    CHECK(write.decoded.batch.metrics.flags[0] == 0);
  }
  const auto write = decode(kV2, RequestV2().series(kUp, RequestV2::sample(kStale)).str());
  CHECK(write.decoded.batch.metrics.value[0].kind() == model::ValueKind::kNone);
  CHECK(write.decoded.batch.metrics.flags[0] == 1);
  CHECK(count_written(write.decoded.batch.metrics).samples == 1);
}

TEST_CASE("times that cannot be held or have not come yet are refused", "[codec][remote_write]") {
  struct Case {
    std::int64_t ms;
    const char* why;
  };
  for (const Case& c : {
           Case{kTestMs - 100 * 86'400'000LL, ""},
           Case{-1, ""},
           Case{kTestMs + 600'000, ""},
           Case{kTestMs + 602'000, "a timestamp is more than 10 minutes ahead of our clock"},
           Case{0, "a timestamp is 0, which OTLP cannot tell from none"},
           Case{INT64_MAX, "a timestamp is not between the years 1677 and 2262"},
           Case{INT64_MIN, "a timestamp is not between the years 1677 and 2262"},
       }) {
    CAPTURE(c.ms);
    const auto write = decode(kV1, RequestV1().series(SeriesV1(kUp).sample(1, c.ms)).str());
    CHECK(write.decoded.rejected.count == (*c.why == '\0' ? 0 : 1));
    if (*c.why != '\0') CHECK(write.decoded.rejected.first[0].reason == c.why);
  }
}

TEST_CASE("types, units and help become the metric's, in both versions", "[codec][remote_write]") {
  struct Case {
    std::uint32_t type;
    const char* name;
    const char* point;
    const char* said;
  };
  for (const Case& c : {
           Case{0, "a", "a{} / gauge", "unknown"},
           Case{1, "a_total", "a_total{} / sum monotonic", "counter"},
           Case{1, "a", "a{} / sum", "counter"},
           Case{2, "a", "a{} / gauge", "gauge"},
           Case{3, "a_bucket", "a_bucket{} / sum", "histogram"},
           Case{5, "a_sum", "a_sum{} / sum", "summary"},
           Case{5, "a", "a{} / gauge", "summary"},
           Case{6, "a_info", "a_info{} / sum", "info"},
           Case{7, "a", "a{} / sum", "stateset"},
           Case{4, "a_gcount", "a_gcount{} / gauge", "gaugehistogram"},
           Case{99, "a", "a{} / gauge", "unknown"},
       }) {
    CAPTURE(c.name, c.type);
    RequestV2 request;
    const std::string metadata = request.metadata(c.type, "It helps.", "seconds");
    request.series({{"__name__", c.name}}, RequestV2::sample(1) + metadata);
    const auto two = decode(kV2, request.str());
    const auto one = decode(kV1, RequestV1()
                                     .series(SeriesV1(LabelList{{"__name__", c.name}}).sample(1))
                                     .metadata(c.type, "a", "It helps.", "seconds")
                                     .str());
    for (const RemoteWrite* write : {&one, &two}) {
      const model::Batch& batch = write->decoded.batch;
      CHECK(describe(batch, 0) == c.point);
      CHECK(said_type(batch, 0) == c.said);
      CHECK(batch.metrics.metrics[0].unit == "seconds");
      CHECK(batch.metrics.metrics[0].description == "It helps.");
    }
  }
}

TEST_CASE("what version 1 said of a metric before still counts", "[codec][remote_write]") {
  auto first = decode(kV1, RequestV1().metadata(1, "http_requests_total", "Requests.", "").str());
  CHECK(first.decoded.batch.size() == 0);
  REQUIRE(first.metadata.size() == 1);
  const auto known = std::make_shared<const MetadataTable>(std::move(first.metadata));
  const auto second = decode(
      kV1,
      RequestV1().series(SeriesV1(LabelList{{"__name__", "http_requests_total"}}).sample(1)).str(),
      known);
  CHECK(said_type(second.decoded.batch, 0) == "counter");
  CHECK(second.decoded.batch.metrics.metrics[0].description == "Requests.");
}

TEST_CASE("starts are kept: of a sample, or of a series", "[codec][remote_write]") {
  const auto own =
      decode(kV2, RequestV2().series(kUp, RequestV2::sample(1, kTestMs, kTestMs - 5)).str());
  CHECK(own.decoded.batch.metrics.start_time[0] == kTestTime - 5 * kMillisecond);
  const std::string created = ProtobufMessage().varint(6, kTestMs - 7);
  const auto old = decode(kV2, RequestV2().series(kUp, RequestV2::sample(1) + created).str());
  CHECK(old.decoded.batch.metrics.start_time[0] == kTestTime - 7 * kMillisecond);
}

TEST_CASE("exemplars keep their ids as ids, and what is none as it is", "[codec][remote_write]") {
  const LabelList labels = {
      {"span_id", "span123"}, {"trace_id", "0af7651916cd43dd8448eb211c80319c"}, {"user", "测试"}};
  RequestV2 request;
  const std::string exemplar = request.exemplar(labels, 2.5);
  request.series(kUp, RequestV2::sample(1) + exemplar);
  const auto two = decode(kV2, request.str());
  const auto one =
      decode(kV1, RequestV1().series(SeriesV1(kUp).sample(1).exemplar(labels, 2.5)).str());
  for (const RemoteWrite* write : {&one, &two}) {
    REQUIRE(write->decoded.batch.metrics.exemplars[0].size() == 1);
    const model::Exemplar& kept = write->decoded.batch.metrics.exemplars[0][0];
    CHECK(to_hex(kept.trace_id) == "0af7651916cd43dd8448eb211c80319c");
    CHECK(to_hex(kept.span_id).empty());
    REQUIRE(kept.filtered_attributes.size() == 2);
    CHECK(kept.filtered_attributes[0].value.as_string() == "span123");
    CHECK(kept.filtered_attributes[1].value.as_string() == "测试");
    CHECK(kept.value == model::Value::number(2.5));
    CHECK(kept.time == kTestTime + kMillisecond);
  }
}

TEST_CASE("exemplars that come alone go to their series, or to a point that is no sample",
          "[codec][remote_write]") {
  const LabelList other = {{"__name__", "other"}};
  const auto write = decode(kV1, RequestV1()
                                     .series(SeriesV1(kUp).exemplar({{"a", "1"}}, 1))
                                     .series(SeriesV1(kUp).sample(1))
                                     .series(SeriesV1(kUp).exemplar({{"a", "2"}}, 2))
                                     .series(SeriesV1(other).exemplar({{"a", "3"}}, 3))
                                     .series(SeriesV1(other).exemplar({{"a", "4"}}, 4))
                                     .series(SeriesV1(LabelList{}).exemplar({{"a", "5"}}, 5))
                                     .str());
  const model::MetricColumns& points = write.decoded.batch.metrics;
  REQUIRE(points.size() == 2);
  CHECK(points.exemplars[0].size() == 2);
  CHECK(points.exemplars[1].size() == 2);
  CHECK(points.value[1].kind() == model::ValueKind::kNone);
  CHECK(points.flags[1] == 0);
  CHECK(points.time[1] == kTestTime + kMillisecond);
  const RemoteWritten written = count_written(points);
  CHECK(written.samples == 1);
  CHECK(written.exemplars == 4);
  CHECK(write.exemplars == 5);
  CHECK(write.decoded.rejected.count == 1);
}

TEST_CASE("native histograms become exponential ones, bucket for bucket", "[codec][remote_write]") {
  const auto message = histogram_message(23, 1.5, 3, {{0, 3}, {2, 2}}, {1, 2, 1, 3, 1});
  const auto write = decode(kV2, RequestV2().series(kUp, RequestV2::histogram(message)).str());
  const model::Batch& batch = write.decoded.batch;
  REQUIRE(batch.size() == 1);
  CHECK(describe(batch, 0) == "up{} node/a:1 exponential_histogram");
  const model::Distribution& kept = *batch.metrics.distribution[0];
  CHECK(kept.count == 23);
  CHECK(kept.sum == 1.5);
  CHECK(kept.scale == 3);
  CHECK(kept.positive.offset == -1);
  const std::vector<std::uint64_t> counts(kept.positive.counts.begin(), kept.positive.counts.end());
  CHECK(counts == std::vector<std::uint64_t>{1, 3, 4, 0, 0, 7, 8});
  CHECK_FALSE(kept.has_negative);
  CHECK(count_written(batch.metrics).histograms == 1);
}

TEST_CASE("histograms with bounds of their own become histograms", "[codec][remote_write]") {
  const auto message =
      histogram_message(30, 9, kCustomBuckets, {{1, 4}}, {3, 2, 3, 14}, {0.1, 0.5, 1, 2.5, 5, 10});
  const auto write = decode(kV1, RequestV1().series(SeriesV1(kUp).histogram(message)).str());
  REQUIRE(write.decoded.rejected.count == 1);
  const auto right =
      histogram_message(38, 9, kCustomBuckets, {{1, 4}}, {3, 2, 3, 14}, {0.1, 0.5, 1, 2.5, 5, 10});
  const auto kept = decode(kV1, RequestV1().series(SeriesV1(kUp).histogram(right)).str());
  REQUIRE(kept.decoded.batch.size() == 1);
  const model::Distribution& made = *kept.decoded.batch.metrics.distribution[0];
  const std::vector<std::uint64_t> counts(made.counts.begin(), made.counts.end());
  CHECK(counts == std::vector<std::uint64_t>{0, 3, 5, 8, 22, 0, 0});
  CHECK(made.bounds.size() == 6);
}

TEST_CASE("a histogram that contradicts itself is refused, and says why", "[codec][remote_write]") {
  struct Case {
    ProtobufMessage message;
    const char* why;
  };
  for (const Case& c : {
           Case{histogram_message(99, 1, 0, {{0, 2}}, {1, 1}), "is not the sum of its buckets"},
           Case{histogram_message(3, 1, 0, {{0, 3}}, {1, 1}), "spans do not match"},
           Case{histogram_message(3, 1, 0, {{0, 1}}, {1, 1}), "spans do not match"},
           Case{histogram_message(1, 1, 0, {{0, 2}}, {1, -2}), "negative count"},
           Case{histogram_message(2, 1, 0, {{0, 1}, {-1, 1}}, {1, 0}), "spans overlap"},
           Case{histogram_message(2, 1, 0, {{0, 1}, {2'000'000'000, 1}}, {1, 0}), "16384"},
           Case{histogram_message(0, 1, 0, {{0, 4'000'000'000}}, {}), "spans do not match"},
           Case{histogram_message(0, 1, 9, {}, {}), "schema"},
           Case{histogram_message(0, 1, kCustomBuckets, {}, {}, {2, 1}), "do not rise"},
           Case{histogram_message(1, 1, kCustomBuckets, {{3, 1}}, {1}, {2}), "spans do not"},
       }) {
    CAPTURE(c.why);
    const auto write = decode(kV2, RequestV2().series(kUp, RequestV2::histogram(c.message)).str());
    REQUIRE(write.decoded.rejected.count == 1);
    CHECK_THAT(std::string(write.decoded.rejected.first[0].reason), Contains(c.why));
  }
}

TEST_CASE("a histogram's end and whole numbers as floats are understood", "[codec][remote_write]") {
  const auto stale = decode(
      kV1,
      RequestV1().series(SeriesV1(kUp).histogram(histogram_message(0, kStale, 0, {}, {}))).str());
  REQUIRE(stale.decoded.batch.size() == 1);
  CHECK(stale.decoded.batch.metrics.flags[0] == 1);

  const auto of_floats = [](double count) {
    ProtobufMessage message;
    message.fixed64(2, std::bit_cast<std::uint64_t>(count)).fixed64(3, 0);
    message.bytes(11, ProtobufMessage().varint(1, 0).varint(2, 1));
    message.fixed64(13, std::bit_cast<std::uint64_t>(count)).varint(14, 3).varint(15, kTestMs);
    return message;
  };
  const auto whole = decode(kV1, RequestV1().series(SeriesV1(kUp).histogram(of_floats(4))).str());
  REQUIRE(whole.decoded.batch.size() == 1);
  CHECK(whole.decoded.batch.metrics.distribution[0]->count == 4);
  CHECK(said_type(whole.decoded.batch, 0) == "gaugehistogram");
  const auto half = decode(kV1, RequestV1().series(SeriesV1(kUp).histogram(of_floats(0.5))).str());
  CHECK(half.decoded.rejected.count == 1);
}

TEST_CASE("version 2 checks its references and keeps kinds apart", "[codec][remote_write]") {
  const ProtobufMessage out_of_range =
      ProtobufMessage().bytes(1, "\x01\x63"sv).raw(RequestV2::sample(1));
  const ProtobufMessage odd =
      ProtobufMessage().bytes(1, "\x01\x02\x01"sv).raw(RequestV2::sample(1));
  const auto both = RequestV2::sample(1) + RequestV2::histogram(histogram_message(0, 0, 0, {}, {}));
  struct Case {
    std::string body;
    std::uint64_t rejected;
  };
  for (const Case& c : {
           Case{RequestV2().series(kUp, RequestV2::sample(1)).raw(out_of_range).str(), 1},
           Case{RequestV2().series(kUp, RequestV2::sample(1)).raw(odd).str(), 1},
           Case{RequestV2().series(kUp, RequestV2::sample(1)).series(kUp, both).str(), 2},
       }) {
    const auto write = decode(kV2, c.body);
    CHECK(write.decoded.rejected.count == c.rejected);
    CHECK(write.decoded.batch.size() == 1);
  }
  CHECK_FALSE(
      decode_remote_write(kV2, std::string(ProtobufMessage().bytes(4, "x").str()), kReceived));
}

TEST_CASE("a request of the other version holds nothing", "[codec][remote_write]") {
  const std::string one = RequestV1().series(SeriesV1(kUp).sample(1)).str();
  const std::string two = RequestV2().series(kUp, RequestV2::sample(1)).str();
  CHECK(decode(kV2, one).decoded.total == 0);
  CHECK(decode(kV1, two).decoded.total == 0);
}

TEST_CASE("a remote write cut anywhere or with any byte changed is no crash",
          "[codec][remote_write]") {
  RequestV2 builder;
  const std::string parts = RequestV2::sample(1) + builder.exemplar({{"trace_id", "x"}}, 1) +
                            builder.metadata(1, "help", "unit");
  const std::string two = builder.series(kUp, parts).str();
  const std::string one = RequestV1()
                              .series(SeriesV1(kUp).sample(1).exemplar({{"a", "b"}}, 1))
                              .metadata(1, "up", "help", "unit")
                              .str();
  for (const auto& [version, whole] : {std::pair(kV1, one), std::pair(kV2, two)}) {
    for (std::size_t i = 0; i < whole.size(); ++i) {
      const auto cut = decode_remote_write(version, whole.substr(0, i), kReceived);
      CHECK((cut || cut.error().offset <= i));
      std::string changed = whole;
      changed[i] = static_cast<char>(changed[i] ^ 0xff);
      const auto other = decode_remote_write(version, std::move(changed), kReceived);
      CHECK((other || other.error().code != Errc::kInternal));
    }
  }
}

}  // namespace obs::codec
