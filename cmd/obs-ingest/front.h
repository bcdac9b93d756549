// One event loop with the ports of HTTP and gRPC on it. With --workers there are several, which
// share the ports (the kernel deals connections out) and the receiver, and nothing else.

#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <thread>

#include "libobs/api/grpc_handler.h"
#include "libobs/api/health.h"
#include "libobs/api/ingest_handler.h"
#include "libobs/api/receiver.h"
#include "libobs/base/memory_budget.h"
#include "libobs/base/metrics.h"
#include "libobs/net/http_server.h"
#include "libobs/net/loop.h"

namespace obs::ingest {

struct FrontOptions {
  std::string http;
  std::string grpc;  // Empty: none.
  std::size_t body_bytes = 0;
  MemoryBudget* budget = nullptr;
  bool share_ports = false;
  std::shared_ptr<const net::TlsContext> tls;  // Null: in the clear.
};

class Front {
 public:
  // All of these outlive it. kUnavailable: a port is in use.
  static Result<std::unique_ptr<Front>> open(const FrontOptions& options, api::Receiver& receiver,
                                             const api::AdminHandler& admin, Registry& registry);
  ~Front();
  Front(const Front&) = delete;
  Front& operator=(const Front&) = delete;

  net::Loop& loop() { return loop_; }
  const std::string& http_address() const { return http_address_; }
  const std::string& grpc_address() const { return grpc_address_; }  // Empty: there is none.

  // For connections from now on. Any thread.
  void set_tls(std::shared_ptr<const net::TlsContext> tls);

  // Runs the loop on a thread of its own until stop().
  void start();
  // Ends that thread, once what is under way is answered or has had its time.
  void stop();
  // The same for a loop that ran on this thread, and has come back.
  void finish();
  // Runs the answers that closing the sink has brought. After stop() or finish().
  void close() { loop_.close(); }

 private:
  Front(const FrontOptions& options, api::Receiver& receiver, const api::AdminHandler& admin);

  net::Loop loop_;
  api::IngestHandler handler_;
  std::unique_ptr<api::GrpcHandler> grpc_;
  std::unique_ptr<net::HttpServer> server_;
  std::string http_address_;
  std::string grpc_address_;
  std::thread thread_;
};

}  // namespace obs::ingest
