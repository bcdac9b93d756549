// What Prometheus wrote is what PromQL reads: remote write through the store and SampleScan.

#include <algorithm>
#include <bit>
#include <cmath>

#include <catch2/catch.hpp>

#include "libobs/codec/remote_write.h"
#include "libobs/store/sample_scan.h"
#include "tests/unit/codec/remote_write_message.h"
#include "tests/unit/store/store_fixture.h"

namespace obs::store {
namespace {

using codec::LabelList;
using codec::RequestV2;

struct Store {
  void write(const RequestV2& request) { write(codec::RemoteWriteVersion::kV2, request.str()); }
  void write(codec::RemoteWriteVersion version, std::string request) {
    auto decoded =
        codec::decode_remote_write(version, std::move(request), codec::kTestTime + kSecond);
    REQUIRE(decoded);
    REQUIRE(decoded->decoded.rejected.count == 0);
    model::assign_id(decoded->decoded.batch);
    REQUIRE(write_and_wait(
        *writer, std::make_shared<const model::Batch>(std::move(decoded->decoded.batch))));
  }

  // All series with a sample, by their labels.
  std::vector<SampleSeries> read() {
    auto scan = SampleScan::open(system_fs(), dir / "data", {1, "", ""});
    REQUIRE(scan);
    std::vector<SampleSeries> all;
    REQUIRE((*scan)->select({}, [&](SampleSeries& series) -> Result<void> {
      all.push_back(std::move(series));
      return {};
    }));
    return all;
  }

  std::vector<ExemplarSeries> read_exemplars() {
    auto scan = SampleScan::open(system_fs(), dir / "data", {1, "", ""});
    REQUIRE(scan);
    std::vector<ExemplarSeries> all;
    REQUIRE((*scan)->exemplars({}, [&](ExemplarSeries& series) -> Result<void> {
      all.push_back(std::move(series));
      return {};
    }));
    return all;
  }

