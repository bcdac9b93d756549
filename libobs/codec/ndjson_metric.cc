#include "libobs/codec/json_keys.h"
#include "libobs/codec/ndjson_fields.h"
#include "libobs/codec/ndjson_record.h"

namespace obs::codec {

using model::BucketRun;
using model::Distribution;
using model::Exemplar;
using model::Metric;
using model::MetricType;
using model::Quantile;
using model::Signal;

namespace {

using F = RecordField;

enum class BucketField { kNone, kOffset, kCounts };
constexpr auto kBucketFields =
    key_table<BucketField>({{"offset", BucketField::kOffset}, {"counts", BucketField::kCounts}});

enum class QuantileField { kNone, kQuantile, kValue };
constexpr auto kQuantileFields = key_table<QuantileField>(
    {{"quantile", QuantileField::kQuantile}, {"value", QuantileField::kValue}});

enum class ExemplarField { kNone, kTime, kValue, kTraceId, kSpanId, kAttributes };
constexpr auto kExemplarFields =
    key_table<ExemplarField>({{"time", ExemplarField::kTime},
                              {"value", ExemplarField::kValue},
                              {"trace_id", ExemplarField::kTraceId},
                              {"span_id", ExemplarField::kSpanId},
                              {"filtered_attributes", ExemplarField::kAttributes}});

class MetricLine final : public RecordLine {
 public:
  explicit MetricLine(LineReader& line)
      : line_(line), json_(line.json), recent_(line.builders.recent(Signal::kMetrics)) {}

  void read(RecordField field) override;
  BatchBuilder* keep() override;

 private:
  bool describe(RecordField field);
  void point(RecordField field);
  void distribution(RecordField field);
  void type();
  void optional_real(std::optional<double>& out, std::string_view reason);
  void read_counts(std::vector<std::uint64_t>& out);
  void buckets(BucketRun& run, bool& present, std::vector<std::uint64_t>& counts);
  Quantile quantile();
  Exemplar exemplar();
  void keep_distribution(Arena& arena);

