// Requests of OTLP JSON around what a test is about.

#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <string_view>

#include "libobs/codec/otlp.h"
#include "tests/support/dump.h"

namespace obs::codec {

using model::Signal;

inline constexpr Timestamp kReceived = 77;

inline Decoded decode(Signal signal, std::string_view request) {
  auto decoded = decode_otlp_json(signal, request, kReceived);
  INFO(request);
  if (!decoded) FAIL(decoded.error().what << " at " << decoded.error().offset);
  return std::move(*decoded);
}

inline std::string logs_request(std::string_view records) {
  return R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[)" + std::string(records) + "]}]}]}";
}
inline std::string spans_request(std::string_view spans) {
  return R"({"resourceSpans":[{"scopeSpans":[{"spans":[)" + std::string(spans) + "]}]}]}";
}
inline std::string metrics_request(std::string_view metrics) {
  return R"({"resourceMetrics":[{"scopeMetrics":[{"metrics":[)" + std::string(metrics) + "]}]}]}";
}

// The body of a log record that is sent so, or why it was refused.
inline std::string body_of(std::string_view any_value) {
  const Decoded decoded =
      decode(Signal::kLogs, logs_request(R"({"body":)" + std::string(any_value) + "}"));
  if (decoded.rejected.count > 0) return std::string(decoded.rejected.first[0].reason);
  return test::dump_value(decoded.batch.logs.body.at(0));
}

}  // namespace obs::codec
