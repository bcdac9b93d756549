#include "libobs/scrape/target_series.h"

#include <algorithm>

#include <catch2/catch.hpp>

namespace obs::scrape {
namespace {

using Catch::Matchers::Contains;

constexpr Timestamp kTime = 1'763'806'600'000'000'000;

std::shared_ptr<const Target> make_target(const std::string& settings = "") {
  const auto config = parse_config(
      "scrape_configs:\n- job_name: shop\n  static_configs: [{targets: ['a:1']}]\n" + settings, "");
  if (!config) FAIL(config.error().message);
  std::vector<std::string> problems;
  const auto shared = std::make_shared<const ScrapeConfig>(config->scrape_configs[0]);
  return std::make_shared<const Target>(
      make_targets(shared, shared->static_groups, problems).at(0));
}

codec::Exposition parse(std::string text) {
  auto parsed = codec::parse_exposition(codec::ExpositionFormat::kText, std::move(text));
  REQUIRE(parsed);
  return std::move(*parsed);
}

// "name{labels} value" of each point, in order; "stale" for a marker. Its own series left out
// unless asked for.
std::vector<std::string> describe(const model::Batch& batch, bool reports = false) {
  std::vector<std::string> lines;
  for (std::size_t row = 0; row < batch.size(); ++row) {
    const model::Metric& metric = batch.metrics.metrics[batch.metrics.metric[row]];
    const bool is_report = metric.name == "up" || metric.name.starts_with("scrape_");
    if (is_report != reports) continue;
    std::string line = std::string(metric.name) + "{";
    for (const auto& [key, value] : batch.metrics.attributes[row]) {
      if (line.back() != '{') line += ',';
      line += std::string(key) + "=" + std::string(value.as_string());
    }
    const model::Resource& resource = batch.resources[batch.scopes[metric.scope].resource];
    CHECK(resource.service == "shop");
    line += "} ";
    char number[32];
    const model::Value& value = batch.metrics.value[row];
    std::snprintf(number, sizeof(number), "%g",
                  value.kind() == model::ValueKind::kDouble ? value.as_double() : 0);
    line += batch.metrics.flags[row] == 1 ? "stale" : number;
    if (batch.metrics.time[row] != kTime) {
      line += " +" + std::to_string((batch.metrics.time[row] - kTime) / kSecond);
    }
    lines.push_back(line);
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a scrape brings its samples and the series that describe it", "[scrape][series]") {
  TargetSeries series(make_target());
  const auto batch =
      series.take(parse("# TYPE hits counter\nhits{a=\"b\"} 3\nload 0.5\n"), kTime, 0.25);
  REQUIRE(batch);
  CHECK(describe(*batch) == Lines{"hits{a=b} 3", "load{} 0.5"});
  CHECK(describe(*batch, true) ==
        Lines{"scrape_duration_seconds{} 0.25", "scrape_samples_post_metric_relabeling{} 2",
              "scrape_samples_scraped{} 2", "scrape_series_added{} 2", "up{} 1"});
}

TEST_CASE("a series that is gone gets one marker, and is new when it comes back",
          "[scrape][series]") {
  TargetSeries series(make_target());
  const auto scrape = [&](const char* text) {
    const auto batch = series.take(parse(text), kTime, 0);
    REQUIRE(batch);
    return *batch;
  };
  scrape("a{x=\"1\"} 1\na{x=\"2\"} 1\n");
  const auto second = scrape("a{x=\"1\"} 2\n");
  CHECK(describe(second) == Lines{"a{x=1} 2", "a{x=2} stale"});
  CHECK_THAT(describe(second, true)[3], Contains("scrape_series_added{} 0"));
  CHECK(describe(scrape("a{x=\"1\"} 3\n")) == Lines{"a{x=1} 3"});
  const auto back = scrape("a{x=\"1\"} 4\na{x=\"2\"} 1\n");
  CHECK(describe(back) == Lines{"a{x=1} 4", "a{x=2} 1"});
  CHECK_THAT(describe(back, true)[3], Contains("scrape_series_added{} 1"));
}

TEST_CASE("a failed scrape ends all series and says that the target is down", "[scrape][series]") {
  TargetSeries series(make_target());
  REQUIRE(series.take(parse("a 1\nb 2\n"), kTime, 0));
  const auto failed = series.fail_scrape(kTime, 10);
  CHECK(describe(failed) == Lines{"a{} stale", "b{} stale"});
  CHECK(describe(failed, true)[4] == "up{} 0");
  CHECK(describe(series.fail_scrape(kTime, 10)).empty());
}

TEST_CASE("a target that is scraped no more ends whole", "[scrape][series]") {
  TargetSeries series(make_target());
  CHECK(series.end(kTime).size() == 0);
  REQUIRE(series.take(parse("a 1\n"), kTime, 0));
  const auto ended = series.end(kTime);
  CHECK(describe(ended) == Lines{"a{} stale"});
  CHECK(describe(ended, true).size() == 5);
  CHECK(describe(ended, true)[4] == "up{} stale");
  CHECK(series.end(kTime).size() == 0);
}

TEST_CASE("labels of the target and of the sample are settled as honor_labels says",
          "[scrape][series]") {
  const std::string text = "a{job=\"own\",exported_job=\"x\",zone=\"z\"} 1\n";
  TargetSeries usual(make_target());
  CHECK(describe(*usual.take(parse(text), kTime, 0)) ==
        Lines{"a{exported_exported_job=own,exported_job=x,zone=z} 1"});
  TargetSeries honest(make_target("  honor_labels: true\n"));
  const auto batch = honest.take(parse("a{instance=\"own\"} 1\n"), kTime, 0);
  REQUIRE(batch);
  CHECK(model::find_attribute(batch->resources[0].attributes, "service.instance.id")->as_string() ==
        "own");
}

TEST_CASE("times of samples count unless they are not to be honored", "[scrape][series]") {
  const std::string text = "a 1 1763806603000\nb 1\n";
  TargetSeries usual(make_target());
  CHECK(describe(*usual.take(parse(text), kTime, 0)) == Lines{"a{} 1 +3", "b{} 1"});
  // It says itself how long it holds, so it gets no marker.
  CHECK(describe(*usual.take(parse("b 1\n"), kTime, 0)) == Lines{"b{} 1"});
  TargetSeries own(make_target("  honor_timestamps: false\n"));
  CHECK(describe(*own.take(parse(text), kTime, 0)) == Lines{"a{} 1", "b{} 1"});
}

TEST_CASE("metrics are relabeled, dropped and counted before and after", "[scrape][series]") {
  TargetSeries series(
      make_target("  metric_relabel_configs:\n"
                  "  - {source_labels: [__name__], regex: go_.*, action: drop}\n"
                  "  - {source_labels: [__name__], regex: old_(.*), target_label: __name__}\n"
                  "  - {regex: id, action: labeldrop}\n"));
  const auto batch = series.take(parse("go_x 1\nold_y{id=\"1\"} 2\nold_y{id=\"2\"} 3\n"), kTime, 0);
  REQUIRE(batch);
  CHECK(describe(*batch) == Lines{"y{} 2"});
  const auto reports = describe(*batch, true);
  CHECK(reports[1] == "scrape_samples_post_metric_relabeling{} 2");
  CHECK(reports[2] == "scrape_samples_scraped{} 3");
}

TEST_CASE("a scrape beyond a limit fails whole and changes nothing", "[scrape][series]") {
  struct Case {
    const char* settings;
    const char* text;
  };
  for (const Case& c : {
           Case{"  sample_limit: 2\n", "a 1\nb 1\nc 1\n"},
           Case{"  label_limit: 4\n", "a{x=\"1\",y=\"2\"} 1\n"},
           Case{"  label_name_length_limit: 9\n", "a{abcdefghij=\"1\"} 1\n"},
           Case{"  label_value_length_limit: 9\n", "a{x=\"abcdefghij\"} 1\n"},
           Case{"  metric_relabel_configs: [{regex: __name__, action: labeldrop}]\n", "a 1\n"},
           Case{"", "a{x=\"1\",x=\"2\"} 1\n"},
       }) {
    CAPTURE(c.settings);
    TargetSeries series(make_target(c.settings));
    CHECK_FALSE(series.take(parse(c.text), kTime, 0));
    CHECK(describe(series.fail_scrape(kTime, 0)).empty());
  }
}

}  // namespace obs::scrape
