#include <string>

#include <catch2/catch.hpp>

#include "libobs/store/writer_socket.h"
#include "tests/unit/store/care_fixture.h"
#include "tests/unit/store/sample_fixture.h"

namespace obs::store::samples {
namespace {

constexpr const char* kAllPoints =
    "SELECT * EXCLUDE (block) FROM metrics ORDER BY seq, name, attributes::VARCHAR";

// A flush's points: some with exemplars, some without a time of their own, some late, stale or
// without a value.
BatchPtr make_mixed(int round) {
  const Timestamp time = kNoon + round * kMinute;
  Points points;
  points.metric("hits", MetricType::kSum, 2, true);
  for (int i = 0; i < 40; ++i) {
    points.add(time + i * kSecond, Value::integer(100 * round + i), i % 2 == 0 ? "a" : "b");
    if (i % 8 == 0) points.exemplar(time + i, 0.5 * i, static_cast<std::uint8_t>(i + 1), "anna");
  }
  points.metric("heat", MetricType::kGauge);
  points.add(time - kHour, Value::number(20.25), "late");
  points.add(time, Value::number(-0.0), "a");
  points.add(time + kSecond, Value::number(0.1 + 0.2), "a");
  points.add(time + 2 * kSecond, Value(), "a", 1);
  auto batch = std::make_shared<Batch>(*points.take());
  for (std::size_t i = 0; i < batch->metrics.size(); i += 7) {
    batch->metrics.time_source[i] = model::TimeSource::kReceived;
    batch->metrics.start_time[i] = 0;
  }
  return batch;
}

}  // namespace

TEST_CASE("numbers keep what they have through a merge, exemplars and extra too",
          "[store][points][merge]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry, small_options());
  for (const int round : {2, 0, 1, 3}) {  // Not in the order of time.
    REQUIRE(write_and_wait(*writer, make_mixed(round)));
    REQUIRE(writer->flush());
  }
  const std::string before = ask_store(dir / "data", kAllPoints);
  REQUIRE(before.find("anna") != std::string::npos);
  REQUIRE(before.find("received") != std::string::npos);
  const CareCounts counts = run(*writer, make_request(Task::kCompact));
  CHECK(find_count(counts, "parts_merged") == 4);
  CHECK(ask_store(dir / "data", kAllPoints) == before);
}

TEST_CASE("numbers keep what they have when others of their part are deleted",
          "[store][points][delete]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry, small_options());
  REQUIRE(write_and_wait(*writer, make_mixed(0)));
  REQUIRE(writer->flush());
  const std::string is_a = "attributes->>'$.\"host.name\"' = 'a'";
  const std::string kept = "SELECT * EXCLUDE (block) FROM metrics WHERE " + is_a + " ORDER BY seq";
  const std::string before = ask_store(dir / "data", kept);
  REQUIRE(before.find("anna") != std::string::npos);
  RecordChoice choice;
  choice.signals = {model::Signal::kMetrics};
  choice.condition = "NOT (" + is_a + ")";
  const CareCounts counts = run(*writer, make_request(Task::kDelete, std::move(choice)));
  CHECK(find_count(counts, "rows_removed") == 21);
  CHECK(find_count(counts, "rows_left") == 0);
  CHECK(ask_store(dir / "data", kept) == before);
}

}  // namespace obs::store::samples
