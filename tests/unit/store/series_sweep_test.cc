#include <algorithm>
#include <fstream>
#include <iterator>

#include <catch2/catch.hpp>

#include "libobs/store/backup.h"
#include "libobs/store/care.h"
#include "libobs/store/sample_scan.h"
#include "libobs/store/verify.h"
#include "tests/unit/store/store_fixture.h"

namespace obs::store {
namespace {

using model::Value;

// One gauge of each host, measured `count` times.
model::BatchPtr make_points(std::initializer_list<std::string_view> hosts, int count,
                            Timestamp begin = kNoon) {
  model::Batch batch;
  batch.signal = model::Signal::kMetrics;
  const model::KeyValue name{"service.name", Value::string("shop")};
  batch.resources.push_back({batch.arena->copy_array(std::span(&name, 1)), {}, {}, 0, {}});
  batch.scopes.emplace_back();
  model::Metric metric;
  metric.name = "temperature";
  metric.type = model::MetricType::kGauge;
  model::MetricColumns& points = batch.metrics;
  points.metrics.push_back(metric);
  for (const std::string_view host : hosts) {
    const model::KeyValue attribute{"host", Value::string(batch.arena->copy(host))};
    const model::Attributes attributes = batch.arena->copy_array(std::span(&attribute, 1));
    for (int i = 0; i < count; ++i) {
      points.time.push_back(begin + i * kSecond);
      points.time_source.push_back(model::TimeSource::kSender);
      points.start_time.push_back(0);
      points.metric.push_back(0);
      points.attributes.push_back(attributes);
      points.flags.push_back(0);
      points.value.push_back(Value::integer(i));
      points.distribution.push_back(nullptr);
      points.exemplars.emplace_back();
    }
  }
  return std::make_shared<const model::Batch>(std::move(batch));
}

CareCounts run(Writer& writer, CareRequest::Task task, const RetainPolicy& policy) {
  CareJob job;
  auto counts = writer.care({task, policy}, job);
  if (!counts) FAIL(counts.error().message);
  return *counts;
}

RetainPolicy where(std::string condition) {
  RetainPolicy policy;
  policy.choice.signals = {model::Signal::kMetrics};
  policy.choice.condition = std::move(condition);
  return policy;
}

// Files below the directory that hold the text.
std::string files_with(const std::string& dir, const std::string& text) {
  std::string found;
  for (const std::string& path : list_files(dir)) {
    std::ifstream file(dir + "/" + path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    if (bytes.find(text) != std::string::npos) found += path + " ";
  }
  return found;
}

std::string series_of(const std::string& dir) {
  auto scan = SampleScan::open(system_fs(), dir, {1, "", ""});
  REQUIRE(scan);
  std::string text;
  const auto done = (*scan)->select({}, [&](SampleSeries& series) -> Result<void> {
    text += std::string(find_label(series.labels, "host")) + "=" +
            std::to_string(series.values.size()) + " ";
    return {};
  });
  REQUIRE(done);
  return text;
}

void check_sound(const std::string& dir) {
  const auto verdict = verify_store(system_fs(), dir, {1, "", ""}, {});
  REQUIRE(verdict);
  CHECK(verdict->problems.empty());
}

}  // namespace

TEST_CASE("series that lose their last point to a delete are nowhere", "[store][care][series]") {
  TemporaryDir dir;
  const std::string data = dir / "data";
  Registry registry;
  auto writer = open_writer(data, registry, manual_options());
  REQUIRE(write_and_wait(*writer, make_points({"kept-7f3a", "secret-91bc"}, 10)));
  REQUIRE(writer->flush());
  REQUIRE(write_and_wait(*writer, make_points({"secret-92cd"}, 10)));
  REQUIRE(writer->flush());
  REQUIRE(write_and_wait(*writer, make_points({"secret-93de"}, 10)));
  CHECK_FALSE(files_with(data, "secret-9").empty());

  const CareCounts counts =
      run(*writer, CareRequest::Task::kDelete, where("attributes->>'host' LIKE 'secret-%'"));
  CHECK(find_count(counts, "rows_removed") == 30);
  CHECK(find_count(counts, "series_removed") == 3);
  CHECK(files_with(data, "secret-9") == "");
  CHECK_FALSE(files_with(data, "kept-7f3a").empty());
  CHECK(series_of(data) == "kept-7f3a=10 ");
  check_sound(data);

  const auto saved =
      backup_store(system_fs(), system_clock(), data, dir / "copy", [](const CareProgress&) {});
  REQUIRE(saved);
  CHECK(files_with(dir / "copy", "secret-9") == "");
}

TEST_CASE("a series that comes back after a delete is another", "[store][care][series]") {
  TemporaryDir dir;
  const std::string data = dir / "data";
  Registry registry;
  auto writer = open_writer(data, registry, manual_options());
  const std::string ids = "SELECT min(series_id) FROM read_parquet('" + data +
                          "/points/series/*.parquet') WHERE attributes LIKE '%b%'";
  REQUIRE(write_and_wait(*writer, make_points({"a", "b"}, 5)));
  REQUIRE(writer->flush());
  CHECK(ask_store(data, ids) == "2\n");
  run(*writer, CareRequest::Task::kDelete, where("attributes->>'host' = 'b'"));
  CHECK(series_of(data) == "a=5 ");

  REQUIRE(write_and_wait(*writer, make_points({"a", "b"}, 5, kNoon + kMinute)));
  REQUIRE(writer->flush());
  CHECK(ask_store(data, ids) == "3\n");
  CHECK(series_of(data) == "a=10 b=5 ");
  CHECK(ask_store(data, "SELECT count(*) FROM metrics") == "15\n");
  check_sound(data);
}

TEST_CASE("retention by age removes parts of series that nothing refers to",
          "[store][care][series]") {
  TemporaryDir dir;
  const std::string data = dir / "data";
  Registry registry;
  auto writer = open_writer(data, registry, manual_options());
  const Timestamp now = system_clock().now();
  REQUIRE(write_and_wait(*writer, make_points({"old"}, 5, now - 40 * kDay)));
  REQUIRE(writer->flush());
  REQUIRE(write_and_wait(*writer, make_points({"new"}, 5, now - kDay)));
  REQUIRE(writer->flush());
  RetainPolicy policy;
  policy.max_age = 30 * kDay;
  const CareCounts counts = run(*writer, CareRequest::Task::kRetain, policy);
  CHECK(find_count(counts, "rows_removed") == 5);
  CHECK(find_count(counts, "series_removed") == 1);
  const std::vector<std::string> files = list_files(data);
  CHECK(std::count_if(files.begin(), files.end(), [](const std::string& file) {
          return file.find("points/series/") != std::string::npos;
        }) == 1);
  CHECK(series_of(data) == "new=5 ");
  check_sound(data);
}

}  // namespace obs::store
