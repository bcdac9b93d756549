// IngestHandler: the HTTP surface of obs-ingest on a server of libobs/net: exports of every
// door to the receiver, the rest to the pages every daemon has.

#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "libobs/api/health.h"
#include "libobs/api/receiver.h"
#include "libobs/net/http_server.h"
#include "libobs/net/loop.h"

namespace obs::api {

// Bodies whose decoding would keep the loop from its sockets for longer than about a millisecond
// are decoded by a worker. Loop thread only.
class IngestHandler final : public net::HttpHandler {
 public:
  // All of these outlive the handler; the handler outlives the server and every answer still owed.
  IngestHandler(net::Loop& loop, Receiver& receiver, const AdminHandler& admin);

  std::optional<proto::HttpResponse> on_headers(const proto::HttpRequest& request) override;
  void on_request(proto::HttpRequest request, net::Respond respond) override;
  proto::HttpResponse on_refused(const proto::HttpRequest& request, int status,
                                 std::string_view why) override;

  // Exports taken and not yet answered.
  std::size_t in_flight() const { return in_flight_; }

 private:
  net::Loop& loop_;
  Receiver& receiver_;
  const AdminHandler& admin_;
  std::size_t in_flight_ = 0;
};

}  // namespace obs::api
