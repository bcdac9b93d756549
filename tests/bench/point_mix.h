// The spike's mix of metrics: series scraped every 15 s, half of them counters with resets, half
// gauges; half of these rounded to two decimals, the others of full precision.

#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "libobs/model/batch.h"

namespace obs::bench {

class PointMix {
 public:
  // Without noise, the gauges are all rounded. Hosts are scraped a little apart, and never twice
  // alike; or at regular times, as a scraper writes them down.
  enum class Times : std::uint8_t { kApart, kRegular };
  PointMix(std::size_t series, bool noise, Times times = Times::kApart);

  // The next scrape: a point of every series, a thousand a request, as OTLP protobuf.
  std::vector<std::string> scrape();

  Timestamp time() const { return time_; }

 private:
  enum class Kind : std::uint8_t { kCounter, kRounded, kNoise };
  struct State {
    Kind kind;
    double value;
  };
  model::Value step(State& state);
  void add_host(model::Batch& batch, std::size_t begin);

  std::mt19937_64 random_{1};
  std::vector<State> states_;
  Times times_;
  Timestamp time_ = 1'795'348'800'000'000'000;
};

}  // namespace obs::bench
