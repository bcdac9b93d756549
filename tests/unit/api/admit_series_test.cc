#include "libobs/api/admit_series.h"

#include <catch2/catch.hpp>

#include "libobs/api/otlp_door.h"
#include "libobs/codec/columns.h"

namespace obs::api {
namespace {

using Catch::Matchers::Contains;

std::string point(const std::string& user) {
  return R"({"timeUnixNano":"1763806600000000000","asInt":"1","attributes":[{"key":"user",)"
         R"("value":{"stringValue":")" +
         user + R"("}}]})";
}

}  // namespace

TEST_CASE("an OTLP export with a series too many is a partial success that names the metric",
          "[api][series_guard]") {
  Registry registry;
  ManualClock clock(kHour);
  pipeline::SeriesGuard guard({2, 0}, registry, clock, [](std::string_view) {});
  proto::HttpRequest request;
  request.method = "POST";
  request.path = "/v1/metrics";
  request.headers = {{"Content-Type", "application/json"}};
  request.body = R"({"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"hits","gauge":)"
                 R"({"dataPoints":[)" +
                 point("a") + "," + point("b") + "," + point("c") + "," + point("a") + "]}}]}]}]}";
  Arrival arrival;
  arrival.received = kHour;
  arrival.guard = &guard;
  const auto intake = OtlpDoor().read(request, arrival);
  REQUIRE(intake);
  CHECK(intake->success.status == 200);
  CHECK_THAT(intake->success.body,
             Contains("\"rejectedDataPoints\":\"1\"") && Contains("metric hits has 2 series"));
  REQUIRE(intake->parts.size() == 1);
  CHECK(intake->parts[0].batch.size() == 3);
  CHECK(intake->parts[0].rejected.count == 1);
  CHECK(intake->parts[0].total == 4);
  CHECK(intake->parts[0].batch.id != model::BatchId());
}

TEST_CASE("a series of a thousand labels and more is refused, and uses up nothing",
          "[api][series_guard]") {
  Registry registry;
  ManualClock clock(kHour);
  pipeline::SeriesGuard guard({10, 1500}, registry, clock, [](std::string_view) {});
  std::vector<std::string> names;
  for (int i = 0; i < 1001; ++i) names.push_back("l" + std::to_string(i));
  std::vector<model::KeyValue> labels;
  for (const std::string& name : names) labels.push_back({name, model::Value::string(name)});
  const std::span<const model::KeyValue> all = labels;
  codec::Decoded decoded;
  decoded.batch.signal = model::Signal::kMetrics;
  decoded.batch.resources.emplace_back();
  decoded.batch.scopes.emplace_back();
  decoded.batch.metrics.metrics.emplace_back().name = "hits";
  for (const auto attributes : {all, all.first(1000), all.first(1)}) {
    codec::PointRow row;
    row.attributes = attributes;
    codec::append_row(decoded.batch.metrics, row);
  }
  admit_series(&guard, decoded);
  CHECK(decoded.batch.size() == 2);
  REQUIRE(decoded.rejected.count == 1);
  CHECK(decoded.rejected.first[0].index == 0);
  CHECK(decoded.rejected.first[0].reason == "a series with more than 1000 labels");
}

TEST_CASE("without a guard everything is admitted", "[api][series_guard]") {
  codec::Decoded decoded;
  decoded.batch.signal = model::Signal::kMetrics;
  admit_series(nullptr, decoded);
  CHECK(decoded.rejected.count == 0);
}

}  // namespace obs::api
