#include "libobs/pipeline/series_guard.h"

#include <thread>

#include <catch2/catch.hpp>

#include "libobs/base/clock.h"

namespace obs::pipeline {
namespace {

using Catch::Matchers::Contains;
using model::Value;

struct Fixture {
  explicit Fixture(SeriesLimits limits)
      : guard(limits, registry, clock,
              [this](std::string_view text) { warnings.emplace_back(text); }) {}

  // A point of `metric` for each value of label `user`; the first refused row's reason, if any.
  std::string check(std::string_view metric, const std::vector<std::string>& users,
                    const std::string& project = "default", int spelling = 0) {
    model::Batch batch;
    batch.signal = model::Signal::kMetrics;
    batch.project = project;
    batch.resources.emplace_back();
    batch.scopes.emplace_back();
    batch.metrics.metrics.emplace_back().name = metric;
    for (const std::string& user : users) {
      const model::KeyValue label{"user", Value::string(batch.arena->copy(user))};
      batch.metrics.time.push_back(1);
      batch.metrics.metric.push_back(0);
      batch.metrics.attributes.push_back(batch.arena->copy_array<model::KeyValue>({&label, 1}));
      if (spelling != 0) {
        batch.metrics.series.push_back(hash128(user, static_cast<std::uint64_t>(spelling)));
      }
    }
    const auto refused = guard.check(batch);
    rows.clear();
    for (const auto& one : refused) rows.push_back(one.row);
    return refused.empty() ? "" : std::string(refused.front().why);
  }

