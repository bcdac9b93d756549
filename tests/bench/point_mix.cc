#include "tests/bench/point_mix.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "libobs/codec/columns.h"
#include "libobs/codec/otlp.h"

namespace obs::bench {
namespace {

using model::KeyValue;
using model::Value;

constexpr std::size_t kSeriesABatch = 50;

}  // namespace

PointMix::PointMix(std::size_t series, bool noise) {
  for (std::size_t i = 0; i < series; ++i) {
    const Kind gauge = noise && i % 4 == 3 ? Kind::kNoise : Kind::kRounded;
    states_.push_back({i % 2 == 0 ? Kind::kCounter : gauge, static_cast<double>(i % 97)});
  }
}

model::Value PointMix::step(State& state) {
  switch (state.kind) {
    case Kind::kCounter:
      state.value = random_() % 2000 == 0 ? 0 : state.value + static_cast<double>(random_() % 100);
      return Value::number(state.value);
    case Kind::kRounded:
      state.value += static_cast<double>(random_() % 101) / 100 - 0.5;
      return Value::number(std::round(state.value * 100) / 100);
    case Kind::kNoise: break;
  }
  state.value = 50 + std::generate_canonical<double, 53>(random_) * 10;
  return Value::number(state.value);
}

std::vector<std::string> PointMix::scrape() {
  std::vector<std::string> requests;
  for (std::size_t begin = 0; begin < states_.size(); begin += kSeriesABatch) {
    model::Batch batch;
    batch.signal = model::Signal::kMetrics;
    Arena& arena = *batch.arena;
    const auto text = [&](const std::string& made) { return Value::string(arena.copy(made)); };
    const KeyValue resource[] = {{"service.name", Value::string("shop")},
                                 {"service.instance.id", text(fmt::format("host-{}", begin))}};
    batch.resources.push_back(
        {arena.copy_array(std::span<const KeyValue>(resource)), "shop", {}, 0, {}});
    batch.scopes.push_back({0, "bench", {}, {}, {}, 0});
    const std::size_t end = std::min(begin + kSeriesABatch, states_.size());
    // Collection takes its time, so that hosts are scraped a little apart, and never twice alike.
    const Timestamp time = time_ + static_cast<Timestamp>(random_() % kMillisecond);
    for (std::size_t i = begin; i < end; ++i) {
      model::Metric metric;
      const bool is_counter = states_[i].kind == Kind::kCounter;
      metric.name = arena.copy(fmt::format("app.metric.{}", i % kSeriesABatch));
      metric.type = is_counter ? model::MetricType::kSum : model::MetricType::kGauge;
      metric.temporality = is_counter ? 2 : 0;
      metric.is_monotonic = is_counter;
      batch.metrics.metrics.push_back(metric);
      const KeyValue attributes[] = {{"handler", text(fmt::format("/api/v1/handler-{}", i % 7))},
                                     {"method", Value::string("GET")},
                                     {"shard", Value::integer(static_cast<std::int64_t>(i % 3))}};
      codec::PointRow row;
      row.time.time = time;
      row.start_time = is_counter ? time_ - time_ % kDay : 0;
      row.metric = static_cast<std::uint32_t>(i - begin);
      row.attributes = arena.copy_array(std::span<const KeyValue>(attributes));
      row.value = step(states_[i]);
      codec::append_row(batch.metrics, row);
    }
    requests.push_back(codec::encode_otlp_protobuf(batch));
  }
  time_ += 15 * kSecond;
  return requests;
}

}  // namespace obs::bench
