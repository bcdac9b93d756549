// GrpcHandler: gRPC in front of an HTTP handler. Calls become requests to it (grpc_call.h), their
// deadlines are kept, and health and the agent stream are answered; what is not gRPC passes
// through, so that one port serves both.

#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string_view>

#include "libobs/api/grpc_call.h"
#include "libobs/api/grpc_health.h"
#include "libobs/api/health.h"
#include "libobs/net/http_server.h"
#include "libobs/net/loop.h"

namespace obs::api {

// Loop thread only.
class GrpcHandler final : public net::HttpHandler {
 public:
  // Told of each message that no door will see, for the ledger: its call, a word for why, static,
  // and its size.
  using OnBroken = std::function<void(const proto::HttpRequest&, std::string_view, std::size_t)>;

  // `inner` has doors for OTLP's methods and for the agent stream (grpc_doors.h); `body_bytes` is
  // the longest message; `on_broken` may be null. All of these outlive the handler, and it the
  // server; destroy it before the loop is closed.
  GrpcHandler(net::Loop& loop, net::HttpHandler& inner, const AdminHandler& admin,
              std::size_t body_bytes, OnBroken on_broken = nullptr);

  std::optional<proto::HttpResponse> on_headers(const proto::HttpRequest& request) override;
  void on_request(proto::HttpRequest request, net::Respond respond) override;
  proto::HttpResponse on_refused(const proto::HttpRequest& request, int status,
                                 std::string_view why) override;
  std::shared_ptr<net::HttpStream> on_open(const proto::HttpRequest& request,
                                           net::HttpReply reply) override;

 private:
  // Calls that have a deadline and no answer yet. Answers keep it, as they may outlive the handler.
  using Deadlines = std::multimap<Duration, std::shared_ptr<net::Respond>>;

  void answer_call(const GrpcCall& call, proto::HttpRequest request, net::Respond respond);
  net::Respond limit_time(Duration timeout, net::Respond respond);
  void end_late();
  HealthOf health() const;

  net::Loop& loop_;
  net::HttpHandler& inner_;
  const AdminHandler& admin_;
  const std::size_t body_bytes_;
  const OnBroken on_broken_;
  const std::shared_ptr<Deadlines> deadlines_;
  std::shared_ptr<net::Loop::Timer> timer_;  // While there are deadlines.
};

}  // namespace obs::api
