#include <bit>
#include <optional>

#include "libobs/codec/otlp_protobuf_encode.h"

namespace obs::codec::otlp {

using model::BucketRun;
using model::Distribution;
using model::Exemplar;
using model::Metric;
using model::MetricColumns;
using model::MetricType;
using model::Quantile;
using model::Value;
using model::ValueKind;

namespace {

// A double whose 0 says the same as its absence; -0.0 is not that 0.
void add_double(Writer& out, std::uint32_t field, double value) {
  if (std::bit_cast<std::uint64_t>(value) != 0) out.add_double(field, value);
}

void add_optional(Writer& out, std::uint32_t field, const std::optional<double>& value) {
  if (value) out.add_double(field, *value);
}

void add_count(Writer& out, std::uint32_t field, std::uint64_t count) {
  if (count != 0) out.add_fixed64(field, count);
}

// The value of a number point or an exemplar, of which one field is written; 0 is a value.
void add_number(Writer& out, std::uint32_t field, ValueKind kind, const Value& value) {
  if (value.kind() != kind) return;
  if (kind == ValueKind::kInt) out.add_sfixed64(field, value.as_int());
  if (kind == ValueKind::kDouble) out.add_double(field, value.as_double());
}

std::uint32_t field_of(MetricType type) {
  switch (type) {
    case MetricType::kGauge: return metric::kGauge;
    case MetricType::kSum: return metric::kSum;
    case MetricType::kHistogram: return metric::kHistogram;
    case MetricType::kExponentialHistogram: return metric::kExponentialHistogram;
    case MetricType::kSummary: return metric::kSummary;
    case MetricType::kNone: break;
  }
  return 0;
}

}  // namespace

void Encoder::metric(Writer& out, const MetricRun& run) {
  const Metric& metric = batch_.metrics.metrics[run.metric];
  text(out, metric::kName, metric.name);
  text(out, metric::kDescription, metric.description);
  text(out, metric::kUnit, metric.unit);
  if (const std::uint32_t field = field_of(metric.type); field != 0) {
    message(out, field, [&](Writer& data) { metric_data(data, metric, run); });
  }
  attributes(out, metric::kMetadata, metric.metadata);
}

void Encoder::metric_data(Writer& out, const Metric& metric, const MetricRun& run) {
  for (std::size_t row = run.begin; row < run.end; ++row) {
    message(out, metric_data::kPoints, [&](Writer& point) { data_point(point, metric, row); });
  }
  if (metric.type == MetricType::kGauge || metric.type == MetricType::kSummary) return;
  number(out, metric_data::kTemporality, metric.temporality);
  if (metric.type == MetricType::kSum && metric.is_monotonic) {
    out.add_bool(metric_data::kIsMonotonic, true);
  }
}

void Encoder::data_point(Writer& point, const Metric& metric, std::size_t row) {
  static const Distribution kNothing;
  const MetricColumns& columns = batch_.metrics;
  const Distribution* const sent = columns.distribution[row];
  const Distribution& distribution = sent != nullptr ? *sent : kNothing;
  switch (metric.type) {
    case MetricType::kHistogram: return histogram_point(point, row, distribution);
    case MetricType::kExponentialHistogram: return exponential_point(point, row, distribution);
    case MetricType::kSummary: return summary_point(point, row, distribution);
    default: return number_point(point, row);
  }
}

void Encoder::point_times(Writer& point, std::size_t row) {
  const MetricColumns& columns = batch_.metrics;
  time(point, point::kStartTime, columns.start_time[row]);
  record_time(point, point::kTime, columns.time[row], columns.time_source[row]);
}

void Encoder::number_point(Writer& point, std::size_t row) {
  using namespace number_point;
  const MetricColumns& columns = batch_.metrics;
  point_times(point, row);
  add_number(point, kDouble, ValueKind::kDouble, columns.value[row]);
  exemplars(point, kExemplars, columns.exemplars[row]);
  add_number(point, kInt, ValueKind::kInt, columns.value[row]);
  attributes(point, kAttributes, columns.attributes[row]);
  number(point, kFlags, columns.flags[row]);
}

void Encoder::histogram_point(Writer& point, std::size_t row, const Distribution& distribution) {
  using namespace histogram_point;
  const MetricColumns& columns = batch_.metrics;
  point_times(point, row);
  const auto& counts = distribution.counts;
  const auto& bounds = distribution.bounds;
  add_count(point, kCount, distribution.count);
  add_optional(point, kSum, distribution.sum);
  point.add_packed_fixed64(kBucketCounts, counts.begin(), counts.end());
  point.add_packed_double(kExplicitBounds, bounds.begin(), bounds.end());
  exemplars(point, kExemplars, columns.exemplars[row]);
  attributes(point, kAttributes, columns.attributes[row]);
  number(point, kFlags, columns.flags[row]);
  add_optional(point, kMin, distribution.min);
  add_optional(point, kMax, distribution.max);
}

void Encoder::exponential_point(Writer& point, std::size_t row, const Distribution& distribution) {
  using namespace exponential_point;
  const MetricColumns& columns = batch_.metrics;
  attributes(point, kAttributes, columns.attributes[row]);
  point_times(point, row);
  add_count(point, kCount, distribution.count);
  add_optional(point, kSum, distribution.sum);
  if (distribution.scale != 0) point.add_sint32(kScale, distribution.scale);
  add_count(point, kZeroCount, distribution.zero_count);
  if (distribution.has_positive) buckets(point, kPositive, distribution.positive);
  if (distribution.has_negative) buckets(point, kNegative, distribution.negative);
  number(point, kFlags, columns.flags[row]);
  exemplars(point, kExemplars, columns.exemplars[row]);
  add_optional(point, kMin, distribution.min);
  add_optional(point, kMax, distribution.max);
  add_double(point, kZeroThreshold, distribution.zero_threshold);
}

void Encoder::summary_point(Writer& point, std::size_t row, const Distribution& distribution) {
  using namespace summary_point;
  const MetricColumns& columns = batch_.metrics;
  point_times(point, row);
  add_count(point, kCount, distribution.count);
  add_double(point, kSum, distribution.sum.value_or(0));
  for (const Quantile& item : distribution.quantiles) {
    message(point, kQuantiles, [&](Writer& out) {
      add_double(out, quantile::kQuantile, item.quantile);
      add_double(out, quantile::kValue, item.value);
    });
  }
  attributes(point, kAttributes, columns.attributes[row]);
  number(point, kFlags, columns.flags[row]);
}

void Encoder::buckets(Writer& point, std::uint32_t field, const BucketRun& run) {
  message(point, field, [&](Writer& out) {
    if (run.offset != 0) out.add_sint32(buckets::kOffset, run.offset);
    out.add_packed_uint64(buckets::kCounts, run.counts.begin(), run.counts.end());
  });
}

void Encoder::exemplars(Writer& point, std::uint32_t field, std::span<const Exemplar> exemplars) {
  using namespace exemplar;
  for (const Exemplar& item : exemplars) {
    message(point, field, [&](Writer& out) {
      time(out, kTime, item.time);
      add_number(out, kDouble, ValueKind::kDouble, item.value);
      id(out, kSpanId, item.span_id);
      id(out, kTraceId, item.trace_id);
      add_number(out, kInt, ValueKind::kInt, item.value);
      attributes(out, kFilteredAttributes, item.filtered_attributes);
    });
  }
}

}  // namespace obs::codec::otlp
