#include "libobs/api/admit_series.h"

#include <catch2/catch.hpp>

#include "libobs/api/otlp_door.h"

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

TEST_CASE("without a guard everything is admitted", "[api][series_guard]") {
  codec::Decoded decoded;
  decoded.batch.signal = model::Signal::kMetrics;
  admit_series(nullptr, decoded);
  CHECK(decoded.rejected.count == 0);
}

}  // namespace obs::api
