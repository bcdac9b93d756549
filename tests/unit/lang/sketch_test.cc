#include "libobs/lang/sketch.h"

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

using obs::lang::nearest_rank;
using obs::lang::QuantileSketch;

TEST_CASE("a sketch is within one percent of the nearest rank", "[lang][sketch]") {
  std::mt19937_64 random(5);
  std::lognormal_distribution<double> latency(3, 2);
  std::normal_distribution<double> around_zero(0, 100);
  for (const bool skewed : {true, false}) {
    QuantileSketch sketch;
    std::vector<double> values;
    for (int i = 0; i < 20'001; ++i) {
      values.push_back(skewed ? latency(random) : around_zero(random));
      sketch.add(values.back());
    }
    for (const double quantile : {0.0, 0.001, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999, 1.0}) {
      const double exact = *nearest_rank(values, quantile);
      INFO(quantile);
      CHECK(std::fabs(*sketch.quantile(quantile) - exact) <= std::fabs(exact) * 0.0101 + 1e-12);
    }
  }
}

TEST_CASE("merged sketches are the sketch of all", "[lang][sketch]") {
  QuantileSketch all, odd, even;
  for (int i = -500; i < 1000; ++i) {
    all.add(i * 0.37);
    (i % 2 == 0 ? even : odd).add(i * 0.37);
  }
  odd.merge(even);
  for (double quantile = 0; quantile <= 1; quantile += 0.01) {
    CHECK(odd.quantile(quantile) == all.quantile(quantile));
  }
}

TEST_CASE("the edges of a sketch", "[lang][sketch]") {
  QuantileSketch sketch;
  CHECK_FALSE(sketch.quantile(0.5));
  sketch.add(std::nan(""));
  CHECK(sketch.count() == 0);
  sketch.add(0);
  CHECK(sketch.quantile(0.5) == 0);
  sketch.add(std::numeric_limits<double>::infinity());
  sketch.add(-1e-320);
  CHECK(std::isinf(*sketch.quantile(1)));
  QuantileSketch wide;
  for (int i = -300; i < 300; ++i) wide.add(std::pow(10.0, i));
  CHECK(*wide.quantile(0.99) == Approx(1e293).epsilon(0.011));
}

TEST_CASE("the nearest rank is one of the values", "[lang][sketch]") {
  std::vector<double> values = {3, 1, std::nan(""), 2};
  CHECK(nearest_rank(values, 0.5) == 2);
  CHECK(nearest_rank(values, 0) == 1);
  CHECK(std::isnan(*nearest_rank(values, 1)));
  CHECK_FALSE(nearest_rank({}, 0.5));
}
