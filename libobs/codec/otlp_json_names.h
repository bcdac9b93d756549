// The names that OTLP's enums have in protobuf, which some senders write where JSON wants numbers.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace obs::codec::otlp_json {

std::optional<std::int32_t> parse_severity_name(std::string_view name);  // SEVERITY_NUMBER_INFO2
std::optional<std::int32_t> parse_kind_name(std::string_view name);      // SPAN_KIND_SERVER
std::optional<std::int32_t> parse_status_name(std::string_view name);    // STATUS_CODE_ERROR
// AGGREGATION_TEMPORALITY_DELTA
std::optional<std::int32_t> parse_temporality_name(std::string_view name);

}  // namespace obs::codec::otlp_json
