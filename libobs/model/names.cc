// OTLP's enumerations as the words obs writes and reads.

#include <array>

#include "libobs/base/text.h"
#include "libobs/model/batch.h"

namespace obs::model {
namespace {

constexpr std::array<std::string_view, 6> kSeverities = {"trace", "debug", "info",
                                                         "warn",  "error", "fatal"};
constexpr std::int32_t kSeveritiesPerRange = 4;
constexpr std::int32_t kMaxSeverity = 24;

constexpr std::array<std::string_view, 6> kSpanKinds = {"unspecified", "internal", "server",
                                                        "client",      "producer", "consumer"};
constexpr std::array<std::string_view, 3> kStatusCodes = {"unset", "ok", "error"};
constexpr std::array<std::string_view, 6> kMetricTypes = {
    "", "gauge", "sum", "histogram", "exponential_histogram", "summary"};

struct Alias {
  std::string_view word;
  std::int32_t severity_number;
};
// As loggers of other families say it: syslog, Python, .NET, java.util.logging, zap, npm.
constexpr std::array<Alias, 25> kSeverityAliases = {
    {{"verbose", 1},    {"finest", 1},      {"finer", 1},         {"silly", 1},   {"fine", 5},
     {"dbg", 5},        {"information", 9}, {"informational", 9}, {"inf", 9},     {"notice", 9},
     {"config", 9},     {"warning", 13},    {"wrn", 13},          {"err", 17},    {"eror", 17},
     {"severe", 17},    {"failure", 17},    {"critical", 21},     {"crit", 21},   {"alert", 21},
     {"emergency", 21}, {"emerg", 21},      {"panic", 21},        {"dpanic", 21}, {"ftl", 21}}};

template <std::size_t N>
std::string_view name_at(const std::array<std::string_view, N>& names, std::int32_t number) {
  if (number < 0 || number >= static_cast<std::int32_t>(N)) return {};
  return names[static_cast<std::size_t>(number)];
}

template <std::size_t N>
std::optional<std::int32_t> find_name(const std::array<std::string_view, N>& names,
                                      std::string_view name) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == name) return static_cast<std::int32_t>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(Signal signal) {
  constexpr std::array<std::string_view, kSignalCount> kNames = {"logs", "spans", "metrics"};
  return kNames[static_cast<std::size_t>(signal)];
}

std::string_view severity_name(std::int32_t severity_number) {
  if (severity_number < 1 || severity_number > kMaxSeverity) return {};
  return name_at(kSeverities, (severity_number - 1) / kSeveritiesPerRange);
}

std::int32_t parse_severity(std::string_view word) {
  std::int32_t step = 0;
  if (!word.empty() && word.back() >= '2' && word.back() <= '4') {
    step = word.back() - '1';
    word.remove_suffix(1);
  }
  for (std::size_t i = 0; i < kSeverities.size(); ++i) {
    if (equals_ignore_case(kSeverities[i], word)) {
      return static_cast<std::int32_t>(i) * kSeveritiesPerRange + 1 + step;
    }
  }
  for (const Alias& alias : kSeverityAliases) {
    if (step == 0 && equals_ignore_case(alias.word, word)) return alias.severity_number;
  }
  return 0;
}

std::string_view span_kind_name(std::int32_t kind) { return name_at(kSpanKinds, kind); }

std::optional<std::int32_t> parse_span_kind(std::string_view name) {
  return find_name(kSpanKinds, name);
}

std::string_view status_code_name(std::int32_t code) { return name_at(kStatusCodes, code); }

std::optional<std::int32_t> parse_status_code(std::string_view name) {
  return find_name(kStatusCodes, name);
}

std::string_view to_string(MetricType type) {
  return name_at(kMetricTypes, static_cast<std::int32_t>(type));
}

std::optional<MetricType> parse_metric_type(std::string_view name) {
  const auto type = find_name(kMetricTypes, name);
  if (!type || name.empty()) return std::nullopt;
  return static_cast<MetricType>(*type);
}

std::string_view temporality_name(std::int32_t temporality) {
  constexpr std::array<std::string_view, 3> kNames = {"", "delta", "cumulative"};
  return name_at(kNames, temporality);
}

}  // namespace obs::model
