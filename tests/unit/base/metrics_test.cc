#include "libobs/base/metrics.h"

#include <cmath>
#include <thread>

#include <catch2/catch.hpp>

namespace obs {
namespace {

TEST_CASE("metrics render as Prometheus text, families by name", "[base][metrics]") {
  Registry registry;
  registry.gauge("obs_z_open", "Open things.").set(2.5);
  registry.counter("obs_a_received_total", "Records received.", {{"signal", "logs"}}).add(3);
  registry.counter("obs_a_received_total", "", {{"signal", "spans"}, {"stage", "in"}}).add();
  registry.gauge_callback("obs_m_bytes", "Bytes.", [] { return 7.0; });
  CHECK(registry.render() ==
        "# HELP obs_a_received_total Records received.\n"
        "# TYPE obs_a_received_total counter\n"
        "obs_a_received_total{signal=\"logs\"} 3\n"
        "obs_a_received_total{signal=\"spans\",stage=\"in\"} 1\n"
        "# HELP obs_m_bytes Bytes.\n"
        "# TYPE obs_m_bytes gauge\n"
        "obs_m_bytes 7.0\n"
        "# HELP obs_z_open Open things.\n"
        "# TYPE obs_z_open gauge\n"
        "obs_z_open 2.5\n");
}

TEST_CASE("a metric asked for twice is the same", "[base][metrics]") {
  Registry registry;
  Counter& one = registry.counter("obs_a_total", "", {{"k", "v"}});
  CHECK(&one == &registry.counter("obs_a_total", "", {{"k", "v"}}));
  CHECK(&one != &registry.counter("obs_a_total", "", {{"k", "w"}}));
}

TEST_CASE("labels, help and strange numbers are escaped", "[base][metrics]") {
  Registry registry;
  registry.gauge("obs_a", "back\\slash\nand \"line\"", {{"k", "a\"b\\c\nd"}}).set(NAN);
  registry.gauge("obs_b", "").set(-INFINITY);
  CHECK(registry.render() ==
        "# HELP obs_a back\\\\slash\\nand \"line\"\n"
        "# TYPE obs_a gauge\n"
        "obs_a{k=\"a\\\"b\\\\c\\nd\"} NaN\n"
        "# HELP obs_b \n"
        "# TYPE obs_b gauge\n"
        "obs_b -Inf\n");
}

TEST_CASE("a histogram counts into cumulative buckets", "[base][metrics]") {
  Registry registry;
  constexpr double kBounds[] = {0.5, 1};
  Histogram& histogram = registry.histogram("obs_h_seconds", "", {{"k", "v"}}, kBounds);
  for (const double value : {0.25, 0.5, 0.75, 9.0}) histogram.observe(value);
  CHECK(registry.render() ==
        "# HELP obs_h_seconds \n"
        "# TYPE obs_h_seconds histogram\n"
        "obs_h_seconds_bucket{k=\"v\",le=\"0.5\"} 2\n"
        "obs_h_seconds_bucket{k=\"v\",le=\"1.0\"} 3\n"
        "obs_h_seconds_bucket{k=\"v\",le=\"+Inf\"} 4\n"
        "obs_h_seconds_sum{k=\"v\"} 10.5\n"
        "obs_h_seconds_count{k=\"v\"} 4\n");
}

TEST_CASE("counting from many threads loses nothing", "[base][metrics]") {
  Registry registry;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&registry] {
      for (int n = 0; n < 10'000; ++n) registry.counter("obs_a_total", "").add();
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(registry.counter("obs_a_total", "").value() == 40'000);
}

}  // namespace
}  // namespace obs