  TemporaryDir dir;
  Registry registry;
  std::unique_ptr<Writer> writer = open_writer(dir / "data", registry);
};

Labels sorted(const LabelList& labels) {
  Labels made(labels.begin(), labels.end());
  std::sort(made.begin(), made.end());
  return made;
}

// Type and unit as metadata say them, with labels; each is a series of its own.
struct Sent {
  std::uint32_t type;
  const char* unit;
  LabelList labels;
};

const std::vector<Sent> kSeries = {
    {0, "", {{"__name__", "up"}, {"instance", "a:9100"}, {"job", "node"}}},
    {0, "", {{"__name__", "up"}, {"job", "no instance"}}},
    {0, "", {{"__name__", "up"}}},
    {0, "", {{"__name__", "up"}, {"instance", "no job"}, {"service_name", "x"}}},
    {0, "", {{"__name__", "up"}, {"job", "name/space"}, {"quantile", "0.5"}}},
    {1, "seconds", {{"__name__", "node_cpu_seconds_total"}, {"cpu", "0"}, {"job", "node"}}},
    {1, "", {{"__name__", "pages"}, {"job", "node"}}},
    {3, "seconds", {{"__name__", "h_seconds_bucket"}, {"job", "node"}, {"le", "0.1"}}},
    {3, "seconds", {{"__name__", "h_seconds_bucket"}, {"job", "node"}, {"le", "+Inf"}}},
    {3, "seconds", {{"__name__", "h_seconds_count"}, {"job", "node"}}},
    {3, "seconds", {{"__name__", "h_seconds_sum"}, {"job", "node"}}},
    {5, "", {{"__name__", "rpc"}, {"job", "node"}, {"quantile", "0.99"}}},
    {6, "", {{"__name__", "build_info"}, {"job", "node"}, {"version", "a;b\n\"c\" ü"}}},
    {2, "", {{"__name__", "job:load:sum"}, {"job", "node"}, {"exported_job", "x"}}},
};

// What the derivation from OTLP's names would change.
const std::vector<Sent> kOddSeries = {
    {1, "", {{"__name__", "total_pages"}}},
    {1, "seconds", {{"__name__", "hits_total"}}},
    {2, "percent", {{"__name__", "cpu_usage"}}},
    {2, "1", {{"__name__", "share"}}},
    {0, "", {{"__name__", "_a__b:c_"}, {"_x", "1"}, {"x__y", "2"}}},
    {0, "", {{"__name__", "resource cpu.usage"}, {"host.name", "a"}, {"host_name", "b"}}},
    {0, "", {{"__name__", "9x"}, {"9y", "ü"}, {"é", "1"}}},
};

void check_round_trip(const std::vector<Sent>& series) {
  Store store;
  RequestV2 request;
  double value = 0.1;
  for (const Sent& one : series) {
    value += 1;
    request.series(one.labels, RequestV2::sample(value, codec::kTestMs, codec::kTestMs - 5000) +
                                   request.metadata(one.type, "Help.", one.unit));
  }
  store.write(request);
  for (const bool flushed : {false, true}) {
    if (flushed) REQUIRE(store.writer->flush());
    const auto read = store.read();
    CHECK(read.size() == series.size());
    value = 0.1;
    for (const Sent& one : series) {
      value += 1;
      const Labels wanted = sorted(one.labels);
      CAPTURE(one.labels.front().second, flushed);
      const auto found = std::find_if(read.begin(), read.end(),
                                      [&](const auto& held) { return held.labels == wanted; });
      REQUIRE(found != read.end());
      CHECK(found->times == std::vector<Timestamp>{codec::kTestTime});
      CHECK(found->values == std::vector<double>{value});
      CHECK(found->start_times == std::vector<Timestamp>{codec::kTestTime - 5 * kSecond});
    }
  }
}

}  // namespace

TEST_CASE("a series that Prometheus wrote has its name and its labels in the store",
          "[store][remote_write]") {
  check_round_trip(kSeries);
}

TEST_CASE("names that OTLP would change stay as Prometheus wrote them", "[store][remote_write]") {
  check_round_trip(kOddSeries);
}

TEST_CASE("values that Prometheus wrote keep their bits in the store", "[store][remote_write]") {
  const double stale = std::bit_cast<double>(kStaleBits);
  const std::vector<double> values = {0.1,      -0.0,      5e-324, 1e308,
                                      HUGE_VAL, -HUGE_VAL, stale,  1 / 3.0};
  Store store;
  RequestV2 request;
  std::string samples;
  for (std::size_t i = 0; i < values.size(); ++i) {
    samples += RequestV2::sample(values[i], codec::kTestMs + static_cast<std::int64_t>(i));
  }
  store.write(request.series({{"__name__", "x"}}, samples));
  for (const bool flushed : {false, true}) {
    if (flushed) REQUIRE(store.writer->flush());
    const auto read = store.read();
    REQUIRE(read.size() == 1);
    REQUIRE(read[0].values.size() == values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      CAPTURE(i, flushed);
      CHECK(std::bit_cast<std::uint64_t>(read[0].values[i]) ==
            std::bit_cast<std::uint64_t>(values[i]));
    }
  }
}

TEST_CASE("native histograms that Prometheus wrote keep their buckets in the store",
          "[store][remote_write]") {
  Store store;
  RequestV2 request;
  request.series({{"__name__", "h"}, {"job", "node"}},
                 RequestV2::histogram(
                     codec::histogram_message(23, 1.5, 3, {{0, 3}, {2, 2}}, {1, 2, 1, 3, 1})));
  request.series(
      {{"__name__", "c"}, {"job", "node"}},
      RequestV2::histogram(codec::histogram_message(3, 1.5, -53, {{0, 2}}, {1, 1}, {0.5, 1})));
  store.write(request);
  REQUIRE(store.writer->flush());
  const auto read = store.read();
  REQUIRE(read.size() == 2);
  REQUIRE(read[1].distributions.size() == 1);
  const model::Distribution& native = read[1].distributions[0];
  CHECK(native.scale == 3);
  CHECK(native.positive.offset == -1);
  CHECK(std::vector<std::uint64_t>(native.positive.counts.begin(), native.positive.counts.end()) ==
        std::vector<std::uint64_t>{1, 3, 4, 0, 0, 7, 8});
  REQUIRE(read[0].distributions.size() == 1);
  CHECK(std::vector<double>(read[0].distributions[0].bounds.begin(),
                            read[0].distributions[0].bounds.end()) == std::vector<double>{0.5, 1});
}

TEST_CASE("version 1 of remote write comes back as it was sent", "[store][remote_write]") {
  Store store;
  codec::RequestV1 request;
  request.metadata(1, "hits", "Hits.", "");
  const LabelList labels = {{"__name__", "hits_total"}, {"_x", "1"}, {"job", "a/b"}};
  request.series(codec::SeriesV1(labels)
                     .sample(7)
                     .sample(std::bit_cast<double>(kStaleBits), codec::kTestMs + 1)
                     .exemplar({{"user.id", "u"}, {"span_id", "no id"}, {"a__b", "x"}}, 0.5));
  const LabelList alone = {{"__name__", "lone_total"}, {"job", "a/b"}};
  request.series(codec::SeriesV1(alone).exemplar({{"k", "v"}}, 1.5));
  store.write(codec::RemoteWriteVersion::kV1, request.str());
  for (const bool flushed : {false, true}) {
    CAPTURE(flushed);
    if (flushed) REQUIRE(store.writer->flush());
    const auto read = store.read();
    REQUIRE(read.size() == 1);
    CHECK(read[0].labels == sorted(labels));
    REQUIRE(read[0].values.size() == 2);
    CHECK(read[0].values[0] == 7);
    CHECK(std::bit_cast<std::uint64_t>(read[0].values[1]) == kStaleBits);
    const auto exemplars = store.read_exemplars();
    REQUIRE(exemplars.size() == 2);
    CHECK(exemplars[0].labels == sorted(labels));
    REQUIRE(exemplars[0].exemplars.size() == 1);
    CHECK(exemplars[0].exemplars[0].labels ==
          Labels{{"a__b", "x"}, {"span_id", "no id"}, {"user.id", "u"}});
    CHECK(exemplars[0].exemplars[0].value == 0.5);
    CHECK(exemplars[0].exemplars[0].time == codec::kTestTime + kMillisecond);
    CHECK(exemplars[1].labels == sorted(alone));
  }
}

TEST_CASE("metadata that Prometheus sent come back under its names", "[store][remote_write]") {
  Store store;
  RequestV2 request;
  const auto add = [&](const char* name, std::uint32_t type, const char* unit) {
    request.series({{"__name__", name}}, RequestV2::sample(1) + request.metadata(type, name, unit));
  };
  add("_odd__name", 2, "seconds");
  add("a_total", 1, "seconds");
  add("b", 1, "bytes");
  add("c", 0, "");
  store.write(request);
  REQUIRE(store.writer->flush());
  auto scan = SampleScan::open(system_fs(), store.dir / "data", {1, "", ""});
  REQUIRE(scan);
  const auto metadata = (*scan)->metadata("default");
  REQUIRE(metadata);
  std::vector<std::string> said;
  for (const MetricMetadata& one : *metadata) {
    CHECK(one.description == one.name);
    said.push_back(one.name + " " + one.prometheus_type + " " + one.unit);
  }
  CHECK(said == std::vector<std::string>{"_odd__name gauge seconds", "a_total counter seconds",
                                         "b counter bytes", "c unknown "});
}

}  // namespace obs::store
