// Series of Prometheus as metrics of OTLP: what remote write and scraping have in common.
//
// PromQL is to find in a store what was sent, so nothing is renamed and nothing is guessed:
//
//   __name__         the metric's name, as it is
//   job, instance    service.name and service.instance.id of the resource
//   other labels     attributes of the point, as they are
//   type             metadata "prometheus.type" of the metric: what a series was said to be, and
//                    the sign that its name and its labels are Prometheus' own
//   a sample         a point of a gauge, or of a cumulative sum (counters, info, state sets, and
//                    the series of a classic histogram or summary, which stay series); only one
//                    whose name ends in _total is monotonic, which to OTLP implies that suffix
//   staleness        a point with the flag "no recorded value"
//   native histogram a point of an exponential histogram, or, with custom buckets, of a histogram
//
// Text lies in the arena of the batch, or longer.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "libobs/codec/columns.h"
#include "libobs/model/batch.h"

namespace obs::codec {

// Numbered as both versions of remote write do.
enum class PrometheusType : std::uint8_t {
  kUnknown,
  kCounter,
  kGauge,
  kHistogram,
  kGaugeHistogram,
  kSummary,
  kInfo,
  kStateset
};
inline constexpr std::uint32_t kPrometheusTypes = 8;

// "counter", "gaugehistogram"…, as OpenMetrics spells them.
std::string_view to_string(PrometheusType type);
// Also "untyped", which is unknown.
std::optional<PrometheusType> parse_prometheus_type(std::string_view name);

inline constexpr std::string_view kPrometheusTypeKey = "prometheus.type";

// What is said of a metric, all of it optional.
struct PrometheusMetadata {
  PrometheusType type = PrometheusType::kUnknown;
  std::string_view unit;
  std::string_view help;

  friend bool operator==(const PrometheusMetadata&, const PrometheusMetadata&) = default;
};

// What the values of a series are.
enum class PrometheusValue : std::uint8_t { kFloat, kNativeHistogram, kCustomHistogram };

// The bits of the NaN that says: this series has ended.
inline constexpr std::uint64_t kStalenessBits = 0x7ff0000000000002;
bool is_staleness(double value);
// Sets a point's value, or its flag.
void set_sample(PointRow& row, double value);

// Fills a batch's resources, scopes and metrics, each once.
class PrometheusBatch {
 public:
  struct Series {
    std::string_view name;
    std::string_view job;
    std::string_view instance;
    PrometheusMetadata metadata;
    PrometheusValue value = PrometheusValue::kFloat;

    friend bool operator==(const Series&, const Series&) = default;
  };

  explicit PrometheusBatch(model::Batch& batch) : batch_(batch) {}

  // The index of its metric. Series of one metric that follow each other cost a comparison.
  std::uint32_t metric(const Series& series);

 private:
  struct Hash {
    std::size_t operator()(const Series& series) const;
  };
  std::uint32_t scope(const Series& series);

  model::Batch& batch_;
  Series last_;
  std::uint32_t last_metric_ = 0;
  std::uint32_t last_scope_ = 0;
  std::unordered_map<Series, std::uint32_t, Hash> metrics_;
  std::unordered_map<Series, std::uint32_t, Hash> scopes_;  // By job and instance alone.
};

}  // namespace obs::codec
