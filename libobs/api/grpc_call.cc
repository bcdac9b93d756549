#include "libobs/api/grpc_call.h"

#include <utility>

#include <fmt/format.h>

#include "libobs/api/door.h"
#include "libobs/base/text.h"
#include "libobs/codec/grpc_messages.h"

namespace obs::api {
namespace {

using proto::GrpcCode;

proto::HttpResponse refuse_encoding(std::string_view encoding) {
  auto refusal = answer_grpc_error(
      GrpcCode::kUnimplemented, fmt::format("grpc-encoding '{}' is not one of gzip, deflate, zstd, "
                                            "snappy and identity",
                                            encoding));
  refusal.headers.emplace_back("grpc-accept-encoding", "identity,deflate,gzip,zstd,snappy");
  return refusal;
}

proto::HttpResponse refuse_message(const ParseError& error, std::size_t limit) {
  if (error.code == Errc::kLimitExceeded)
    return answer_grpc_error(GrpcCode::kResourceExhausted,
                             fmt::format("the message is over the limit of {} bytes", limit));
  return answer_grpc_error(GrpcCode::kInternal, error.what);
}

proto::HttpResponse refuse_flag() {
  return answer_grpc_error(GrpcCode::kInternal,
                           "the message is flagged as compressed, and there is no grpc-encoding");
}

std::string_view first_line(std::string_view text) { return text.substr(0, text.find('\n')); }

}  // namespace

proto::HttpResponse answer_grpc_error(GrpcCode code, std::string_view message,
                                      Duration retry_after) {
  std::string details;
  if (retry_after > 0)
    details = codec::encode_grpc_status(static_cast<int>(code), message, retry_after);
  return proto::grpc_error(code, message, details);
}

std::variant<GrpcCall, proto::HttpResponse> check_grpc(const proto::HttpRequest& request) {
  if (request.version < 2)
    return proto::text_response(415,
                                "gRPC is spoken over HTTP/2; over HTTP/1.1, OTLP takes "
                                "application/x-protobuf at /v1/logs and its like");
  if (request.method != "POST") {
    auto refusal = proto::text_response(405, "gRPC takes POST");
    refusal.headers.emplace_back("Allow", "POST");
    return refusal;
  }
  GrpcCall call;
  const std::string_view encoding = request.header("grpc-encoding");
  const auto compression = parse_coding(encoding);
  if (!compression) return refuse_encoding(encoding);
  call.compression = *compression;
  call.has_encoding = *compression != codec::Compression::kNone;
  const std::string_view timeout = request.header("grpc-timeout");
  if (timeout.empty()) return call;
  call.timeout = proto::parse_grpc_timeout(timeout);
  if (!call.timeout)
    return answer_grpc_error(GrpcCode::kInternal,
                             fmt::format("grpc-timeout '{}' cannot be read", timeout));
  return call;
}

std::optional<proto::HttpResponse> unwrap_message(const GrpcCall& call, proto::HttpRequest& request,
                                                  std::size_t limit) {
  std::string_view rest = request.body;
  const auto message = proto::next_grpc_message(rest, limit);
  if (!message) return refuse_message(message.error(), limit);
  if (!*message)
    return answer_grpc_error(GrpcCode::kInternal, request.body.empty()
                                                      ? "there is no message"
                                                      : "the message is cut short");
  if (!rest.empty()) return answer_grpc_error(GrpcCode::kUnimplemented, "more than one message");
  // Metadata of that name would say how the body is compressed, and does not.
  std::erase_if(request.headers, [](const auto& header) {
    return equals_ignore_case(header.first, "content-encoding") ||
           equals_ignore_case(header.first, "content-length");
  });
  if ((*message)->compressed) {
    if (!call.has_encoding) return refuse_flag();
    request.headers.emplace_back("content-encoding", request.header("grpc-encoding"));
  }
  request.body.erase(0, proto::kGrpcPrefixBytes);
  return std::nullopt;
}

Result<std::string, proto::HttpResponse> inflate_message(const GrpcCall& call,
                                                         const proto::GrpcMessage& message,
                                                         std::size_t limit) {
  if (!message.compressed) return std::string(message.payload);
  if (!call.has_encoding) return Failure<proto::HttpResponse>{refuse_flag()};
  auto inflated = inflate(call.compression, message.payload, limit);
  if (inflated) return std::move(*inflated);
  const bool too_large = inflated.error().code == Errc::kLimitExceeded;
  return Failure<proto::HttpResponse>{answer_grpc_error(
      too_large ? GrpcCode::kResourceExhausted : GrpcCode::kInvalidArgument,
      fmt::format("the message cannot be decompressed: {}", inflated.error().message))};
}

std::string_view reason_of(const proto::HttpResponse& refusal) {
  const auto code = parse_uint(proto::find_header(refusal.trailers, "grpc-status"));
  const bool too_large = code == static_cast<std::uint64_t>(GrpcCode::kResourceExhausted);
  return too_large ? "too_large" : "malformed";
}

proto::HttpResponse to_grpc(const proto::HttpResponse& response) {
  if (response.status == 200) return proto::grpc_success(response.body);
  const GrpcCode code = proto::to_grpc_code(response.status);
  const auto seconds = parse_uint(proto::find_header(response.headers, "Retry-After"));
  constexpr std::uint64_t kLongest = 24 * 3600;
  const auto wait = static_cast<Duration>(std::min(seconds.value_or(0), kLongest)) * kSecond;
  return answer_grpc_error(code, first_line(response.body), wait);
}

}  // namespace obs::api
