// The doors behind gRPC methods: OTLP's three services, and the agent stream, of which each batch
// is a request. They are given messages as bodies (grpc_call.h) and answer in HTTP's words.

#pragma once

#include <optional>
#include <string_view>

#include "libobs/api/door.h"

namespace obs::api {

inline constexpr std::string_view kAgentStreamPath = "/obs.v1.Telemetry/Stream";

class OtlpGrpcDoor final : public Door {
 public:
  std::string_view name() const override { return "otlp_grpc"; }
  bool has(std::string_view path) const override;
  std::optional<proto::HttpResponse> check(const proto::HttpRequest& request) const override;
  Result<Intake, Refusal> read(proto::HttpRequest& request, const Arrival& arrival) const override;
  proto::HttpResponse refuse(const proto::HttpRequest& request, int status,
                             std::string_view message) const override;
};

// Takes one inflated Batch of the stream for a body; success is a part of its Acknowledgement.
class AgentDoor final : public Door {
 public:
  std::string_view name() const override { return "agent_stream"; }
  bool has(std::string_view path) const override { return path == kAgentStreamPath; }
  std::optional<proto::HttpResponse> check(const proto::HttpRequest& request) const override;
  Result<Intake, Refusal> read(proto::HttpRequest& request, const Arrival& arrival) const override;
  proto::HttpResponse refuse(const proto::HttpRequest& request, int status,
                             std::string_view message) const override;
};

}  // namespace obs::api
