#include "libobs/codec/otlp_json_points.h"

namespace obs::codec::otlp_json {

using model::BucketRun;
using model::Distribution;
using model::Exemplar;
using model::MetricType;
using model::Quantile;

namespace {

constexpr KeyTable kPointFields{
    {std::pair<std::string_view, PointField>{"timeUnixNano", PointField::kTime},
     {"startTimeUnixNano", PointField::kStartTime},
     {"attributes", PointField::kAttributes},
     {"flags", PointField::kFlags},
     {"exemplars", PointField::kExemplars},
     {"asDouble", PointField::kDouble},
     {"asInt", PointField::kInt},
     {"count", PointField::kCount},
     {"sum", PointField::kSum},
     {"min", PointField::kMin},
     {"max", PointField::kMax},
     {"bucketCounts", PointField::kBucketCounts},
     {"explicitBounds", PointField::kExplicitBounds},
     {"scale", PointField::kScale},
     {"zeroCount", PointField::kZeroCount},
     {"zeroThreshold", PointField::kZeroThreshold},
     {"positive", PointField::kPositive},
     {"negative", PointField::kNegative},
     {"quantileValues", PointField::kQuantileValues},
     // Before OTLP 0.9.
     {"labels", PointField::kLabels},
     {"value", PointField::kValue}}};

enum class BucketField { kNone, kOffset, kCounts };
constexpr KeyTable kBucketFields{
    {std::pair<std::string_view, BucketField>{"offset", BucketField::kOffset},
     {"bucketCounts", BucketField::kCounts}}};

enum class QuantileField { kNone, kQuantile, kValue };
constexpr KeyTable kQuantileFields{
    {std::pair<std::string_view, QuantileField>{"quantile", QuantileField::kQuantile},
     {"value", QuantileField::kValue}}};

enum class LabelField { kNone, kKey, kValue };
constexpr auto kLabelFields =
    key_table<LabelField>({{"key", LabelField::kKey}, {"value", LabelField::kValue}});

enum class ExemplarField {
  kNone,
  kTime,
  kDouble,
  kInt,
  kTraceId,
  kSpanId,
  kAttributes,
  kLabels,
  kValue
};
constexpr KeyTable kExemplarFields{
    {std::pair<std::string_view, ExemplarField>{"timeUnixNano", ExemplarField::kTime},
     {"asDouble", ExemplarField::kDouble},
     {"asInt", ExemplarField::kInt},
     {"traceId", ExemplarField::kTraceId},
     {"spanId", ExemplarField::kSpanId},
     {"filteredAttributes", ExemplarField::kAttributes},
     // Before OTLP 0.9.
     {"filteredLabels", ExemplarField::kLabels},
     {"value", ExemplarField::kValue}}};

constexpr std::string_view kBadTime = "timeUnixNano is no time up to 2262";
constexpr std::string_view kBadCounts = "bucketCounts is not an array of uint64";

bool has_distribution(MetricType type) {
  return type == MetricType::kHistogram || type == MetricType::kExponentialHistogram ||
         type == MetricType::kSummary;
}

// Whether this kind of point has that field; what it has not is skipped as unknown.
bool has_field(MetricType type, PointField field) {
  switch (field) {
    case PointField::kDouble:
    case PointField::kValue:
    case PointField::kInt: return !has_distribution(type);
    case PointField::kExemplars: return type != MetricType::kSummary;
    case PointField::kCount:
    case PointField::kSum: return has_distribution(type);
    case PointField::kMin:
    case PointField::kMax: return has_distribution(type) && type != MetricType::kSummary;
    case PointField::kBucketCounts:
    case PointField::kExplicitBounds: return type == MetricType::kHistogram;
    case PointField::kScale:
    case PointField::kZeroCount:
    case PointField::kZeroThreshold:
    case PointField::kPositive:
    case PointField::kNegative: return type == MetricType::kExponentialHistogram;
    case PointField::kQuantileValues: return type == MetricType::kSummary;
    default: return true;
  }
}

}  // namespace

void PointDecoder::decode(MetricType type, std::uint32_t metric) {
  const Decoder::Level level(decoder_);
  Point point;
  point.row.metric = metric;
  if (type == MetricType::kSummary) point.distribution.sum = 0;
  exemplars_.clear();
  quantiles_.clear();
  counts_.clear();
  bounds_.clear();
  decoder_.object(kPointFields, "data point is not an object", [&](PointField field) {
    if (has_field(type, field)) return read(field, point);
    decoder_.json().skip();
  });
  if (!decoder_.count_record(level)) return;
  point.row.time = resolve_time(point.sent, 0, decoder_.batch().received);
  point.row.exemplars = decoder_.keep(exemplars_);
  if (has_distribution(type)) {
    point.distribution.counts = decoder_.keep(counts_);
    point.distribution.bounds = decoder_.keep(bounds_);
    point.distribution.quantiles = decoder_.keep(quantiles_);
    decoder_.claim(sizeof(Distribution));
    point.row.distribution =
        decoder_.arena().copy_array<Distribution>({&point.distribution, 1}).data();
  }
  decoder_.claim(sizeof point.row);
  append_row(columns_, point.row);
}

void PointDecoder::read(PointField field, Point& point) {
  switch (field) {
    case PointField::kTime: return decoder_.time(point.sent, kBadTime);
    case PointField::kStartTime:
      return decoder_.time(point.row.start_time, "startTimeUnixNano is no time up to 2262");
    case PointField::kAttributes: point.row.attributes = decoder_.attributes(); return;
    case PointField::kLabels: return labels(point.row.attributes);
    case PointField::kFlags: return decoder_.integer(point.row.flags, "flags are not a uint32");
    case PointField::kExemplars:
      return decoder_.array("exemplars are not an array",
                            [&] { decoder_.push(exemplars_, exemplar()); });
    case PointField::kDouble:
      return decoder_.number_value(point.row.value, "asDouble is not a number");
    case PointField::kValue: return old_value(point.row.value);
    case PointField::kInt: return decoder_.integer_value(point.row.value, "asInt is no integer");
    default: return read_distribution(field, point.distribution);
  }
}

void PointDecoder::read_distribution(PointField field, Distribution& distribution) {
  switch (field) {
    case PointField::kCount: return decoder_.integer(distribution.count, "count is not a uint64");
    case PointField::kSum: return optional_number(distribution.sum, "sum is not a number");
    case PointField::kMin: return optional_number(distribution.min, "min is not a number");
    case PointField::kMax: return optional_number(distribution.max, "max is not a number");
    case PointField::kBucketCounts: return counts(counts_);
    case PointField::kExplicitBounds:
      return decoder_.array("explicitBounds is not an array", [&] {
        double bound = 0;
        decoder_.number(bound, "explicitBounds item is not a number");
        decoder_.push(bounds_, bound);
      });
    case PointField::kScale: return decoder_.integer(distribution.scale, "scale is not an int32");
    case PointField::kZeroCount:
      return decoder_.integer(distribution.zero_count, "zeroCount is not a uint64");
    case PointField::kZeroThreshold:
      return decoder_.number(distribution.zero_threshold, "zeroThreshold is not a number");
    case PointField::kPositive:
      distribution.positive = buckets();
      distribution.has_positive = true;
      return;
    case PointField::kNegative:
      distribution.negative = buckets();
      distribution.has_negative = true;
      return;
    case PointField::kQuantileValues:
      return decoder_.array("quantileValues is not an array",
                            [&] { decoder_.push(quantiles_, quantile()); });
    default: return decoder_.json().skip();
  }
}

void PointDecoder::optional_number(std::optional<double>& out, std::string_view reason) {
  double value = 0;
  decoder_.number(value, reason);
  out = value;
}

void PointDecoder::old_value(model::Value& out) {
  if (integers_) return decoder_.integer_value(out, "value is no integer");
  decoder_.number_value(out, "value is not a number");
}

// What attributes were when their values were text; who sends both leaves one of them empty.
void PointDecoder::labels(model::Attributes& out) {
  std::vector<model::KeyValue> labels;
  decoder_.array("labels are not an array", [&] {
    model::KeyValue label;
    std::string_view value;
    decoder_.object(kLabelFields, "label is not an object", [&](LabelField field) {
      decoder_.text(field == LabelField::kKey ? label.key : value, "label is not a string");
    });
    label.value = model::Value::string(value);
    decoder_.push(labels, label);
  });
  if (!labels.empty()) out = decoder_.keep(labels);
}

void PointDecoder::counts(std::vector<std::uint64_t>& out) {
  decoder_.array(kBadCounts, [&] {
    std::uint64_t count = 0;
    decoder_.integer(count, kBadCounts);
    decoder_.push(out, count);
  });
}

BucketRun PointDecoder::buckets() {
  BucketRun run;
  counts_.clear();  // Exponential histograms have no other counts.
  decoder_.object(kBucketFields, "buckets are not an object", [&](BucketField field) {
    if (field == BucketField::kOffset) {
      decoder_.integer(run.offset, "offset is not an int32");
    } else {
      counts(counts_);
    }
  });
  run.counts = decoder_.keep(counts_);
  counts_.clear();
  return run;
}

Quantile PointDecoder::quantile() {
  Quantile quantile;
  decoder_.object(
      kQuantileFields, "quantileValues item is not an object", [&](QuantileField field) {
        double& out = field == QuantileField::kQuantile ? quantile.quantile : quantile.value;
        decoder_.number(out, "quantile is not a number");
      });
  return quantile;
}

Exemplar PointDecoder::exemplar() {
  Exemplar exemplar;
  decoder_.object(kExemplarFields, "exemplar is not an object", [&](ExemplarField field) {
    switch (field) {
      case ExemplarField::kTime: return decoder_.time(exemplar.time, kBadTime);
      case ExemplarField::kDouble:
        return decoder_.number_value(exemplar.value, "asDouble is not a number");
      case ExemplarField::kInt:
        return decoder_.integer_value(exemplar.value, "asInt is no integer");
      case ExemplarField::kTraceId:
        return decoder_.id(exemplar.trace_id, "traceId of an exemplar is not 32 hex digits");
      case ExemplarField::kSpanId:
        return decoder_.id(exemplar.span_id, "spanId of an exemplar is not 16 hex digits");
      case ExemplarField::kAttributes: exemplar.filtered_attributes = decoder_.attributes(); return;
      case ExemplarField::kLabels: return labels(exemplar.filtered_attributes);
      case ExemplarField::kValue: return old_value(exemplar.value);
      case ExemplarField::kNone: return;
    }
  });
  return exemplar;
}

}  // namespace obs::codec::otlp_json
