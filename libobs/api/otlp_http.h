// OTLP over HTTP as a server speaks it: what a request's headers ask for, its body as a batch, and
// the answers. Pure functions; OtlpReceiver puts a sink behind them.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "libobs/base/clock.h"
#include "libobs/base/result.h"
#include "libobs/codec/compress.h"
#include "libobs/codec/otlp.h"
#include "libobs/model/batch.h"
#include "libobs/proto/http.h"

namespace obs::api {

// The specification's recommendation for a body, before inflation as after it.
inline constexpr std::size_t kDefaultBodyBytes = std::size_t{64} << 20;

// The signal that is exported to a path: /v1/traces, /v1/metrics, /v1/logs, the same under /otlp
// (as Loki has it), and /api/v1/otlp/v1/metrics (as Prometheus has it).
std::optional<model::Signal> find_otlp_route(std::string_view path);

// What the headers of an export say of its body.
struct OtlpCall {
  model::Signal signal = model::Signal::kLogs;
  codec::OtlpEncoding encoding = codec::OtlpEncoding::kProtobuf;
  codec::Compression compression = codec::Compression::kNone;
};

// The export that the headers announce, or the refusal: 404, 405, 413 or 415.
std::variant<OtlpCall, proto::HttpResponse> check_otlp(const proto::HttpRequest& request,
                                                       std::size_t body_limit);

// Why a body gave no batch. `code` and `message` are for the sender, `reason` is a word for the
// ledger.
struct OtlpFailure {
  Errc code = Errc::kMalformed;
  std::string_view reason;
  std::string message;
};

// Inflates `body`. An empty body is empty whatever its encoding claims.
Result<std::string, OtlpFailure> inflate_otlp(const OtlpCall& call, std::string&& body,
                                              std::size_t limit);
// Decodes an inflated body. The batch has its id unless it is empty.
Result<codec::Decoded, OtlpFailure> decode_otlp(const OtlpCall& call, std::string&& body,
                                                Timestamp received);

// 200, with what the sender should know: records that were refused, text that was mended.
proto::HttpResponse answer_export(const OtlpCall& call, const codec::Decoded& decoded);

// An error as the request's encoding has it: google.rpc.Status in protobuf or JSON, text for a
// request that is neither. 429 and 503 say when to come again.
proto::HttpResponse answer_error(const proto::HttpRequest& request, int status,
                                 std::string_view message);
proto::HttpResponse answer_error(codec::OtlpEncoding encoding, int status,
                                 std::string_view message);
// The status that tells a sender the right thing to do: retry (503) or not (400, 413, 500).
int http_status(Errc code);

}  // namespace obs::api
