// For tests: exports as clients send them.

#pragma once

#include <memory>
#include <string>
#include <utility>

#include "libobs/api/otlp_door.h"
#include "libobs/api/receiver.h"
#include "libobs/proto/http.h"
#include "tests/unit/codec/protobuf_message.h"

namespace obs::api {

inline constexpr const char* kProtobuf = "application/x-protobuf";
inline constexpr const char* kJson = "application/json";

// LogRecords of opentelemetry-proto: time_unix_nano, body, and a trace id of so many bytes.
inline std::string log_record(std::string_view body, std::size_t trace_id_bytes = 16) {
  using codec::ProtobufMessage;
  ProtobufMessage record;
  record.fixed64(1, 1'763'806'600'000'000'000);
  record.bytes(5, ProtobufMessage().bytes(1, body));
  record.bytes(9, std::string(trace_id_bytes, '\x11'));
  return record;
}

inline Receiver::Doors otlp_only() {
  Receiver::Doors doors;
  doors.push_back(std::make_unique<OtlpDoor>());
  return doors;
}

inline proto::HttpRequest export_request(std::string body, std::string content_type = kProtobuf,
                                         std::string path = "/v1/logs") {
  proto::HttpRequest request;
  request.method = "POST";
  request.path = std::move(path);
  request.headers = {{"Content-Type", std::move(content_type)}};
  request.body = std::move(body);
  return request;
}

}  // namespace obs::api
