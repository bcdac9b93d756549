// grpc.health.v1.Health, by which proxies and orchestrators ask whether this server takes calls.

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "libobs/codec/grpc_messages.h"
#include "libobs/net/http_server.h"
#include "libobs/net/loop.h"
#include "libobs/proto/http.h"

namespace obs::api {

inline constexpr std::string_view kHealthCheckPath = "/grpc.health.v1.Health/Check";
inline constexpr std::string_view kHealthWatchPath = "/grpc.health.v1.Health/Watch";

// The status of a service by its full name, "" for the server; kServiceUnknown for strangers'.
using HealthOf = std::function<codec::ServingStatus(std::string_view service)>;

// Check: the message to its answer, in gRPC.
proto::HttpResponse answer_health(std::string_view message, const HealthOf& health);

// Watch: the status now, and again whenever it is another, looked at once a second. Loop thread
// only.
class HealthWatch final : public net::HttpStream {
 public:
  HealthWatch(net::Loop& loop, net::HttpReply reply, HealthOf health);

  void on_data(std::string_view bytes) override;
  void on_end() override;
  void on_drain() override;

 private:
  void tell();

  net::Loop& loop_;
  const net::HttpReply reply_;
  const HealthOf health_;
  std::string input_;
  std::optional<std::string> service_;  // Once it has been asked.
  std::optional<codec::ServingStatus> told_;
  std::shared_ptr<net::Loop::Timer> timer_;
};

}  // namespace obs::api
