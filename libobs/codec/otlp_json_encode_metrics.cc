#include "libobs/codec/otlp_json_encode.h"

namespace obs::codec::otlp_json {

using model::BucketRun;
using model::Distribution;
using model::Exemplar;
using model::Metric;
using model::MetricType;
using model::Quantile;

namespace {

std::string_view data_name(MetricType type) {
  switch (type) {
    case MetricType::kGauge: return "gauge";
    case MetricType::kSum: return "sum";
    case MetricType::kHistogram: return "histogram";
    case MetricType::kExponentialHistogram: return "exponentialHistogram";
    case MetricType::kSummary: return "summary";
    case MetricType::kNone: break;
  }
  return {};
}

}  // namespace

void Encoder::metric(const otlp::MetricRun& run) {
  const Metric& metric = batch_.metrics.metrics[run.metric];
  text("name", metric.name);
  text("description", metric.description);
  text("unit", metric.unit);
  if (metric.type != MetricType::kNone) {
    object(data_name(metric.type), [&] { data(metric, run); });
  }
  attributes("metadata", metric.metadata);
}

void Encoder::data(const Metric& metric, const otlp::MetricRun& run) {
  if (run.begin != run.end) {
    array("dataPoints", [&] {
      for (std::size_t row = run.begin; row < run.end; ++row) object([&] { point(metric, row); });
    });
  }
  number("aggregationTemporality", metric.temporality);
  flag("isMonotonic", metric.is_monotonic);
}

void Encoder::point(const Metric& metric, std::size_t row) {
  const model::MetricColumns& points = batch_.metrics;
  attributes("attributes", points.attributes[row]);
  time("startTimeUnixNano", points.start_time[row]);
  if (points.time_source[row] == model::TimeSource::kSender) {
    time("timeUnixNano", points.time[row]);
  }
  number_value(points.value[row]);
  if (const Distribution* distribution = points.distribution[row]) {
    switch (metric.type) {
      case MetricType::kHistogram: histogram(*distribution); break;
      case MetricType::kExponentialHistogram: exponential_histogram(*distribution); break;
      default: summary(*distribution);
    }
  }
  number("flags", points.flags[row]);
  if (points.exemplars[row].empty()) return;
  array("exemplars", [&] {
    for (const Exemplar& item : points.exemplars[row]) object([&] { exemplar(item); });
  });
}

void Encoder::histogram(const Distribution& distribution) {
  if (distribution.count != 0) long_number("count", distribution.count);
  if (distribution.sum) real("sum", *distribution.sum);
  if (distribution.min) real("min", *distribution.min);
  if (distribution.max) real("max", *distribution.max);
  long_numbers("bucketCounts", distribution.counts);
  if (distribution.bounds.empty()) return;
  array("explicitBounds", [&] {
    for (const double bound : distribution.bounds) {
      separate();
      real(bound);
    }
  });
}

void Encoder::exponential_histogram(const Distribution& distribution) {
  if (distribution.count != 0) long_number("count", distribution.count);
  if (distribution.sum) real("sum", *distribution.sum);
  if (distribution.min) real("min", *distribution.min);
  if (distribution.max) real("max", *distribution.max);
  number("scale", distribution.scale);
  if (distribution.zero_count != 0) long_number("zeroCount", distribution.zero_count);
  if (distribution.zero_threshold != 0) real("zeroThreshold", distribution.zero_threshold);
  if (distribution.has_positive) buckets("positive", distribution.positive);
  if (distribution.has_negative) buckets("negative", distribution.negative);
}

void Encoder::buckets(std::string_view name, const BucketRun& run) {
  object(name, [&] {
    number("offset", run.offset);
    long_numbers("bucketCounts", run.counts);
  });
}

void Encoder::summary(const Distribution& distribution) {
  if (distribution.count != 0) long_number("count", distribution.count);
  real("sum", distribution.sum.value_or(0));
  if (distribution.quantiles.empty()) return;
  array("quantileValues", [&] {
    for (const Quantile& item : distribution.quantiles) {
      object([&] {
        real("quantile", item.quantile);
        real("value", item.value);
      });
    }
  });
}

void Encoder::exemplar(const Exemplar& exemplar) {
  attributes("filteredAttributes", exemplar.filtered_attributes);
  time("timeUnixNano", exemplar.time);
  number_value(exemplar.value);
  id("spanId", exemplar.span_id);
  id("traceId", exemplar.trace_id);
}

}  // namespace obs::codec::otlp_json
