// OTLP over HTTP as a server speaks it: what a request's headers ask for, its body as a batch, and
// the answers. Pure.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "libobs/api/door.h"
#include "libobs/base/result.h"
#include "libobs/codec/compress.h"
#include "libobs/codec/otlp.h"
#include "libobs/model/batch.h"
#include "libobs/proto/http.h"

namespace obs::api {

// The signal that is exported to a path: /v1/traces, /v1/metrics, /v1/logs, the same under /otlp
// (as Loki has it), and /api/v1/otlp/v1/metrics (as Prometheus has it).
std::optional<model::Signal> find_otlp_route(std::string_view path);

// What the headers of an export say of its body.
struct OtlpCall {
  model::Signal signal = model::Signal::kLogs;
  codec::OtlpEncoding encoding = codec::OtlpEncoding::kProtobuf;
  codec::Compression compression = codec::Compression::kNone;
};

// The export that the headers announce, or the refusal: 404, 405 or 415.
std::variant<OtlpCall, proto::HttpResponse> check_otlp(const proto::HttpRequest& request);

// Decodes an inflated body. The batch has its id unless it is empty.
Result<codec::Decoded, Refusal> decode_otlp(const OtlpCall& call, std::string&& body,
                                            const Arrival& arrival);

// 200, with what the sender should know: records that were refused, text that was mended.
proto::HttpResponse answer_export(const OtlpCall& call, const codec::Decoded& decoded);

// An error as the request's encoding has it: google.rpc.Status in protobuf or JSON, text for a
// request that is neither. 429 and 503 say when to come again.
proto::HttpResponse answer_error(const proto::HttpRequest& request, int status,
                                 std::string_view message);
proto::HttpResponse answer_error(codec::OtlpEncoding encoding, int status,
                                 std::string_view message);

class OtlpDoor final : public Door {
 public:
  std::string_view name() const override { return "otlp_http"; }
  bool has(std::string_view path) const override { return find_otlp_route(path).has_value(); }
  std::optional<proto::HttpResponse> check(const proto::HttpRequest& request) const override;
  Result<Intake, Refusal> read(proto::HttpRequest& request, const Arrival& arrival) const override;
  proto::HttpResponse refuse(const proto::HttpRequest& request, int status,
                             std::string_view message) const override;
};

}  // namespace obs::api
