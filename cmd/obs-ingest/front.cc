#include "cmd/obs-ingest/front.h"

#include <utility>

namespace obs::ingest {
namespace {

// For requests under way when we are told to end. Supervisors kill after 10 s (containers) to 90 s.
constexpr Duration kDrainLimit = 8 * kSecond;

}  // namespace

Front::Front(const FrontOptions& options, api::Receiver& receiver, const api::AdminHandler& admin)
    : handler_(loop_, receiver, admin),
      grpc_(std::make_unique<api::GrpcHandler>(
          loop_, handler_, admin, options.body_bytes,
          [&receiver](const proto::HttpRequest& call, std::string_view why, std::size_t bytes) {
            receiver.count_undecodable(call, why, bytes);
          })) {}

Result<std::unique_ptr<Front>> Front::open(const FrontOptions& options, api::Receiver& receiver,
                                           const api::AdminHandler& admin, Registry& registry) {
  std::unique_ptr<Front> front(new Front(options, receiver, admin));
  net::HttpLimits limits;
  limits.body_bytes = options.body_bytes;
  limits.budget = options.budget;
  limits.share_ports = options.share_ports;
  OBS_TRY(front->server_,
          net::HttpServer::listen(front->loop_, options.http, *front->grpc_, registry, limits));
  front->server_->set_tls(options.tls);
  front->http_address_ = front->server_->address();
  if (options.grpc.empty()) return front;
  auto bound = front->server_->listen_also(options.grpc);
  if (!bound) return fail(std::move(bound).error().during("--grpc (none turns it off)"));
  front->grpc_address_ = std::move(*bound);
  return front;
}

Front::~Front() {
  server_.reset();
  grpc_.reset();
  loop_.close();
}

void Front::set_tls(std::shared_ptr<const net::TlsContext> tls) {
  loop_.post([this, tls = std::move(tls)] {
    if (server_) server_->set_tls(tls);
  });
}

void Front::start() {
  thread_ = std::thread([this] {
    loop_.run();
    finish();
  });
}

void Front::stop() {
  loop_.stop();
  if (thread_.joinable()) thread_.join();
}

void Front::finish() {
  server_->close();
  loop_.drain([&] { return server_->connections() > 0 || handler_.in_flight() > 0; }, kDrainLimit);
  server_.reset();
  grpc_.reset();  // Before the loop is closed, for its timer's sake.
}

}  // namespace obs::ingest
