// What an exporter exposes to be scraped: Prometheus' text (0.0.4, and 1.0.0 with names in quotes),
// OpenMetrics (0.0.1 and 1.0.0) and delimited protobuf, to samples.
//
// A sample is what Prometheus would store: classic histograms and summaries are series, also where
// protobuf has them as one message; native histograms stay whole. A body that is not well-formed
// fails whole, naming the line. Labels are as they were sent, those with empty values left out.
//
// Pure. Text lies in the arena.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/arena.h"
#include "libobs/base/clock.h"
#include "libobs/base/result.h"
#include "libobs/codec/prometheus_batch.h"
#include "libobs/model/batch.h"

namespace obs::codec {

enum class ExpositionFormat : std::uint8_t { kText, kOpenMetrics, kProtobuf };

// Of a Content-Type: "text/plain; version=0.0.4", "application/openmetrics-text;version=1.0.0",
// "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited".
// nullopt: none that is known; JSON, HTML and text in protobuf among them.
std::optional<ExpositionFormat> find_exposition_format(std::string_view content_type);
// The names that configuration files have for them: "PrometheusText0.0.4", "OpenMetricsText1.0.0"…
std::optional<ExpositionFormat> parse_exposition_name(std::string_view name);

struct ExposedFamily {
  std::string_view name;
  PrometheusMetadata metadata;
};

struct ExposedSample {
  std::uint32_t family = 0;
  std::string_view name;     // Of the series: with _bucket, _total and the like.
  model::Attributes labels;  // Texts; without the name.
  double value = 0;          // Of a float.
  PrometheusValue kind = PrometheusValue::kFloat;
  bool is_stale = false;                              // A native histogram's staleness marker.
  const model::Distribution* distribution = nullptr;  // Of a native histogram.
  std::optional<Timestamp> time;                      // Where the exporter set it.
  Timestamp start_time = 0;                           // 0: not said.
  std::span<const model::Exemplar> exemplars;         // A time of 0: none was said.
};

struct Exposition {
  std::shared_ptr<Arena> arena = std::make_shared<Arena>();
  std::vector<ExposedFamily> families;
  std::vector<ExposedSample> samples;
};

// Samples of one body. A large cluster's state is half a million; each is a tenth of a kilobyte
// here and four bytes at the least where it comes from.
inline constexpr std::size_t kMaxExposedSamples = 2'000'000;

// kMalformed: "line 12: a label's value is not closed". kLimitExceeded: more than
// kMaxExposedSamples, or histograms that would take more memory than their bytes warrant.
Result<Exposition> parse_exposition(ExpositionFormat format, std::string&& body);

}  // namespace obs::codec
