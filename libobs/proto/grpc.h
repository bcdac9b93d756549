// gRPC as it lies on HTTP/2: messages in bodies, statuses in trailers. Pure.
//
//   message := flag length payload      flag   := 0 (as it is) | 1 (compressed, by grpc-encoding)
//                                       length := 4 bytes, big-endian

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "libobs/base/clock.h"
#include "libobs/base/result.h"
#include "libobs/proto/http.h"

namespace obs::proto {

// google.rpc.Code, as far as we say it.
enum class GrpcCode : int {
  kOk = 0,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kUnauthenticated = 16,
};

// The code that tells a gRPC client what the status tells an HTTP client.
GrpcCode to_grpc_code(int http_status);

// Whether Content-Type says gRPC with protobuf ("application/grpc", "application/grpc+proto").
bool is_grpc(const HttpRequest& request);

inline constexpr std::size_t kGrpcPrefixBytes = 5;

struct GrpcMessage {
  bool compressed = false;
  std::string_view payload;
};

// Takes the next message off the front of `input`; nullopt, with `input` untouched, while it is
// incomplete. On failure the stream cannot be read on. kMalformed: the flag is neither 0 nor 1.
// kLimitExceeded: the message is longer than `limit`.
Result<std::optional<GrpcMessage>, ParseError> next_grpc_message(std::string_view& input,
                                                                 std::size_t limit);
// One message, not compressed.
std::string frame_grpc_message(std::string_view payload);

// "20S", "500m": at most eight digits and a unit of H M S m u n. nullopt for anything else.
std::optional<Duration> parse_grpc_timeout(std::string_view text);

// As grpc-message has it: bytes beyond printable ASCII, and "%", as %XX.
std::string encode_grpc_message(std::string_view message);

// The head of an answer, to be followed by messages and trailers.
HttpResponse grpc_head();
// An answer whole: the message, if there is one (its payload may be empty), and status OK.
HttpResponse grpc_success(std::optional<std::string_view> payload);
// A status without a message. It is trailers-only when nothing was answered before, and works as
// the end of an answer that was begun, too. `details` is a google.rpc.Status in protobuf, or empty.
HttpResponse grpc_error(GrpcCode code, std::string_view message, std::string_view details = {});

}  // namespace obs::proto
