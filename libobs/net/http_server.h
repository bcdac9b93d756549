// An HTTP/1.1 server on the loop: keep-alive, pipelining, chunked and compressed bodies, Expect:
// 100-continue, and a bound on everything a client can make it hold.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "libobs/base/clock.h"
#include "libobs/base/metrics.h"
#include "libobs/base/result.h"
#include "libobs/net/loop.h"
#include "libobs/proto/http.h"  // proto::HttpRequest, proto::HttpResponse

namespace obs::net {

struct HttpLimits {
  std::size_t body_bytes = std::size_t{64} << 20;  // As sent, before inflation. Above: 413.
  std::size_t inflight_bytes = std::size_t{512}
                               << 20;  // Bodies held by all connections together. Above: 503.
  std::size_t connections = 10'000;    // One more is answered 503 and closed.
  Duration header_timeout =
      10 * kSecond;  // From the first byte of a request to the end of its headers.
  Duration body_timeout = 60 * kSecond;   // Without a byte of the body.
  Duration idle_timeout = 120 * kSecond;  // Between requests.
  Duration write_timeout = 60 * kSecond;  // A reader that takes nothing.
};

// Answers one request. Call it once, on the loop's thread; the connection may be gone by then,
// which is fine.
using Respond = std::function<void(proto::HttpResponse)>;

class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  // Asked when the headers are in and no body byte has been taken: an answer here refuses the
  // request (401, 404, 405, 413, 415) before its body is sent.
  virtual std::optional<proto::HttpResponse> on_headers(const proto::HttpRequest& request) = 0;
  // The whole request, its body still encoded as it came. Answers of pipelined requests go out in
  // request order.
  virtual void on_request(proto::HttpRequest request, Respond respond) = 0;
};

class HttpServer {
 public:
  // Binds and listens. `address` is HOST:PORT, [V6]:PORT or :PORT (all interfaces); port 0 takes a
  // free one. kInvalidArgument: no such address. kUnavailable: it is in use. The handler outlives
  // the server.
  static Result<std::unique_ptr<HttpServer>> listen(Loop& loop, std::string_view address,
                                                    HttpHandler& handler, Registry& registry,
                                                    HttpLimits limits = {});
  virtual ~HttpServer() = default;

  virtual std::string address() const = 0;  // As bound, "127.0.0.1:4318".
  // Stops accepting; requests under way are answered, with Connection: close, then connections
  // close.
  virtual void close() = 0;
  // Connections still open.
  virtual std::size_t connections() const = 0;
};

}  // namespace obs::net
