#include "libobs/api/otlp_door.h"

#include <utility>

#include <fmt/format.h>

#include "libobs/base/hash.h"
#include "libobs/base/text.h"

namespace obs::api {
namespace {

constexpr std::string_view kProtobufType = "application/x-protobuf";
constexpr std::string_view kJsonType = "application/json";

struct Route {
  std::string_view path;
  model::Signal signal;
};
constexpr Route kRoutes[] = {
    {"/v1/logs", model::Signal::kLogs},
    {"/v1/traces", model::Signal::kSpans},
    {"/v1/metrics", model::Signal::kMetrics},
    {"/otlp/v1/logs", model::Signal::kLogs},
    {"/otlp/v1/traces", model::Signal::kSpans},
    {"/otlp/v1/metrics", model::Signal::kMetrics},
    {"/api/v1/otlp/v1/metrics", model::Signal::kMetrics},
};

std::string_view media_type(codec::OtlpEncoding encoding) {
  return encoding == codec::OtlpEncoding::kJson ? kJsonType : kProtobufType;
}

std::string_view name(codec::OtlpEncoding encoding) {
  return encoding == codec::OtlpEncoding::kJson ? "JSON" : "protobuf";
}

std::optional<codec::OtlpEncoding> find_encoding(const proto::HttpRequest& request) {
  const std::string type = request.media_type();
  if (type == kProtobufType) return codec::OtlpEncoding::kProtobuf;
  if (type == kJsonType) return codec::OtlpEncoding::kJson;
  return std::nullopt;
}

// google.rpc.Code of the HTTP statuses we give.
std::int32_t grpc_code(int status) {
  switch (status) {
    case 401: return 16;  // UNAUTHENTICATED
    case 403: return 7;   // PERMISSION_DENIED
    case 404:
    case 405:
    case 415: return 12;  // UNIMPLEMENTED
    case 408:
    case 503: return 14;  // UNAVAILABLE
    case 413:
    case 429: return 8;   // RESOURCE_EXHAUSTED
    case 500: return 13;  // INTERNAL
    default: return 3;    // INVALID_ARGUMENT
  }
}

proto::HttpResponse refuse_method(const proto::HttpRequest& request) {
  auto refusal = answer_error(request, 405,
                              fmt::format("{} takes POST, not {}", request.path, request.method));
  refusal.headers.emplace_back("Allow", "POST, OPTIONS");
  return refusal;
}

proto::HttpResponse refuse_compression(const proto::HttpRequest& request) {
  auto refusal = answer_error(request, 415,
                              fmt::format("Content-Encoding '{}' is not one of {} and identity",
                                          request.header("content-encoding"), kCodings));
  refusal.headers.emplace_back("Accept-Encoding", kCodings);
  return refusal;
}

}  // namespace

std::optional<model::Signal> find_otlp_route(std::string_view path) {
  for (const Route& route : kRoutes) {
    if (route.path == path) return route.signal;
  }
  return std::nullopt;
}

std::variant<OtlpCall, proto::HttpResponse> check_otlp(const proto::HttpRequest& request) {
  const auto signal = find_otlp_route(request.path);
  if (!signal)
    return answer_error(request, 404,
                        fmt::format("no such path: {}; telemetry goes to /v1/traces, /v1/metrics "
                                    "and /v1/logs",
                                    request.path));
  if (request.method != "POST") return refuse_method(request);
  const auto encoding = find_encoding(request);
  if (!encoding)
    return answer_error(request, 415,
                        fmt::format("Content-Type '{}' is neither {} nor {}",
                                    request.header("content-type"), kProtobufType, kJsonType));
  const auto compression = find_compression(request);
  if (!compression) return refuse_compression(request);
  return OtlpCall{*signal, *encoding, *compression};
}

Result<codec::Decoded, Refusal> decode_otlp(const OtlpCall& call, std::string&& body,
                                            const Arrival& arrival) {
  const std::size_t size = body.size();
  // The batch may not keep the body, so its id is taken from a hash of it.
  const Hash128 content = hash128(body);
  auto decoded = call.encoding == codec::OtlpEncoding::kJson
                     ? codec::decode_otlp_json(call.signal, body, arrival.received)
                     : codec::decode_otlp_protobuf(call.signal, std::move(body), arrival.received);
  if (!decoded)
    // Too deep, or too many items for its size, is no less malformed: a shorter body is not asked
    // for.
    return fail(Refusal{400, "malformed",
                        fmt::format("the {} export of {} bytes cannot be decoded as {}: {}",
                                    model::to_string(call.signal), size, name(call.encoding),
                                    to_error(decoded.error()).message)});
  seal(*decoded, arrival, content);
  return std::move(*decoded);
}

proto::HttpResponse answer_export(const OtlpCall& call, const codec::Decoded& decoded) {
  std::string message = decoded.rejected.message(decoded.total);
  if (const std::uint64_t mended = decoded.batch.repaired_utf8; mended > 0)
    message += fmt::format("{}{} strings were not UTF-8 and have been mended with U+FFFD",
                           message.empty() ? "" : "; ", mended);
  return {
      200,
      {{"Content-Type", std::string(media_type(call.encoding))}},
      codec::encode_export_response(call.signal, call.encoding, decoded.rejected.count, message)};
}

proto::HttpResponse answer_error(codec::OtlpEncoding encoding, int status,
                                 std::string_view message) {
  return with_retry_after({status,
                           {{"Content-Type", std::string(media_type(encoding))}},
                           codec::encode_rpc_status(encoding, grpc_code(status), message)});
}

proto::HttpResponse answer_error(const proto::HttpRequest& request, int status,
                                 std::string_view message) {
  if (const auto encoding = find_encoding(request)) return answer_error(*encoding, status, message);
  return with_retry_after(proto::text_response(status, message));
}

std::optional<proto::HttpResponse> OtlpDoor::check(const proto::HttpRequest& request) const {
  auto checked = check_otlp(request);
  if (auto* refusal = std::get_if<proto::HttpResponse>(&checked)) return std::move(*refusal);
  return std::nullopt;
}

Result<Intake, Refusal> OtlpDoor::read(proto::HttpRequest& request, const Arrival& arrival) const {
  const OtlpCall call = std::get<OtlpCall>(check_otlp(request));
  OBS_TRY(codec::Decoded decoded, decode_otlp(call, std::move(request.body), arrival));
  Intake intake;
  intake.success = answer_export(call, decoded);
  intake.parts.push_back(std::move(decoded));
  return intake;
}

proto::HttpResponse OtlpDoor::refuse(const proto::HttpRequest& request, int status,
                                     std::string_view message) const {
  return answer_error(request, status, message);
}

}  // namespace obs::api
