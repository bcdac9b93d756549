#include "libobs/store/catalog.h"
#include "libobs/store/point_shape.h"
#include "libobs/store/sqlite.h"
#include "tests/unit/store/sample_fixture.h"

namespace obs::store::samples {

TEST_CASE("exemplars are found by series and by their own time, each once", "[store][samples]") {
  Store store;
  model::Distribution histogram;
  histogram.count = 1;
  const auto write = [&](Timestamp time) {
    store.write(Points()
                    .metric("hits", MetricType::kSum, 2, true)
                    .add(time, number(1), "a")
                    .exemplar(kNoon + 5 * kSecond, 0.5, 7, "anna")
                    .add(time, number(1), "b")
                    .metric("took", MetricType::kHistogram, 2)
                    .add(time, histogram, "a")
                    .exemplar(kNoon + 6 * kSecond, 2.5)
                    .take());
  };
  const std::string trace = "trace_id=00000000000000000000000000000007";
  const std::string all = "__name__=hits_total,host_name=a: 5=0.5{" + trace +
                          ",user_id=anna}\n__name__=took,host_name=a: 6=2.5{}\n";
  write(kNoon + 10 * kSecond);
  CHECK(read_exemplars(*store.scan(), {}) == all);  // Out of the WAL.
  REQUIRE(store.writer->flush());
  CHECK(read_exemplars(*store.scan(), {}) == all);  // Out of parts.
  write(kNoon + 20 * kSecond);  // As cumulative senders do, until they have a newer one.
  CHECK(read_exemplars(*store.scan(), {}) == all);
  CHECK(read_exemplars(*store.scan(), by_name("took")) == "__name__=took,host_name=a: 6=2.5{}\n");
  CHECK(read_exemplars(*store.scan(), by_name("hits_total", {kNoon + 6 * kSecond, kNoon + kHour}))
            .empty());
  CHECK_FALSE(
      read_exemplars(*store.scan(), by_name("hits_total", {kNoon, kNoon + 6 * kSecond})).empty());
}

TEST_CASE("a point that has exemplars alone is no sample", "[store][samples]") {
  Store store;
  const auto write = [&](Timestamp time) {
    store.write(Points()
                    .metric("hits", MetricType::kSum, 2, true)
                    .add(time, number(1), "a")
                    .add(time + kSecond, Value(), "a")
                    .exemplar(time + kSecond, 0.5)
                    .add(time + 2 * kSecond, Value(), "a", 1)
                    .add(time + 3 * kSecond, Value(), "a", 2)
                    .add(time + kSecond, Value(), "b")
                    .exemplar(time + kSecond, 1.5)
                    .take());
  };
  const std::string a = "__name__=hits_total,host_name=a:";
  const std::string b = "__name__=hits_total,host_name=b:";
  const auto check = [&](const char* samples) {
    CHECK(store.read(by_name("hits_total")) == a + samples + "\n");
    CHECK(read_exemplars(*store.scan(), {}) == a + " 1=0.5{}\n" + b + " 1=1.5{}\n");
  };
  write(kNoon);
  check(" 0=1 2=stale");  // Out of the WAL.
  REQUIRE(store.writer->flush());
  check(" 0=1 2=stale");  // Out of parts.
  write(kNoon);
  REQUIRE(store.writer->flush());
  check(" 0=1 2=stale");  // By arrival.
}

TEST_CASE("a resource is a series of its own, with its attributes as labels", "[store][samples]") {
  Store store;
  const auto write = [&](Timestamp time, std::string_view instance) {
    store.write(Points()
                    .describe("service.instance.id", instance)
                    .describe("k8s.pod.name", "pod-1")
                    .metric("g", MetricType::kGauge)
                    .add(time, number(1))
                    .take());
  };
  write(kNoon, "1");
  write(kNoon + 300 * kSecond, "1");
  const SampleQuery query = by_name("target_info");
  const std::string expected =
      "__name__=target_info,instance=1,k8s_pod_name=pod-1: 0=1 150=1 300=1\n";
  CHECK(store.read(query) == expected);
  REQUIRE(store.writer->flush());
  CHECK(store.read(query) == expected);
  write(kNoon + 300 * kSecond, "2");
  CHECK(store.read({"default",
                    {{"__name__", Op::kEqual, "target_info"}, {"instance", Op::kEqual, "2"}},
                    {}}) == "__name__=target_info,instance=2,k8s_pod_name=pod-1: 300=1\n");
  CHECK(store.read(by_name("target_info", {kNoon + kSecond, kNoon + 151 * kSecond})) ==
        "__name__=target_info,instance=1,k8s_pod_name=pod-1: 150=1\n");

  const auto names = store.scan()->label_values({}, "__name__");
  REQUIRE(names);
  CHECK(*names == std::vector<std::string>{"g", "target_info"});
  const auto labels = store.scan()->label_names({});
  REQUIRE(labels);
  CHECK(*labels == std::vector<std::string>{"__name__", "instance", "job", "k8s_pod_name"});
}

TEST_CASE("a resource of which there is no more to say has no series", "[store][samples]") {
  Store store;
  store.write(Points().metric("g", MetricType::kGauge).add(kNoon, number(1)).take());
  CHECK(store.read(by_name("target_info")).empty());
}

TEST_CASE("points come to lie by series, and a flat part is refused by its name",
          "[store][samples]") {
  Store store;
  model::Distribution histogram;
  histogram.count = 1;
  for (int day = 0; day < 3; ++day) {
    store.write(Points()
                    .metric("g", MetricType::kGauge)
                    .add(kNoon + day * kDay, number(1))
                    .add(kNoon, number(2), "late")
                    .metric("took", MetricType::kHistogram, 2)
                    .add(kNoon + day * kDay, histogram)
                    .take());
    REQUIRE(store.writer->flush());
  }
  auto catalog = Sqlite::open(store.dir / "data/catalog.sqlite", Sqlite::Mode::kWrite);
  REQUIRE(catalog);
  const auto state = read_catalog(*catalog);
  REQUIRE(state);
  CHECK(state->parts.size() >= 3);
  for (const Part& part : state->parts) CHECK(shape_of(part.schema) != PointShape::kFlat);

  REQUIRE(store.scan());
  REQUIRE(catalog->execute("UPDATE parts SET schema = 2 WHERE schema = 101"));
  const auto refused = SampleScan::open(system_fs(), store.dir / "data", {1, "", ""});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::kUnsupported);
  CHECK(refused.error().message.find(".parquet") != std::string::npos);
}

}  // namespace obs::store::samples
