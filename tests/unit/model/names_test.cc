#include <catch2/catch.hpp>

#include "libobs/model/batch.h"

namespace obs::model {
namespace {

TEST_CASE("severity numbers have the name of their range", "[model][names]") {
  struct {
    std::int32_t number;
    const char* name;
  } const cases[] = {{-1, ""},      {0, ""},       {1, "trace"},  {4, "trace"},  {5, "debug"},
                     {8, "debug"},  {9, "info"},   {12, "info"},  {13, "warn"},  {16, "warn"},
                     {17, "error"}, {20, "error"}, {21, "fatal"}, {24, "fatal"}, {25, ""}};
  for (const auto& [number, name] : cases) CHECK(severity_name(number) == name);
}

TEST_CASE("severities are read as every family of loggers writes them", "[model][names]") {
  struct {
    const char* word;
    std::int32_t number;
  } const cases[] = {
      {"trace", 1},     {"DEBUG", 5},    {"Info", 9},   {"INFORMATION", 9}, {"notice", 9},
      {"warn", 13},     {"Warning", 13}, {"error", 17}, {"ERR", 17},        {"severe", 17},
      {"critical", 21}, {"FATAL", 21},   {"panic", 21}, {"emerg", 21},      {"INFO2", 10},
      {"error4", 20},   {"info1", 0},    {"info5", 0},  {"warning2", 0},    {"", 0},
      {"3", 0},         {"hello", 0},    {" info", 0},
  };
  for (const auto& [word, number] : cases) {
    INFO(word);
    CHECK(parse_severity(word) == number);
  }
}

TEST_CASE("every name of an enumeration reads back as its number", "[model][names]") {
  for (std::int32_t kind = 0; kind < 6; ++kind) {
    CHECK(parse_span_kind(span_kind_name(kind)) == kind);
  }
  for (std::int32_t code = 0; code < 3; ++code) {
    CHECK(parse_status_code(status_code_name(code)) == code);
  }
  for (const MetricType type : {MetricType::kGauge, MetricType::kSum, MetricType::kHistogram,
                                MetricType::kExponentialHistogram, MetricType::kSummary}) {
    CHECK(parse_metric_type(to_string(type)) == type);
  }
}

TEST_CASE("what OTLP does not know has no name", "[model][names]") {
  CHECK(span_kind_name(6).empty());
  CHECK(span_kind_name(-1).empty());
  CHECK(status_code_name(3).empty());
  CHECK(temporality_name(0).empty());
  CHECK(temporality_name(1) == "delta");
  CHECK(temporality_name(2) == "cumulative");
  CHECK(temporality_name(3).empty());
  CHECK_FALSE(parse_span_kind("SERVER"));
  CHECK_FALSE(parse_status_code(""));
  CHECK_FALSE(parse_metric_type(""));
  CHECK(to_string(MetricType::kNone).empty());
}

TEST_CASE("signals are named in the plural", "[model][names]") {
  CHECK(to_string(Signal::kLogs) == "logs");
  CHECK(to_string(Signal::kSpans) == "spans");
  CHECK(to_string(Signal::kMetrics) == "metrics");
}

}  // namespace
}  // namespace obs::model
