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

constexpr std::size_t kSeriesAHost = 50;
constexpr std::size_t kHostsARequest = 20;  // As a collector puts them together.

}  // namespace

PointMix::PointMix(std::size_t series, bool noise, Times times) : times_(times) {
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

// The host's series, whose first is `begin`.
void PointMix::add_host(model::Batch& batch, std::size_t begin) {
  Arena& arena = *batch.arena;
  const auto text = [&](const std::string& made) { return Value::string(arena.copy(made)); };
  const KeyValue resource[] = {{"service.name", Value::string("shop")},
                               {"service.instance.id", text(fmt::format("host-{}", begin))}};
  batch.resources.push_back(
      {arena.copy_array(std::span<const KeyValue>(resource)), "shop", {}, 0, {}});
  const auto scope = static_cast<std::uint32_t>(batch.scopes.size());
  batch.scopes.push_back({scope, "bench", {}, {}, {}, 0});
  const Timestamp late =
      times_ == Times::kApart ? static_cast<Timestamp>(random_() % kMillisecond) : 0;
  const Timestamp time = time_ + late;
  for (std::size_t i = begin; i < std::min(begin + kSeriesAHost, states_.size()); ++i) {
    model::Metric metric;
    const bool is_counter = states_[i].kind == Kind::kCounter;
    metric.scope = scope;
    metric.name = arena.copy(fmt::format("app.metric.{}", i % kSeriesAHost));
    metric.type = is_counter ? model::MetricType::kSum : model::MetricType::kGauge;
    metric.temporality = is_counter ? 2 : 0;
    metric.is_monotonic = is_counter;
    const KeyValue attributes[] = {{"handler", text(fmt::format("/api/v1/handler-{}", i % 7))},
                                   {"method", Value::string("GET")},
                                   {"shard", Value::integer(static_cast<std::int64_t>(i % 3))}};
    codec::PointRow row;
    row.time.time = time;
    row.start_time = is_counter ? time_ - time_ % kDay : 0;
    row.metric = static_cast<std::uint32_t>(batch.metrics.metrics.size());
    row.attributes = arena.copy_array(std::span<const KeyValue>(attributes));
    row.value = step(states_[i]);
    batch.metrics.metrics.push_back(metric);
    codec::append_row(batch.metrics, row);
  }
}

std::vector<std::string> PointMix::scrape() {
  std::vector<std::string> requests;
  for (std::size_t begin = 0; begin < states_.size();) {
    model::Batch batch;
    batch.signal = model::Signal::kMetrics;
    for (std::size_t host = 0; host < kHostsARequest && begin < states_.size(); ++host) {
      add_host(batch, begin);
      begin += kSeriesAHost;
    }
    requests.push_back(codec::encode_otlp_protobuf(batch));
  }
  time_ += 15 * kSecond;
  return requests;
}

}  // namespace obs::bench
