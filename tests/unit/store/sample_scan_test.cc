#include "libobs/store/sample_scan.h"

#include <algorithm>
#include <random>

#include "tests/unit/store/sample_fixture.h"

namespace obs::store::samples {

TEST_CASE("series come in the order of labels, samples in the order of time", "[store][samples]") {
  Store store;
  store.write(Points()
                  .metric("cpu.load", MetricType::kGauge)
                  .add(kNoon + 30 * kSecond, number(3), "b")
                  .add(kNoon + 15 * kSecond, number(2.25), "b")
                  .add(kNoon, Value::integer(7), "a")
                  .take());
  const std::string expected =
      "__name__=cpu_load,host_name=a: 0=7\n__name__=cpu_load,host_name=b: 15=2.25 30=3\n";
  CHECK(store.read(by_name("cpu_load")) == expected);  // Out of the WAL.
  REQUIRE(store.writer->flush());
  CHECK(store.read(by_name("cpu_load")) == expected);  // Out of a part.
  store.write(Points()
                  .metric("cpu.load", MetricType::kGauge)
                  .add(kNoon + 20 * kSecond, number(4), "b")
                  .take());
  CHECK(store.read(by_name("cpu_load")) ==
        "__name__=cpu_load,host_name=a: 0=7\n__name__=cpu_load,host_name=b: 15=2.25 20=4 30=3\n");
}

TEST_CASE("of two samples with the same time the later arrival wins", "[store][samples]") {
  Store store;
  const auto one = [](double value) {
    return Points().metric("g", MetricType::kGauge).add(kNoon, number(value)).take();
  };
  store.write(one(1));
  store.write(one(2));
  CHECK(store.read(by_name("g")) == "__name__=g: 0=2\n");
  REQUIRE(store.writer->flush());
  CHECK(store.read(by_name("g")) == "__name__=g: 0=2\n");
  store.write(one(3));
  REQUIRE(store.writer->flush());
  CHECK(store.read(by_name("g")) == "__name__=g: 0=3\n");
  store.write(one(4));
  CHECK(store.read(by_name("g")) == "__name__=g: 0=4\n");
  CHECK(ask_store(store.dir / "data", "SELECT list(value ORDER BY seq) FROM metrics") ==
        "[1.0,2.0,3.0,4.0]\n");
}

TEST_CASE("a range is from its beginning to before its end", "[store][samples]") {
  Store store;
  Points points;
  points.metric("g", MetricType::kGauge);
  for (int i = 0; i < 5; ++i) points.add(kNoon + i * kSecond, number(i));
  store.write(points.take());
  for (int flushed = 0; flushed < 2; ++flushed) {
    CHECK(store.read(by_name("g", {kNoon + kSecond, kNoon + 3 * kSecond})) ==
          "__name__=g: 1=1 2=2\n");
    CHECK(store.read(by_name("g", {kNoon + kMinute, kNoon + kHour})).empty());
    REQUIRE(store.writer->flush());
  }
}

TEST_CASE("a point without a value is a staleness marker, and the marker keeps its bits",
          "[store][samples]") {
  Store store;
  store.write(Points()
                  .metric("g", MetricType::kGauge)
                  .add(kNoon, number(1))
                  .add(kNoon + kSecond, Value(), {}, 1)
                  .add(kNoon + 2 * kSecond, number(0), {}, 1)
                  .add(kNoon + 3 * kSecond, number(std::bit_cast<double>(kStaleBits)))
                  .add(kNoon + 4 * kSecond, number(std::numeric_limits<double>::quiet_NaN()))
                  .take());
  for (int flushed = 0; flushed < 2; ++flushed) {
    CHECK(store.read(by_name("g")) == "__name__=g: 0=1 1=stale 2=stale 3=stale 4=nan\n");
    REQUIRE(store.writer->flush());
  }
}

TEST_CASE("matchers choose as Prometheus says", "[store][samples]") {
  Store store;
  Points points;
  points.metric("g", MetricType::kGauge);
  for (const char* host : {"", "a", "ab", "b\nc"}) points.add(kNoon, number(1), host);
  store.write(points.take());
  const auto hosts = [&](Op op, const char* value) {
    SampleQuery query = by_name("g");
    query.matchers.push_back({"host_name", op, value});
    std::string text;
    const auto scan = store.scan();
    const auto all = scan->series(query);
    if (!all) return std::string("error");
    for (const Labels& labels : *all) text += fmt::format("[{}]", find_label(labels, "host_name"));
    return text;
  };
  // By labels, the one without the label is last: job comes after host_name.
  const struct {
    Op op;
    const char* value;
    const char* expected;
  } kCases[] = {
      {Op::kEqual, "a", "[a]"},
      {Op::kEqual, "", "[]"},
      {Op::kEqual, "none", ""},
      {Op::kNotEqual, "a", "[ab][b\nc][]"},
      {Op::kNotEqual, "", "[a][ab][b\nc]"},
      {Op::kMatch, "a.*", "[a][ab]"},
      {Op::kMatch, "a", "[a]"},
      {Op::kMatch, "a|", "[a][]"},
      {Op::kMatch, "b.c", "[b\nc]"},
      {Op::kNotMatch, "a.*", "[b\nc][]"},
      {Op::kNotMatch, ".*", ""},
      {Op::kNotMatch, ".+", "[]"},
      {Op::kMatch, "(", "error"},
  };
  for (int flushed = 0; flushed < 2; ++flushed) {
    for (const auto& one : kCases) {
      INFO(one.value);
      CHECK(hosts(one.op, one.value) == one.expected);
    }
    REQUIRE(store.writer->flush());
  }
}

TEST_CASE("histograms come whole, and answer to the names of their parts", "[store][samples]") {
  Store store;
  const double bounds[] = {0.5, 1};
  const std::uint64_t counts[] = {1, 2, 3};
  model::Distribution histogram;
  histogram.count = 6;
  histogram.sum = -0.0;
  histogram.bounds = bounds;
  histogram.counts = counts;
  model::Distribution exponential;
  exponential.count = 4;
  exponential.scale = -2;
  exponential.zero_count = 1;
  exponential.has_positive = true;
  exponential.positive = {-7, counts};
  store.write(Points()
                  .metric("latency", MetricType::kHistogram, 1, false, "s")
                  .add(kNoon, histogram)
                  .metric("size", MetricType::kExponentialHistogram, 2)
                  .add(kNoon, exponential)
                  .take());
  for (int flushed = 0; flushed < 2; ++flushed) {
    const auto scan = store.scan();
    for (const char* name : {"latency_seconds", "latency_seconds_bucket", "latency_seconds_count",
                             "latency_seconds_sum"}) {
      CHECK(read(*scan, by_name(name)) == "__name__=latency_seconds: 0=#6\n");
    }
    REQUIRE(scan->select(by_name("latency_seconds"), [&](SampleSeries& series) -> Result<void> {
      const model::Distribution& read = series.distributions.at(0);
      CHECK(std::signbit(*read.sum));
      CHECK(std::equal(read.bounds.begin(), read.bounds.end(), bounds, bounds + 2));
      CHECK(std::equal(read.counts.begin(), read.counts.end(), counts, counts + 3));
      CHECK(series.temporality == "delta");
      CHECK(series.distribution_start_times.at(0) == kNoon - kHour);
      return {};
    }));
    REQUIRE(scan->select(by_name("size"), [&](SampleSeries& series) -> Result<void> {
      const model::Distribution& read = series.distributions.at(0);
      CHECK(read.scale == -2);
      CHECK(read.zero_count == 1);
      CHECK(read.positive.offset == -7);
      CHECK(read.positive.counts.size() == 3);
      CHECK_FALSE(read.has_negative);
      return {};
    }));
    REQUIRE(store.writer->flush());
  }
}

TEST_CASE("names and values of labels are listed, in the WAL and in the catalog",
          "[store][samples]") {
  Store store;
  store.write(
      Points("a").metric("requests", MetricType::kSum, 2, true).add(kNoon, number(1), "h1").take());
  for (int flushed = 0; flushed < 2; ++flushed) {
    const auto scan = store.scan();
    CHECK(*scan->label_names({}) == std::vector<std::string>{"__name__", "host_name", "job"});
    CHECK(*scan->label_values({}, "__name__") == std::vector<std::string>{"requests_total"});
    CHECK(*scan->label_values({}, "job") == std::vector<std::string>{"a"});
    CHECK(*scan->label_values(by_name("requests_total"), "host_name") ==
          std::vector<std::string>{"h1"});
    CHECK(scan->label_values(by_name("other"), "host_name")->empty());
    SampleQuery other;
    other.project = "elsewhere";
    CHECK(scan->label_names(other)->empty());
    REQUIRE(store.writer->flush());
  }
}

TEST_CASE("what a metric was said to be is kept as it changes", "[store][samples]") {
  Store store;
  for (const char* unit : {"ms", "s"}) {
    store.write(Points()
                    .metric("latency", MetricType::kGauge, 0, false, unit)
                    .add(kNoon + (unit[0] == 's' ? kDay : 0), number(1))
                    .take());
  }
  REQUIRE(store.writer->flush());
  const auto all = store.scan()->metadata("default");
  REQUIRE(all->size() == 2);
  CHECK((*all)[0].name == "latency_milliseconds");
  CHECK((*all)[1].name == "latency_seconds");
  CHECK((*all)[1].first_seen == kNoon + kDay);
  CHECK((*all)[1].type == "gauge");
}

TEST_CASE("a scan sees what came since only after it is refreshed", "[store][samples]") {
  Store store;
  store.write(Points().metric("g", MetricType::kGauge).add(kNoon, number(1)).take());
  const auto scan = store.scan();
  store.write(Points().metric("g", MetricType::kGauge).add(kNoon + kSecond, number(2)).take());
  CHECK(read(*scan, by_name("g")) == "__name__=g: 0=1\n");
  REQUIRE(scan->refresh());
  CHECK(read(*scan, by_name("g")) == "__name__=g: 0=1 1=2\n");
  REQUIRE(store.writer->flush());
  CHECK(read(*scan, by_name("g")) == "__name__=g: 0=1 1=2\n");
  REQUIRE(scan->refresh());
  CHECK(read(*scan, by_name("g")) == "__name__=g: 0=1 1=2\n");
}

TEST_CASE("merged parts of points say what the parts before them said", "[store][samples]") {
  TemporaryDir dir;
  Registry registry;
  WriterOptions options = manual_options();
  auto writer = open_writer(dir / "data", registry, options);
  std::mt19937_64 random(1);
  for (int flush = 0; flush < 4; ++flush) {
    Points points;
    points.metric("g", MetricType::kGauge);
    for (int i = 0; i < 300; ++i) {
      const double value = i % 3 == 0 ? static_cast<double>(random() % 1000) / 100
                                      : std::generate_canonical<double, 53>(random);
      points.add(kNoon + static_cast<Timestamp>(random() % 2000) * kSecond,
                 i % 50 == 0 ? number(-0.0) : number(value), fmt::format("h{}", random() % 7));
    }
    REQUIRE(write_and_wait(*writer, points.take()));
    REQUIRE(writer->flush());
  }
  const std::string question =
      "SELECT time, attributes, value, value_int, start_time, seq, extra FROM metrics ORDER BY seq";
  const std::string before = ask_store(dir / "data", question);
  const auto read_all = [&] {
    auto scan = SampleScan::open(system_fs(), dir / "data", {1, "", ""});
    REQUIRE(scan);
    return read(**scan, by_name("g"));
  };
  const std::string samples = read_all();
  REQUIRE(writer->close());
  options.merge_parts = 4;
  auto merging = open_writer(dir / "data", registry, options);
  const auto parts = [&] {
    const auto files = list_files(dir / "data/points/2026-11-22");
    return std::count_if(files.begin(), files.end(),
                         [](const std::string& file) { return file.ends_with(".parquet"); });
  };
  wait_until([&] { return parts() == 1; });
  CHECK(ask_store(dir / "data", question) == before);
  CHECK(read_all() == samples);
}

}  // namespace obs::store::samples
