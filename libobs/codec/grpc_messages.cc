#include "libobs/codec/grpc_messages.h"

#include "libobs/base/text.h"
#include "libobs/codec/protozero.h"

namespace obs::codec {
namespace {

using protozero::pbf_reader;
using protozero::pbf_writer;

constexpr std::string_view kRetryInfoType = "type.googleapis.com/google.rpc.RetryInfo";

enum StatusField : std::uint32_t { kCode = 1, kMessage = 2, kDetails = 3 };
enum AnyField : std::uint32_t { kTypeUrl = 1, kValue = 2 };
enum RetryInfoField : std::uint32_t { kRetryDelay = 1 };
enum DurationField : std::uint32_t { kSeconds = 1, kNanos = 2 };
enum HealthField : std::uint32_t { kService = 1, kStatus = 1 };

std::string encode_retry_info(Duration retry_after) {
  std::string out;
  pbf_writer info(out);
  pbf_writer delay(info, kRetryDelay);
  if (retry_after >= kSecond) delay.add_int64(kSeconds, retry_after / kSecond);
  if (retry_after % kSecond != 0)
    delay.add_int32(kNanos, static_cast<std::int32_t>(retry_after % kSecond));
  delay.commit();
  return out;
}

}  // namespace

std::string encode_grpc_status(int code, std::string_view message, Duration retry_after) {
  std::string out;
  pbf_writer status(out);
  status.add_int32(kCode, code);
  if (!message.empty()) status.add_string(kMessage, repair_utf8(message));
  if (retry_after > 0) {
    pbf_writer any(status, kDetails);
    any.add_string(kTypeUrl, kRetryInfoType);
    any.add_bytes(kValue, encode_retry_info(retry_after));
  }
  return out;
}

std::optional<std::string> decode_health_request(std::string_view request) {
  std::string service;
  try {
    for (pbf_reader reader{request}; reader.next();) {
      if (reader.tag() == kService &&
          reader.has_wire_type(protozero::pbf_wire_type::length_delimited)) {
        service = reader.get_string();
      } else {
        reader.skip();
      }
    }
  } catch (const protozero::exception&) {
    return std::nullopt;
  }
  return service;
}

std::string encode_health_response(ServingStatus status) {
  std::string out;
  pbf_writer(out).add_enum(kStatus, static_cast<std::int32_t>(status));
  return out;
}

}  // namespace obs::codec
