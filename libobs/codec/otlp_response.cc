// The bodies an OTLP receiver answers with.

#include <string_view>

#include "libobs/base/text.h"
#include "libobs/codec/otlp.h"
#include "libobs/codec/protozero.h"

namespace obs::codec {
namespace {

using protozero::pbf_writer;

// Export…ServiceResponse, Export…PartialSuccess and google.rpc.Status.
constexpr std::uint32_t kPartialSuccess = 1;
constexpr std::uint32_t kRejected = 1;
constexpr std::uint32_t kErrorMessage = 2;
constexpr std::uint32_t kCode = 1;
constexpr std::uint32_t kMessage = 2;

// The JSON name of what was rejected.
std::string_view rejected_key(model::Signal signal) {
  switch (signal) {
    case model::Signal::kLogs: return "rejectedLogRecords";
    case model::Signal::kSpans: return "rejectedSpans";
    case model::Signal::kMetrics: return "rejectedDataPoints";
  }
  return {};
}

std::string protobuf_response(std::uint64_t rejected, std::string_view message) {
  std::string out;
  pbf_writer response(out);
  pbf_writer partial(response, kPartialSuccess);
  if (rejected != 0) partial.add_int64(kRejected, static_cast<std::int64_t>(rejected));
  if (!message.empty()) partial.add_string(kErrorMessage, message);
  partial.commit();
  return out;
}

std::string json_response(model::Signal signal, std::uint64_t rejected, std::string_view message) {
  std::string out = R"({"partialSuccess":{)";
  if (rejected != 0) {
    out.append("\"").append(rejected_key(signal)).append("\":\"");
    append_uint(out, rejected);  // In quotes: OTLP/JSON spells 64-bit integers as strings.
    out.append(message.empty() ? "\"" : "\",");
  }
  if (!message.empty()) {
    out += R"("errorMessage":)";
    append_json_string(out, message);
  }
  return out += "}}";
}

std::string protobuf_status(std::int32_t grpc_code, std::string_view message) {
  std::string out;
  pbf_writer status(out);
  if (grpc_code != 0) status.add_int32(kCode, grpc_code);
  if (!message.empty()) status.add_string(kMessage, message);
  return out;
}

std::string json_status(std::int32_t grpc_code, std::string_view message) {
  std::string out = R"({"code":)";
  append_int(out, grpc_code);
  out += R"(,"message":)";
  append_json_string(out, message);
  return out += "}";
}

}  // namespace

std::string encode_export_response(model::Signal signal, OtlpEncoding encoding,
                                   std::uint64_t rejected, std::string_view message) {
  const bool success = rejected == 0 && message.empty();
  const std::string valid = repair_utf8(message);  // It may quote what a stranger sent.
  switch (encoding) {
    case OtlpEncoding::kProtobuf: return success ? "" : protobuf_response(rejected, valid);
    case OtlpEncoding::kJson: return success ? "{}" : json_response(signal, rejected, valid);
  }
  return {};
}

std::string encode_rpc_status(OtlpEncoding encoding, std::int32_t grpc_code,
                              std::string_view message) {
  const std::string valid = repair_utf8(message);
  switch (encoding) {
    case OtlpEncoding::kProtobuf: return protobuf_status(grpc_code, valid);
    case OtlpEncoding::kJson: return json_status(grpc_code, valid);
  }
  return {};
}

}  // namespace obs::codec
