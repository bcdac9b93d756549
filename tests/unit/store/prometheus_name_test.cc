#include "libobs/store/prometheus_name.h"

#include <catch2/catch.hpp>

#include "libobs/store/series_labels.h"

namespace obs::store {
namespace {

std::string name_of(std::string_view name, std::string_view unit = "", bool is_gauge = false,
                    bool is_monotonic = false,
                    NameStrategy strategy = NameStrategy::kUnderscoreEscapingWithSuffixes) {
  return to_metric_name({name, unit, is_gauge, is_monotonic}, strategy);
}

std::string to_text(const Labels& labels) {
  std::string text;
  for (const auto& [name, value] : labels) text += name + "=" + value + " ";
  return text;
}

Series make_series() {
  Series series;
  series.project = "default";
  series.service = "checkout";
  series.resource = R"({"service.namespace":"shop","service.instance.id":"i-1","host.name":"h"})";
  series.name = "http.server.requests";
  series.type = "sum";
  series.unit = "{request}";
  series.is_monotonic = true;
  series.attributes = R"({"http.route":"/pay","ok":true,"code":200,"empty":"","ratio":0.5})";
  return series;
}

}  // namespace

TEST_CASE("metric names are escaped and get the suffixes of unit and type", "[store][labels]") {
  CHECK(name_of("http.server.request.duration", "s") == "http_server_request_duration_seconds");
  CHECK(name_of("http.server.requests", "{request}", false, true) == "http_server_requests_total");
  CHECK(name_of("a..b--c") == "a_b_c");
  CHECK(name_of("_a_") == "a");
  CHECK(name_of("3d.count") == "_3d_count");
  CHECK(name_of("job:rate") == "job:rate");
  CHECK(name_of("größe") == "gr_e");
  CHECK(name_of("memory.usage", "By") == "memory_usage_bytes");
  CHECK(name_of("memory.bytes.used", "By") == "memory_bytes_used");
  CHECK(name_of("disk.io", "By/s", false, true) == "disk_io_bytes_per_second_total");
  CHECK(name_of("speed", "m/s") == "speed_meters_per_second");
  CHECK(name_of("total.errors", "", false, true) == "errors_total");
  CHECK(name_of("cpu.utilization", "1", true) == "cpu_utilization_ratio");
  CHECK(name_of("cpu.utilization", "1") == "cpu_utilization");
  CHECK(name_of("temperature", "Cel", true) == "temperature_celsius");
  CHECK(name_of("load", "%") == "load_percent");
  CHECK(name_of("queue", "furlong") == "queue_furlong");
}

TEST_CASE("other strategies keep the suffixes or the characters away", "[store][labels]") {
  using enum NameStrategy;
  CHECK(name_of("http.requests", "s", false, true, kUnderscoreEscapingWithoutSuffixes) ==
        "http_requests");
  CHECK(name_of("http.requests", "s", false, true, kNoUtf8EscapingWithSuffixes) ==
        "http.requests_seconds_total");
  CHECK(name_of("http.requests", "s", false, true, kNoTranslation) == "http.requests");
}

TEST_CASE("label names are escaped, and never begin with a digit or one underscore",
          "[store][labels]") {
  const auto label = [](std::string_view key) {
    return to_label_name(key, NameStrategy::kUnderscoreEscapingWithSuffixes);
  };
  CHECK(label("http.route") == "http_route");
  CHECK(label("a..b") == "a__b");
  CHECK(label("9lives") == "key_9lives");
  CHECK(label("_private") == "key_private");
  CHECK(label("__name") == "__name");
  CHECK(label("é") == "key_");
  CHECK(label("") == "");
}

TEST_CASE("a series has its attributes, job and instance as labels", "[store][labels]") {
  const Series series = make_series();
  CHECK(to_text(to_labels(series, NameStrategy::kUnderscoreEscapingWithSuffixes)) ==
        "__name__=http_server_requests_total code=200 http_route=/pay instance=i-1 "
        "job=shop/checkout ok=true ratio=0.5 ");
}

TEST_CASE("attributes that get one name are joined in the order of their keys", "[store][labels]") {
  Series series = make_series();
  series.attributes = R"({"a_b":"2","a.b":"1"})";
  series.resource = "{}";
  CHECK(to_text(to_labels(series, NameStrategy::kUnderscoreEscapingWithSuffixes)) ==
        "__name__=http_server_requests_total a_b=1;2 job=checkout ");
}

}  // namespace obs::store
