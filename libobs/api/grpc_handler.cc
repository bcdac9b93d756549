#include "libobs/api/grpc_handler.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "libobs/api/agent_stream.h"
#include "libobs/api/grpc_doors.h"

namespace obs::api {
namespace {

using proto::GrpcCode;

// How late DEADLINE_EXCEEDED may come. The client has its own clock; this is for our memory.
constexpr Duration kDeadlinePeriod = 10 * kMillisecond;

constexpr std::string_view kServices[] = {
    "opentelemetry.proto.collector.logs.v1.LogsService",
    "opentelemetry.proto.collector.trace.v1.TraceService",
    "opentelemetry.proto.collector.metrics.v1.MetricsService",
    "obs.v1.Telemetry",
    "grpc.health.v1.Health",
};

bool is_service(std::string_view name) {
  return std::find(std::begin(kServices), std::end(kServices), name) != std::end(kServices);
}

bool is_health(std::string_view path) {
  return path == kHealthCheckPath || path == kHealthWatchPath;
}

// For a path that is no method here: what of it is unknown.
std::optional<proto::HttpResponse> refuse_method(std::string_view path) {
  if (is_health(path) || path == kAgentStreamPath || OtlpGrpcDoor().has(path)) return std::nullopt;
  const std::size_t slash = path.rfind('/');
  const std::string_view service = path.substr(1, slash == 0 ? path.npos : slash - 1);
  return answer_grpc_error(GrpcCode::kUnimplemented,
                           is_service(service) ? fmt::format("no such method: {}", path)
                                               : fmt::format("no such service: {}", service));
}

}  // namespace

GrpcHandler::GrpcHandler(net::Loop& loop, net::HttpHandler& inner, const AdminHandler& admin,
                         std::size_t body_bytes, OnBroken on_broken)
    : loop_(loop),
      inner_(inner),
      admin_(admin),
      body_bytes_(body_bytes),
      on_broken_(on_broken ? std::move(on_broken)
                           : [](const proto::HttpRequest&, std::string_view, std::size_t) {}),
      deadlines_(std::make_shared<Deadlines>()) {}

std::optional<proto::HttpResponse> GrpcHandler::on_headers(const proto::HttpRequest& request) {
  if (!proto::is_grpc(request)) return inner_.on_headers(request);
  auto checked = check_grpc(request);
  if (auto* refusal = std::get_if<proto::HttpResponse>(&checked)) return std::move(*refusal);
  if (auto refusal = refuse_method(request.path)) return refusal;
  if (is_health(request.path)) return std::nullopt;
  auto answer = inner_.on_headers(request);
  if (answer) return to_grpc(*answer);
  return std::nullopt;
}

proto::HttpResponse GrpcHandler::on_refused(const proto::HttpRequest& request, int status,
                                            std::string_view why) {
  proto::HttpResponse refusal = inner_.on_refused(request, status, why);
  return proto::is_grpc(request) && request.version >= 2 ? to_grpc(refusal) : std::move(refusal);
}

void GrpcHandler::on_request(proto::HttpRequest request, net::Respond respond) {
  if (!proto::is_grpc(request)) return inner_.on_request(std::move(request), std::move(respond));
  auto checked = check_grpc(request);
  if (auto* refusal = std::get_if<proto::HttpResponse>(&checked))
    return respond(std::move(*refusal));
  answer_call(std::get<GrpcCall>(checked), std::move(request), std::move(respond));
}

void GrpcHandler::answer_call(const GrpcCall& call, proto::HttpRequest request,
                              net::Respond respond) {
  const std::size_t size = request.body.size();
  if (auto refusal = unwrap_message(call, request, body_bytes_)) {
    if (!is_health(request.path)) on_broken_(request, reason_of(*refusal), size);
    return respond(std::move(*refusal));
  }
  if (request.path == kHealthCheckPath) return respond(answer_health(request.body, health()));
  net::Respond answer = [respond = std::move(respond)](const proto::HttpResponse& response) {
    respond(to_grpc(response));
  };
  if (call.timeout) answer = limit_time(*call.timeout, std::move(answer));
  if (answer) inner_.on_request(std::move(request), std::move(answer));
}

// Answers once, in time or with 408; null when there was no time at all.
net::Respond GrpcHandler::limit_time(Duration timeout, net::Respond respond) {
  constexpr Duration kForEver = 24 * kHour;
  if (timeout == 0) {
    respond(proto::text_response(408, "the deadline was over before the call came"));
    return {};
  }
  if (!timer_) timer_ = loop_.every(kDeadlinePeriod, [this] { end_late(); });
  auto waiting = std::make_shared<net::Respond>(std::move(respond));
  const auto place = deadlines_->emplace(loop_.now() + std::min(timeout, kForEver), waiting);
  return [deadlines = deadlines_, place, waiting](proto::HttpResponse response) {
    if (!*waiting) return;  // Too late.
    deadlines->erase(place);
    std::exchange(*waiting, nullptr)(std::move(response));
  };
}

void GrpcHandler::end_late() {
  const Duration now = loop_.now();
  while (!deadlines_->empty() && deadlines_->begin()->first <= now) {
    const auto waiting = deadlines_->begin()->second;
    deadlines_->erase(deadlines_->begin());
    std::exchange(*waiting, nullptr)(
        proto::text_response(408, "the deadline is over; what was sent may have been stored"));
  }
  if (deadlines_->empty()) timer_.reset();
}

std::shared_ptr<net::HttpStream> GrpcHandler::on_open(const proto::HttpRequest& request,
                                                      net::HttpReply reply) {
  if (!proto::is_grpc(request)) return inner_.on_open(request, std::move(reply));
  if (request.path == kHealthWatchPath)
    return std::make_shared<HealthWatch>(loop_, std::move(reply), health());
  if (request.path != kAgentStreamPath) return nullptr;
  const auto checked = check_grpc(request);
  const auto* call = std::get_if<GrpcCall>(&checked);
  if (call == nullptr) return nullptr;
  proto::HttpRequest head = request;
  std::erase_if(head.headers,
                [](const auto& header) { return header.first == "content-encoding"; });
  reply.begin(proto::grpc_head());
  return std::make_shared<AgentStream>(
      *call, std::move(head), std::move(reply),
      [this](proto::HttpRequest batch, net::Respond respond) {
        inner_.on_request(std::move(batch), std::move(respond));
      },
      on_broken_);
}

HealthOf GrpcHandler::health() const {
  return [this](std::string_view service) {
    if (!service.empty() && !is_service(service)) return codec::ServingStatus::kServiceUnknown;
    proto::HttpRequest question;
    question.method = "GET";
    question.path = "/ready";
    const auto answer = admin_.answer(question);
    return answer && answer->status == 200 ? codec::ServingStatus::kServing
                                           : codec::ServingStatus::kNotServing;
  };
}

}  // namespace obs::api