  LineReader& line_;
  JsonReader& json_;
  const BatchBuilder& recent_;
  RecordHead head_;
  Metric metric_;
  RawMember metadata_;
  bool is_point_ = false;  // A line without anything of a point is a metric that has none.
  PointRow row_;
  Distribution distribution_;
  std::vector<std::uint64_t> counts_;
  std::vector<std::uint64_t> positive_;
  std::vector<std::uint64_t> negative_;
  std::vector<double> bounds_;
  std::vector<Quantile> quantiles_;
  std::vector<Exemplar> exemplars_;
};

std::optional<std::int32_t> parse_temporality(std::string_view name) {
  for (std::int32_t number = 1; number <= 2; ++number) {
    if (model::temporality_name(number) == name) return number;
  }
  return std::nullopt;
}

void MetricLine::read(RecordField field) {
  if (describe(field)) return;
  switch (field) {
    case F::kService:
    case F::kResource:
    case F::kResourceSchemaUrl:
    case F::kResourceDropped:
    case F::kEntityRefs:
    case F::kScope:
    case F::kError:
    case F::kProject: return head_.read(line_, recent_, field);
    default: is_point_ = true; return point(field);
  }
}

// The fields that a metric's points share. False for others.
bool MetricLine::describe(RecordField field) {
  switch (field) {
    case F::kName: read_text(json_, metric_.name, "name is not a string"); return true;
    case F::kType: type(); return true;
    case F::kUnit: read_text(json_, metric_.unit, "unit is not a string"); return true;
    case F::kDescription:
      read_text(json_, metric_.description, "description is not a string");
      return true;
    case F::kTemporality:
      read_named(json_, metric_.temporality, parse_temporality, "temporality is no temporality");
      return true;
    case F::kIsMonotonic:
      read_bool(json_, metric_.is_monotonic, "is_monotonic is not a boolean");
      return true;
    case F::kMetadata:
      metadata_.at = json_.position();
      json_.skip();
      metadata_.text = json_.text_since(metadata_.at);
      return true;
    default: return false;
  }
}

void MetricLine::type() {
  const JsonReader::Position start = json_.position();
  std::string_view name;
  if (json_.take_string(name)) {
    if (const auto known = model::parse_metric_type(name)) {
      metric_.type = *known;
      return;
    }
  }
  json_.seek(start);
  json_.fail("type is no kind of metric");
}

void MetricLine::point(RecordField field) {
  switch (field) {
    case F::kStartTime: return read_time(json_, row_.start_time, "start_time is no time");
    case F::kValue: return read_number(json_, line_.values, row_.value, "value is not a number");
    case F::kAttributes: row_.attributes = line_.values.attributes(); return;
    case F::kFlags: return read_integer(json_, row_.flags, "flags are not a uint32");
    case F::kExemplars: return json_.items([&] { push_item(json_, exemplars_, exemplar()); });
    case F::kTime:
    case F::kTimeSource:
    case F::kObservedTime: return head_.read(line_, recent_, field);
    default: return distribution(field);
  }
}

void MetricLine::distribution(RecordField field) {
  switch (field) {
    case F::kCount: return read_integer(json_, distribution_.count, "count is not a uint64");
    case F::kSum: return optional_real(distribution_.sum, "sum is not a number");
    case F::kMin: return optional_real(distribution_.min, "min is not a number");
    case F::kMax: return optional_real(distribution_.max, "max is not a number");
    case F::kBounds:
      return json_.items([&] {
        double bound = 0;
        read_real(json_, line_.values, bound, "bound is not a number");
        push_item(json_, bounds_, bound);
      });
    case F::kCounts: return read_counts(counts_);
    case F::kScale: return read_integer(json_, distribution_.scale, "scale is not an int32");
    case F::kZeroCount:
      return read_integer(json_, distribution_.zero_count, "zero_count is not a uint64");
    case F::kZeroThreshold:
      return read_real(json_, line_.values, distribution_.zero_threshold,
                       "zero_threshold is not a number");
    case F::kPositive:
      return buckets(distribution_.positive, distribution_.has_positive, positive_);
    case F::kNegative:
      return buckets(distribution_.negative, distribution_.has_negative, negative_);
    case F::kQuantiles: return json_.items([&] { push_item(json_, quantiles_, quantile()); });
    default: return json_.skip();  // Another signal's.
  }
}

void MetricLine::optional_real(std::optional<double>& out, std::string_view reason) {
  double number = 0;
  read_real(json_, line_.values, number, reason);
  out = number;
}

void MetricLine::read_counts(std::vector<std::uint64_t>& out) {
  json_.items([&] {
    std::uint64_t count = 0;
    read_integer(json_, count, "bucket count is not a uint64");
    push_item(json_, out, count);
  });
}

void MetricLine::buckets(BucketRun& run, bool& present, std::vector<std::uint64_t>& counts) {
  present = true;
  read_members(json_, kBucketFields, [&](BucketField field) {
    if (field == BucketField::kOffset) {
      read_integer(json_, run.offset, "offset is not an int32");
    } else {
      read_counts(counts);
    }
  });
}

Quantile MetricLine::quantile() {
  Quantile quantile;
  read_members(json_, kQuantileFields, [&](QuantileField field) {
    double& out = field == QuantileField::kQuantile ? quantile.quantile : quantile.value;
    read_real(json_, line_.values, out, "quantile is not a number");
  });
  return quantile;
}

Exemplar MetricLine::exemplar() {
  Exemplar exemplar;
  read_members(json_, kExemplarFields, [&](ExemplarField field) {
    switch (field) {
      case ExemplarField::kTime:
        return read_time(json_, exemplar.time, "time of an exemplar is no time");
      case ExemplarField::kValue:
        return read_number(json_, line_.values, exemplar.value,
                           "value of an exemplar is not a number");
      case ExemplarField::kTraceId:
        return read_id(json_, exemplar.trace_id, "trace_id is not 32 hex digits");
      case ExemplarField::kSpanId:
        return read_id(json_, exemplar.span_id, "span_id is not 16 hex digits");
      case ExemplarField::kAttributes:
        exemplar.filtered_attributes = line_.values.attributes();
        return;
      case ExemplarField::kNone: return;
    }
  });
  return exemplar;
}

void MetricLine::keep_distribution(Arena& arena) {
  distribution_.bounds = arena.copy_array<double>(bounds_);
  distribution_.counts = arena.copy_array<std::uint64_t>(counts_);
  distribution_.positive.counts = arena.copy_array<std::uint64_t>(positive_);
  distribution_.negative.counts = arena.copy_array<std::uint64_t>(negative_);
  distribution_.quantiles = arena.copy_array<Quantile>(quantiles_);
  row_.distribution = arena.copy_array<Distribution>({&distribution_, 1}).data();
}

BatchBuilder* MetricLine::keep() {
  if (is_point_ && metric_.type == MetricType::kNone) {
    json_.fail("a data point needs the type of its metric");
    return nullptr;
  }
  BatchBuilder& builder = line_.builders.of_project(Signal::kMetrics, head_.project);
  metric_.scope = builder.scope(json_, line_.values, head_.context);
  if (!json_.ok()) return nullptr;
  row_.metric = builder.metric(json_, line_.values, metric_, metadata_);
  if (!json_.ok()) return nullptr;
  if (!is_point_) return &builder;

  Arena& arena = *builder.batch().arena;
  const bool is_number = metric_.type == MetricType::kGauge || metric_.type == MetricType::kSum;
  if (!is_number) {
    row_.value = {};
    if (metric_.type == MetricType::kSummary && !distribution_.sum) distribution_.sum = 0;
    keep_distribution(arena);
  }
  row_.exemplars = arena.copy_array<Exemplar>(exemplars_);
  row_.attributes = head_.with_error(arena, row_.attributes);
  row_.time = head_.record_time(line_.received);
  append_row(builder.batch().metrics, row_);
  return &builder;
}

}  // namespace

BatchBuilder* read_metric(LineReader& line) {
  MetricLine record(line);
  return read_record_line(line, record);
}

}  // namespace obs::codec
