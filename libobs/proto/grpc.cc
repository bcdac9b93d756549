#include "libobs/proto/grpc.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "libobs/base/bytes.h"
#include "libobs/base/text.h"

namespace obs::proto {
namespace {

constexpr std::string_view kContentType = "application/grpc";
constexpr std::size_t kTimeoutDigits = 8;
// grpc-message counts against the client's limit of headers, 8 KiB with most.
constexpr std::size_t kMessageBytes = 2000;

std::optional<Duration> unit_of(char unit) {
  switch (unit) {
    case 'H': return kHour;
    case 'M': return kMinute;
    case 'S': return kSecond;
    case 'm': return kMillisecond;
    case 'u': return kMicrosecond;
    case 'n': return 1;
    default: return std::nullopt;
  }
}

std::size_t read_length(std::string_view prefix) {
  std::size_t length = 0;
  for (std::size_t i = 1; i < kGrpcPrefixBytes; ++i)
    length = length << 8 | static_cast<unsigned char>(prefix[i]);
  return length;
}

}  // namespace

GrpcCode to_grpc_code(int http_status) {
  switch (http_status) {
    case 200: return GrpcCode::kOk;
    case 401: return GrpcCode::kUnauthenticated;
    case 403: return GrpcCode::kPermissionDenied;
    case 404:
    case 405:
    case 415:
    case 501: return GrpcCode::kUnimplemented;
    case 408: return GrpcCode::kDeadlineExceeded;
    case 413:
    case 414:
    case 429:
    case 431: return GrpcCode::kResourceExhausted;
    case 502:
    case 503:
    case 504: return GrpcCode::kUnavailable;
    default: break;
  }
  return http_status >= 500 ? GrpcCode::kInternal : GrpcCode::kInvalidArgument;
}

bool is_grpc(const HttpRequest& request) {
  const std::string_view type = request.header("content-type");
  if (!equals_ignore_case(type.substr(0, kContentType.size()), kContentType)) return false;
  const std::string_view rest = type.substr(kContentType.size());
  return rest.empty() || rest == "+proto" || rest.starts_with(';') || rest.starts_with("+proto;");
}

Result<std::optional<GrpcMessage>, ParseError> next_grpc_message(std::string_view& input,
                                                                 std::size_t limit) {
  if (input.empty()) return std::optional<GrpcMessage>();
  const auto flag = static_cast<unsigned char>(input.front());
  if (flag > 1) return fail(ParseError{Errc::kMalformed, 0, "a message's flag is neither 0 nor 1"});
  if (input.size() < kGrpcPrefixBytes) return std::optional<GrpcMessage>();
  const std::size_t length = read_length(input);
  if (length > limit) return fail(ParseError{Errc::kLimitExceeded, 1, "the message is too long"});
  if (input.size() - kGrpcPrefixBytes < length) return std::optional<GrpcMessage>();
  const GrpcMessage message{flag == 1, input.substr(kGrpcPrefixBytes, length)};
  input.remove_prefix(kGrpcPrefixBytes + length);
  return std::optional<GrpcMessage>(message);
}

std::string frame_grpc_message(std::string_view payload) {
  std::string out(kGrpcPrefixBytes, '\0');
  for (std::size_t i = 1; i < kGrpcPrefixBytes; ++i)
    out[i] = static_cast<char>(payload.size() >> (8 * (kGrpcPrefixBytes - 1 - i)));
  out += payload;
  return out;
}

std::optional<Duration> parse_grpc_timeout(std::string_view text) {
  if (text.size() < 2 || text.size() > kTimeoutDigits + 1) return std::nullopt;
  const auto unit = unit_of(text.back());
  text.remove_suffix(1);
  const auto count = parse_uint(text);
  if (!unit || !count) return std::nullopt;
  // 99,999,999 hours would not fit.
  const auto most = static_cast<std::uint64_t>(std::numeric_limits<Duration>::max() / *unit);
  return static_cast<Duration>(std::min(*count, most)) * *unit;
}

std::string encode_grpc_message(std::string_view message) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : message.substr(0, kMessageBytes)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7F && c != '%') {
      out += c;
    } else {
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

HttpResponse grpc_head() { return {200, {{"content-type", std::string(kContentType)}}, {}}; }

HttpResponse grpc_success(std::optional<std::string_view> payload) {
  HttpResponse response = grpc_head();
  if (payload) response.body = frame_grpc_message(*payload);
  response.trailers.emplace_back("grpc-status", "0");
  return response;
}

HttpResponse grpc_error(GrpcCode code, std::string_view message, std::string_view details) {
  HttpResponse response = grpc_head();
  HttpHeaders& trailers = response.trailers;
  trailers.emplace_back("grpc-status", std::to_string(static_cast<int>(code)));
  if (!message.empty()) trailers.emplace_back("grpc-message", encode_grpc_message(message));
  if (!details.empty()) {
    std::string text;
    append_base64(text, as_bytes(details));
    trailers.emplace_back("grpc-status-details-bin", std::move(text));
  }
  return response;
}

}  // namespace obs::proto
