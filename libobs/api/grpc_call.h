// A gRPC call as an HTTP request and back: the doors and the gate behind see a body and headers
// (metadata is headers already), answer with a status and a body, and know nothing of gRPC. Pure.

#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <variant>

#include "libobs/base/clock.h"
#include "libobs/base/result.h"
#include "libobs/codec/compress.h"
#include "libobs/proto/grpc.h"
#include "libobs/proto/http.h"

namespace obs::api {

// What the headers of a call say.
struct GrpcCall {
  codec::Compression compression = codec::Compression::kNone;  // Of messages flagged so.
  bool has_encoding = false;                                   // It was said at all.
  std::optional<Duration> timeout;
};

// The call that the headers announce, or the refusal. Over HTTP/1.1, which has no trailers, and for
// other methods than POST it is plain HTTP (415, 405).
std::variant<GrpcCall, proto::HttpResponse> check_grpc(const proto::HttpRequest& request);

// Puts the only message of the body in the body's place, with Content-Encoding when it is
// compressed. What is returned is the refusal of a body that is not one message of at most `limit`
// bytes.
std::optional<proto::HttpResponse> unwrap_message(const GrpcCall& call, proto::HttpRequest& request,
                                                  std::size_t limit);

// The same of a message in a stream: its payload, inflated to at most `limit` bytes.
Result<std::string, proto::HttpResponse> inflate_message(const GrpcCall& call,
                                                         const proto::GrpcMessage& message,
                                                         std::size_t limit);

// The answer of what is behind, as gRPC has it: 200 is a message and OK; anything else a status
// with the first line of the body for its message, and with a RetryInfo when Retry-After says that
// a retry may succeed.
proto::HttpResponse to_grpc(const proto::HttpResponse& response);

// Why a message was refused by one of these, as a word for the ledger.
std::string_view reason_of(const proto::HttpResponse& refusal);

proto::HttpResponse answer_grpc_error(proto::GrpcCode code, std::string_view message,
                                      Duration retry_after = 0);

}  // namespace obs::api
