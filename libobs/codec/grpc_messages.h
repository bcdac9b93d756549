// The small messages of gRPC's own services and errors, in protobuf. Pure.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libobs/base/clock.h"

namespace obs::codec {

// A google.rpc.Status as grpc-status-details-bin holds it. With a `retry_after` above 0 it has a
// google.rpc.RetryInfo, which tells an OTLP exporter that a retry may succeed, and when.
std::string encode_grpc_status(int code, std::string_view message, Duration retry_after);

// grpc.health.v1.
enum class ServingStatus { kServing = 1, kNotServing = 2, kServiceUnknown = 3 };
// HealthCheckRequest.service; nullopt when it is no protobuf.
std::optional<std::string> decode_health_request(std::string_view request);
std::string encode_health_response(ServingStatus status);

}  // namespace obs::codec
