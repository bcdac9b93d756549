#include "libobs/codec/prometheus_batch.h"

#include <algorithm>
#include <array>
#include <bit>
#include <iterator>
#include <utility>

#include "libobs/base/hash.h"

namespace obs::codec {
namespace {

using model::KeyValue;
using model::Metric;
using model::MetricType;
using model::Value;

constexpr std::int32_t kCumulative = 2;
constexpr std::uint32_t kNoRecordedValue = 1;

constexpr std::string_view kTypeNames[kPrometheusTypes] = {
    "unknown", "counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset"};

// The metadata of all metrics of a type.
model::Attributes type_metadata(PrometheusType type) {
  static const auto kEntries = [] {
    std::array<KeyValue, kPrometheusTypes> entries;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      entries[i] = {kPrometheusTypeKey, Value::string(kTypeNames[i])};
    }
    return entries;
  }();
  return {&kEntries[static_cast<std::size_t>(type)], 1};
}

bool is_sum(std::string_view name, PrometheusType type) {
  switch (type) {
    case PrometheusType::kCounter:
    case PrometheusType::kInfo:
    case PrometheusType::kStateset: return true;
    case PrometheusType::kHistogram:
    case PrometheusType::kSummary:
      return name.ends_with("_bucket") || name.ends_with("_count") || name.ends_with("_sum");
    default: return false;
  }
}

void set_type(Metric& metric, const PrometheusBatch::Series& series) {
  if (series.value == PrometheusValue::kNativeHistogram) {
    metric.type = MetricType::kExponentialHistogram;
  } else if (series.value == PrometheusValue::kCustomHistogram) {
    metric.type = MetricType::kHistogram;
  } else if (is_sum(series.name, series.metadata.type)) {
    metric.type = MetricType::kSum;
    metric.is_monotonic =
        series.metadata.type == PrometheusType::kCounter && series.name.ends_with("_total");
  } else {
    metric.type = MetricType::kGauge;
  }
  if (metric.type != MetricType::kGauge) metric.temporality = kCumulative;
}

}  // namespace

std::string_view to_string(PrometheusType type) {
  return kTypeNames[static_cast<std::size_t>(type)];
}

std::optional<PrometheusType> parse_prometheus_type(std::string_view name) {
  if (name == "untyped") return PrometheusType::kUnknown;
  const auto found = std::find(std::begin(kTypeNames), std::end(kTypeNames), name);
  if (found == std::end(kTypeNames)) return std::nullopt;
  return static_cast<PrometheusType>(found - std::begin(kTypeNames));
}

bool is_staleness(double value) { return std::bit_cast<std::uint64_t>(value) == kStalenessBits; }

void set_sample(PointRow& row, double value) {
  if (is_staleness(value)) {
    row.flags = kNoRecordedValue;
  } else {
    row.value = Value::number(value);
  }
}

std::size_t PrometheusBatch::Hash::operator()(const Series& series) const {
  std::uint64_t hash = hash64(series.name);
  hash = hash64(series.job, hash);
  hash = hash64(series.instance, hash);
  return hash ^ static_cast<std::size_t>(series.value);
}

std::uint32_t PrometheusBatch::metric(const Series& series) {
  if (!batch_.metrics.metrics.empty() && series == last_) return last_metric_;
  last_scope_ = scope(series);
  last_ = series;
  const auto [found, fresh] =
      metrics_.emplace(series, static_cast<std::uint32_t>(batch_.metrics.metrics.size()));
  last_metric_ = found->second;
  if (!fresh) return last_metric_;
  Metric& metric = batch_.metrics.metrics.emplace_back();
  metric.scope = last_scope_;
  metric.name = series.name;
  metric.unit = series.metadata.unit;
  metric.description = series.metadata.help;
  metric.metadata = type_metadata(series.metadata.type);
  set_type(metric, series);
  return last_metric_;
}

std::uint32_t PrometheusBatch::scope(const Series& series) {
  if (!batch_.scopes.empty() && series.job == last_.job && series.instance == last_.instance) {
    return last_scope_;
  }
  Series key;
  key.job = series.job;
  key.instance = series.instance;
  const auto index = static_cast<std::uint32_t>(batch_.scopes.size());
  const auto [found, fresh] = scopes_.emplace(key, index);
  if (!fresh) return found->second;
  auto* attributes = batch_.arena->allocate_array<KeyValue>(2);
  std::size_t count = 0;
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) new (attributes + count++) KeyValue{name, Value::string(value)};
  };
  add("service.name", series.job);
  add("service.instance.id", series.instance);
  model::Resource& resource = batch_.resources.emplace_back();
  resource.attributes = {attributes, count};
  resource.service = series.job;
  batch_.scopes.emplace_back().resource = index;
  return index;
}

}  // namespace obs::codec
