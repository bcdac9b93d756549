// Reading the data points of metrics from OTLP JSON. For the codec's own files.

#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "libobs/codec/otlp_json_decode.h"

namespace obs::codec::otlp_json {

// Every kind of data point, and of what lies in one, in one list: they share most names.
enum class PointField {
  kNone,
  kTime,
  kStartTime,
  kAttributes,
  kFlags,
  kExemplars,
  kDouble,
  kInt,
  kCount,
  kSum,
  kMin,
  kMax,
  kBucketCounts,
  kExplicitBounds,
  kScale,
  kZeroCount,
  kZeroThreshold,
  kPositive,
  kNegative,
  kQuantileValues,
  kLabels,
  kValue
};

// Appends points to the metric columns of a decoder's batch.
class PointDecoder {
 public:
  explicit PointDecoder(Decoder& decoder) : decoder_(decoder), columns_(decoder.batch().metrics) {}

  // Whether the values of the points to come are integers by the kind of their metric, as before
  // OTLP 0.9.
  void expect_integers(bool integers) { integers_ = integers; }
  // Reads the point that is next; `type` says of which kind it is.
  void decode(model::MetricType type, std::uint32_t metric);

 private:
  // A point on its way.
  struct Point {
    PointRow row;
    Timestamp sent = 0;
    model::Distribution distribution;
  };

  void read(PointField field, Point& point);
  void read_distribution(PointField field, model::Distribution& distribution);
  void optional_number(std::optional<double>& out, std::string_view reason);
  void labels(model::Attributes& out);
  void old_value(model::Value& out);
  void counts(std::vector<std::uint64_t>& out);
  model::BucketRun buckets();
  model::Quantile quantile();
  model::Exemplar exemplar();

  Decoder& decoder_;
  model::MetricColumns& columns_;
  bool integers_ = false;
  std::vector<model::Exemplar> exemplars_;
  std::vector<model::Quantile> quantiles_;
  std::vector<std::uint64_t> counts_;
  std::vector<double> bounds_;
};

}  // namespace obs::codec::otlp_json
