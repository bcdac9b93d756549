#include "libobs/api/grpc_doors.h"

#include <utility>

#include <fmt/format.h>

#include "libobs/api/otlp_door.h"
#include "libobs/codec/agent_batch.h"
#include "libobs/proto/grpc.h"

namespace obs::api {
namespace {

struct Method {
  std::string_view path;
  model::Signal signal;
};
constexpr Method kMethods[] = {
    {"/opentelemetry.proto.collector.logs.v1.LogsService/Export", model::Signal::kLogs},
    {"/opentelemetry.proto.collector.trace.v1.TraceService/Export", model::Signal::kSpans},
    {"/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", model::Signal::kMetrics},
};

const Method* find_method(std::string_view path) {
  for (const Method& method : kMethods) {
    if (method.path == path) return &method;
  }
  return nullptr;
}

std::optional<proto::HttpResponse> check_type(const proto::HttpRequest& request) {
  if (proto::is_grpc(request)) return std::nullopt;
  return proto::text_response(415, fmt::format("{} takes application/grpc", request.path));
}

proto::HttpResponse refuse_plainly(int status, std::string_view message) {
  return with_retry_after(proto::text_response(status, message));
}

}  // namespace

bool OtlpGrpcDoor::has(std::string_view path) const { return find_method(path) != nullptr; }

std::optional<proto::HttpResponse> OtlpGrpcDoor::check(const proto::HttpRequest& request) const {
  return check_type(request);
}

Result<Intake, Refusal> OtlpGrpcDoor::read(proto::HttpRequest& request,
                                           const Arrival& arrival) const {
  const Method* const method = find_method(request.path);
  const OtlpCall call{method->signal, codec::OtlpEncoding::kProtobuf, codec::Compression::kNone};
  OBS_TRY(codec::Decoded decoded, decode_otlp(call, std::move(request.body), arrival));
  Intake intake;
  intake.success = answer_export(call, decoded);
  intake.parts.push_back(std::move(decoded));
  return intake;
}

proto::HttpResponse OtlpGrpcDoor::refuse(const proto::HttpRequest&, int status,
                                         std::string_view message) const {
  return refuse_plainly(status, message);
}

std::optional<proto::HttpResponse> AgentDoor::check(const proto::HttpRequest& request) const {
  return check_type(request);
}

Result<Intake, Refusal> AgentDoor::read(proto::HttpRequest& request, const Arrival& arrival) const {
  auto otlp = codec::agent_batch_to_otlp(request.body);
  if (!otlp) {
    const bool too_large = otlp.error().code == Errc::kLimitExceeded;
    return fail(Refusal{too_large ? 413 : 400, too_large ? "too_large" : "malformed",
                        to_error(otlp.error()).message});
  }
  // The same batch begins with its resource in one stream and not in another: its id is that of
  // what it says.
  const OtlpCall call{model::Signal::kMetrics, codec::OtlpEncoding::kProtobuf,
                      codec::Compression::kNone};
  OBS_TRY(codec::Decoded decoded, decode_otlp(call, std::move(*otlp), arrival));
  const codec::Rejected& rejected = decoded.rejected;
  Intake intake;
  intake.success.body =
      codec::encode_agent_rejected(rejected.count, rejected.message(decoded.total));
  intake.parts.push_back(std::move(decoded));
  return intake;
}

proto::HttpResponse AgentDoor::refuse(const proto::HttpRequest&, int status,
                                      std::string_view message) const {
  return refuse_plainly(status, message);
}

}  // namespace obs::api
