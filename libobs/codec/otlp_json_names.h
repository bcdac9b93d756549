// Names of OTLP/JSON: the keys on the way down a request, and what the enums are called in
// protobuf.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "libobs/model/batch.h"

namespace obs::codec::otlp_json {

// The arrays that a request nests, from the outside in.
struct RequestKeys {
  std::string_view resource_items;
  std::string_view scope_items;
  std::string_view items;
  // What scope_items were before OTLP 0.15, and SDKs of that time still in many web pages send. (On
  // the wire of protobuf nothing has changed.)
  std::string_view library_items;
};

inline constexpr RequestKeys kRequestKeys[model::kSignalCount] = {
    {"resourceLogs", "scopeLogs", "logRecords", "instrumentationLibraryLogs"},
    {"resourceSpans", "scopeSpans", "spans", "instrumentationLibrarySpans"},
    {"resourceMetrics", "scopeMetrics", "metrics", "instrumentationLibraryMetrics"}};

// Some senders write an enum's name where JSON wants its number.
std::optional<std::int32_t> parse_severity_name(std::string_view name);  // SEVERITY_NUMBER_INFO2
std::optional<std::int32_t> parse_kind_name(std::string_view name);      // SPAN_KIND_SERVER
std::optional<std::int32_t> parse_status_name(std::string_view name);    // STATUS_CODE_ERROR
// AGGREGATION_TEMPORALITY_DELTA
std::optional<std::int32_t> parse_temporality_name(std::string_view name);

}  // namespace obs::codec::otlp_json