  Registry registry;
  ManualClock clock{kHour};
  std::vector<std::string> warnings;
  std::vector<std::uint32_t> rows;
  SeriesGuard guard;
};

std::vector<std::string> users(int from, int to) {
  std::vector<std::string> names;
  for (int i = from; i < to; ++i) names.push_back("u" + std::to_string(i));
  return names;
}

}  // namespace

TEST_CASE("a metric at its limit gets no new series; known ones and other metrics go on",
          "[pipeline][series_guard]") {
  Fixture f({10, 0});
  CHECK(f.check("hits", users(0, 8)).empty());
  CHECK(f.warnings.empty());
  CHECK(f.check("hits", users(8, 9)).empty());
  REQUIRE(f.warnings.size() == 1);
  CHECK_THAT(f.warnings[0], Contains("metric hits has 8 series") && Contains("at 10"));
  CHECK_THAT(f.check("hits", users(5, 12)),
             Contains("metric hits has 10 series") && Contains("--max-series-per-metric"));
  CHECK(f.rows == std::vector<std::uint32_t>{5, 6});
  CHECK(f.warnings.size() == 2);
  CHECK(f.check("hits", users(0, 10)).empty());
  CHECK(f.check("misses", users(0, 10)).empty());
  CHECK(f.check("hits", users(20, 25), "another project").empty());
  CHECK_THAT(f.registry.render(),
             Contains("obs_pipeline_series_refused_total{kind=\"metric\",name=\"hits\"} 2"));
}

TEST_CASE("a label at its limit gets no new values, in whichever metric",
          "[pipeline][series_guard]") {
  Fixture f({0, 3});
  CHECK(f.check("hits", users(0, 3)).empty());
  CHECK_THAT(f.check("misses", users(2, 5)),
             Contains("label user has 3 values") && Contains("--max-values-per-label"));
  CHECK(f.rows == std::vector<std::uint32_t>{1, 2});
}

TEST_CASE("a series counts once, however its sender spells it", "[pipeline][series_guard]") {
  Fixture f({10, 0});
  for (int spelling = 1; spelling < 4; ++spelling) {
    CHECK(f.check("hits", users(0, 10), "default", spelling).empty());
  }
  CHECK(f.check("hits", users(0, 10)).empty());
  CHECK_THAT(f.check("hits", users(9, 11), "default", 1), Contains("hits"));
  CHECK(f.rows == std::vector<std::uint32_t>{1});
  // The same bytes in another project are another series.
  CHECK(f.check("hits", users(0, 10), "other", 1).empty());
  CHECK_FALSE(f.check("hits", users(10, 11), "other", 1).empty());
}

TEST_CASE("a series that is spelled alike for hours is not forgotten", "[pipeline][series_guard]") {
  Fixture f({10, 0});
  for (int hour = 0; hour < 5; ++hour) {
    CHECK(f.check("hits", users(0, 10), "default", 1).empty());
    CHECK_FALSE(f.check("hits", users(10, 11), "default", 1).empty());
    f.clock.advance(SeriesGuard::kRound);
  }
}

TEST_CASE("series that are gone for two rounds make room", "[pipeline][series_guard]") {
  Fixture f({4, 4});
  CHECK(f.check("hits", users(0, 4)).empty());
  CHECK_FALSE(f.check("hits", users(4, 5)).empty());
  f.clock.advance(SeriesGuard::kRound);
  CHECK(f.check("hits", users(0, 2)).empty());
  CHECK_FALSE(f.check("hits", users(4, 5)).empty());
  f.clock.advance(SeriesGuard::kRound);
  CHECK(f.check("hits", users(4, 6)).empty());
  CHECK(f.check("hits", users(0, 2)).empty());
  CHECK_FALSE(f.check("hits", users(6, 7)).empty());
}

TEST_CASE("no more than a hundred offenders are named", "[pipeline][series_guard]") {
  Fixture f({1, 0});
  for (int i = 0; i < 300; ++i) f.check("metric_" + std::to_string(i), users(0, 2));
  CHECK(f.warnings.size() <= 2 * SeriesGuard::kMaxNamed);
  CHECK_THAT(f.registry.render(), Contains("name=\"others\"} 200"));
}

TEST_CASE("what one project explodes to leaves room to the others", "[pipeline][series_guard]") {
  Fixture f({1'000'000'000, 0});
  const auto explode = [&](const std::string& project) {
    std::size_t taken = 0;
    for (int from = 0; f.check("hits", users(from, from + 50'000), project).empty(); from += 50'000)
      taken += 50'000;
    return taken;
  };
  CHECK(explode("default") > SeriesGuard::kMaxTracked / 2);
  CHECK_THAT(f.check("misses", users(5'000'000, 5'000'001)),
             Contains("metric misses: its project has too many series"));
  CHECK(f.check("hits", users(0, 10)).empty());
  CHECK(explode("second") > 200'000);
  CHECK(explode("third") >= 50'000);
  // Nothing is left of what is shared, and each of the others still has its own.
  for (int i = 0; i < 20; ++i) explode("greedy " + std::to_string(i));
  CHECK(f.check("hits", users(0, 8'000), "modest").empty());
  CHECK_THAT(f.check("hits", users(8'000, 50'000), "modest"),
             Contains("metric hits of project modest"));
}

TEST_CASE("names of metrics and offenders of one project do not use up those of another",
          "[pipeline][series_guard]") {
  Fixture f({2, 0});
  for (int i = 0; i < 70'000; ++i) f.check("metric_" + std::to_string(i), users(0, 1));
  for (int i = 0; i < 300; ++i) f.check("offender_" + std::to_string(i), users(0, 3));
  CHECK(f.check("hits", users(0, 2), "web").empty());
  CHECK(f.check("misses", users(0, 2), "web").empty());
  CHECK_THAT(f.check("hits", users(2, 3), "web"),
             Contains("metric hits of project web has 2 series"));
}

TEST_CASE("more projects than are told apart share what one has", "[pipeline][series_guard]") {
  Fixture f({10, 0});
  for (int i = 0; i < 200; ++i)
    f.check("hits", {"u" + std::to_string(i)}, "project " + std::to_string(i));
  CHECK_THAT(f.check("hits", {"another"}, "project 500"),
             Contains("metric hits of project others"));
  CHECK(f.check("hits", {"another"}, "project 3").empty());
}

TEST_CASE("without limits nothing is refused and nothing is held", "[pipeline][series_guard]") {
  Fixture f({0, 0});
  CHECK(f.check("hits", users(0, 1000)).empty());
  CHECK_THAT(f.registry.render(), Contains("obs_pipeline_series 0"));
}

TEST_CASE("a table of hashes finds what it has and forgets what was not seen",
          "[pipeline][series_guard]") {
  SeriesTable table;
  CHECK(table.find(7, 1) == nullptr);
  for (std::uint64_t i = 0; i < 5000; ++i) table.insert(i * 0x9e3779b97f4a7c15, 3, 1);
  CHECK(table.size() == 5000);
  for (std::uint64_t i = 0; i < 2500; ++i) REQUIRE(table.find(i * 0x9e3779b97f4a7c15, 2));
  std::size_t gone = 0;
  table.sweep(2, [&](std::uint32_t owner) { gone += owner / 3; });
  CHECK(gone == 2500);
  CHECK(table.size() == 2500);
  CHECK(table.find(2499 * 0x9e3779b97f4a7c15, 2) != nullptr);
  CHECK(table.find(2500 * 0x9e3779b97f4a7c15, 2) == nullptr);
}

TEST_CASE("threads that send the same series at once count each once", "[pipeline][series_guard]") {
  Fixture f({1000, 1000});
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&guard = f.guard] {
      for (int round = 0; round < 20; ++round) {
        model::Batch batch;
        batch.resources.emplace_back();
        batch.scopes.emplace_back();
        batch.metrics.metrics.emplace_back().name = "hits";
        const std::vector<std::string> names = users(round, round + 20);
        for (const std::string& user : names) {
          const model::KeyValue label{"user", Value::string(user)};
          batch.metrics.time.push_back(1);
          batch.metrics.metric.push_back(0);
          batch.metrics.attributes.push_back(batch.arena->copy_array<model::KeyValue>({&label, 1}));
        }
        guard.check(batch);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK_THAT(f.registry.render(), Contains("obs_pipeline_series 39"));
}

}  // namespace obs::pipeline
