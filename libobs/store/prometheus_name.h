// Prometheus' names for what OTLP calls otherwise: metric names and label names. Pure.

#pragma once

#include <string>
#include <string_view>

namespace obs::store {

// As Prometheus calls its ways of translating.
enum class NameStrategy {
  kUnderscoreEscapingWithSuffixes,  // Its default, and ours.
  kUnderscoreEscapingWithoutSuffixes,
  kNoUtf8EscapingWithSuffixes,
  kNoTranslation,
};

// What of a metric its name depends on.
struct NamedMetric {
  std::string_view name;
  std::string_view unit;  // UCUM.
  bool is_gauge = false;
  bool is_monotonic_sum = false;
};

// "http.server.request.duration" in "s" is http_server_request_duration_seconds.
std::string to_metric_name(const NamedMetric& metric, NameStrategy strategy);

// "http.route" is http_route; "9x" is key_9x.
std::string to_label_name(std::string_view key, NameStrategy strategy);

}  // namespace obs::store
