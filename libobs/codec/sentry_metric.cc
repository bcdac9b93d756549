// Metrics of Sentry: each observation is an item of its own, with the trace it was made in.
//
// A counter is a sum of deltas, a gauge a gauge. A distribution is an exponential histogram of one
// observation, so that observations of a series add up to quantiles, and `sum`, `min` and `max` are
// the observation itself.

#include <cmath>

#include "libobs/codec/sentry_items.h"

namespace obs::codec {

using model::Attributes;
using model::KeyValue;
using model::Value;

namespace {

constexpr std::int32_t kDelta = 1;
// Buckets 2 % wide: quantiles are right to a percent.
constexpr std::int32_t kScale = 5;

// What differs from one observation to the next, and would make a series of each: it belongs to
// the observation.
bool is_of_observation(std::string_view key) {
  return key.starts_with("sentry.timestamp.") || key.starts_with("sentry._internal.") ||
         key.starts_with("user.") || key == "sentry.replay_id" ||
         key == "sentry.trace.parent_span_id";
}

std::optional<model::Metric> metric_of(Attributes item) {
  model::Metric metric;
  const std::string_view type = text_of(item, "type");
  metric.name = text_of(item, "name");
  metric.unit = text_of(item, "unit");
  if (metric.name.empty()) return std::nullopt;
  if (type == "counter") {
    metric.type = model::MetricType::kSum;
    metric.temporality = kDelta;
    metric.is_monotonic = true;
  } else if (type == "gauge") {
    metric.type = model::MetricType::kGauge;
  } else if (type == "distribution") {
    metric.type = model::MetricType::kExponentialHistogram;
    metric.temporality = kDelta;
  } else {
    return std::nullopt;
  }
  return metric;
}

// The bucket (2^(i/32), 2^((i+1)/32)] that a positive number falls into.
std::int32_t bucket_of(double number) {
  return static_cast<std::int32_t>(std::ceil(std::ldexp(std::log2(number), kScale))) - 1;
}

const model::Distribution* distribution_of(Arena& arena, double number) {
  static constexpr std::uint64_t kOne[] = {1};
  model::Distribution made;
  made.count = 1;
  made.sum = made.min = made.max = number;
  made.scale = kScale;
  if (number == 0) {
    made.zero_count = 1;
  } else {
    (number > 0 ? made.has_positive : made.has_negative) = true;
    (number > 0 ? made.positive : made.negative) = {bucket_of(std::abs(number)), kOne};
  }
  return arena.copy_array(std::span<const model::Distribution>(&made, 1)).data();
}

std::span<const model::Exemplar> exemplar_of(RequestBatch& points, Attributes item, Timestamp time,
                                             const Value& value, Attributes filtered) {
  model::Exemplar made;
  made.time = time;
  made.value = value;
  made.filtered_attributes = filtered;
  if (!model::parse_id(text_of(item, "trace_id"), made.trace_id) && filtered.empty()) return {};
  (void)model::parse_id(text_of(item, "span_id"), made.span_id);
  points.claim(sizeof made);
  return points.arena().copy_array(std::span<const model::Exemplar>(&made, 1));
}

}  // namespace

void add_sentry_metric(EventBatch& batch, Attributes item, std::string_view project) {
  RequestBatch& points = batch.points();
  auto metric = metric_of(item);
  const Value* value = model::find_attribute(item, "value");
  const auto number = number_of(item, "value");
  if (!metric)
    return points.refuse("a metric has no name, or is no counter, gauge or distribution");
  if (!number || !std::isfinite(*number)) return points.refuse("a metric has no number");
  AttributeList all(points);
  set_sentry_item_resource(batch, map_of(item, "attributes"), project, all);
  AttributeList kept(points);
  AttributeList filtered(points);
  for (const KeyValue& entry : all.view())
    (is_of_observation(entry.key) ? filtered : kept).value(entry.key, entry.value);

  metric->scope = batch.point_scope();
  PointRow row;
  row.metric = points.metric(*metric);
  row.time = resolve_time(time_of(item, "timestamp").value_or(0), 0, points.received());
  row.attributes = kept.keep();
  if (metric->type == model::MetricType::kExponentialHistogram) {
    points.claim(sizeof(model::Distribution));
    if (!points.fits()) return;
    row.distribution = distribution_of(points.arena(), *number);
  } else {
    row.value = *value;
  }
  row.exemplars = exemplar_of(points, item, row.time.time, Value::number(*number), filtered.keep());
  points.add(row);
}

}  // namespace obs::codec
