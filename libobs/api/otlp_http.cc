#include "libobs/api/otlp_http.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "libobs/base/hash.h"
#include "libobs/base/text.h"

namespace obs::api {
namespace {

constexpr std::string_view kProtobufType = "application/x-protobuf";
constexpr std::string_view kJsonType = "application/json";

// A queue that is full empties within a second, or its peer is away and senders back off by
// themselves.
constexpr std::string_view kRetryAfterSeconds = "1";

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

// One coding, or none: nobody stacks them.
std::optional<codec::Compression> find_compression(const proto::HttpRequest& request) {
  const auto is_coding = [](const auto& header) {
    return equals_ignore_case(header.first, "content-encoding");
  };
  if (std::count_if(request.headers.begin(), request.headers.end(), is_coding) > 1)
    return std::nullopt;
  return codec::parse_compression(trim(request.header("content-encoding")));
}

// google.rpc.Code of the HTTP statuses we give.
std::int32_t grpc_code(int status) {
  switch (status) {
    case 404:
    case 405:
    case 415: return 12;  // UNIMPLEMENTED
    case 408:
    case 429:
    case 503: return 14;  // UNAVAILABLE
    case 413: return 8;   // RESOURCE_EXHAUSTED
    case 500: return 13;  // INTERNAL
    default: return 3;    // INVALID_ARGUMENT
  }
}

proto::HttpResponse with_retry_after(proto::HttpResponse response) {
  if (response.status == 429 || response.status == 503)
    response.headers.emplace_back("Retry-After", kRetryAfterSeconds);
  return response;
}

proto::HttpResponse refuse_method(const proto::HttpRequest& request) {
  auto refusal = answer_error(request, 405,
                              fmt::format("{} takes POST, not {}", request.path, request.method));
  refusal.headers.emplace_back("Allow", "POST, OPTIONS");
  return refusal;
}

proto::HttpResponse refuse_compression(const proto::HttpRequest& request) {
  auto refusal = answer_error(
      request, 415,
      fmt::format("Content-Encoding '{}' is not one of gzip, deflate, zstd and identity",
                  request.header("content-encoding")));
  refusal.headers.emplace_back("Accept-Encoding", "gzip, deflate, zstd");
  return refusal;
}

}  // namespace

std::optional<model::Signal> find_otlp_route(std::string_view path) {
  for (const Route& route : kRoutes) {
    if (route.path == path) return route.signal;
  }
  return std::nullopt;
}

std::variant<OtlpCall, proto::HttpResponse> check_otlp(const proto::HttpRequest& request,
                                                       std::size_t body_limit) {
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
  const auto length = parse_uint(request.header("content-length"));
  if (length && *length > body_limit)
    return answer_error(
        *encoding, 413,
        fmt::format("the body of {} bytes is over the limit of {} bytes", *length, body_limit));
  return OtlpCall{*signal, *encoding, *compression};
}

Result<std::string, OtlpFailure> inflate_otlp(const OtlpCall& call, std::string&& body,
                                              std::size_t limit) {
  if (call.compression == codec::Compression::kNone || body.empty()) return std::move(body);
  auto inflated = codec::decompress(call.compression, body, limit);
  if (inflated) return std::move(*inflated);
  const Errc code = inflated.error().code;
  return Failure<OtlpFailure>{
      {code, code == Errc::kLimitExceeded ? "too_large" : "damaged_compression",
       fmt::format("the body cannot be decompressed: {}", inflated.error().message)}};
}

Result<codec::Decoded, OtlpFailure> decode_otlp(const OtlpCall& call, std::string&& body,
                                                Timestamp received) {
  const std::size_t size = body.size();
  // The batch may not keep the body, so its id is taken from a hash of it.
  const Hash128 content = hash128(body);
  auto decoded = call.encoding == codec::OtlpEncoding::kJson
                     ? codec::decode_otlp_json(call.signal, body, received)
                     : codec::decode_otlp_protobuf(call.signal, std::move(body), received);
  if (!decoded)
    // Too deep, or too many items for its size, is no less malformed: a shorter body is not asked
    // for.
    return Failure<OtlpFailure>{
        {Errc::kMalformed, "malformed",
         fmt::format("the {} export of {} bytes cannot be decoded as {}: {}",
                     model::to_string(call.signal), size, name(call.encoding),
                     to_error(decoded.error()).message)}};
  if (decoded->batch.size() > 0) model::assign_id(decoded->batch, as_text(content));
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

int http_status(Errc code) {
  switch (code) {
    case Errc::kInvalidArgument:
    case Errc::kMalformed:
    case Errc::kUnsupported: return 400;
    case Errc::kLimitExceeded: return 413;
    case Errc::kNotFound:
    case Errc::kUnavailable:
    case Errc::kIo: return 503;
    case Errc::kInternal: return 500;
  }
  return 500;
}

}  // namespace obs::api
