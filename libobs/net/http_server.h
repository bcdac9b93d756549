// An HTTP server on the loop: 1.1 with keep-alive, pipelining, chunked bodies and Expect:
// 100-continue; HTTP/2 for who begins with its preface, on the same port; and a bound on everything
// a client can make it hold.
//
// Requests that are malformed, too large, too slow or too many are answered here (400, 408, 413,
// 414, 417, 431, 501, 503, 505; proto/http_parser.h says what counts as malformed) and end their
// connection where its next request could not be found. It counts itself as obs_net_*.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "libobs/base/clock.h"
#include "libobs/base/memory_budget.h"
#include "libobs/base/metrics.h"
#include "libobs/base/result.h"
#include "libobs/net/loop.h"
#include "libobs/net/tls_server.h"
#include "libobs/proto/http.h"  // proto::HttpRequest, proto::HttpResponse
#include "libobs/proto/http_session.h"

namespace obs::net {

struct HttpListener;

struct HttpLimits {
  std::size_t body_bytes = std::size_t{64} << 20;  // As sent, before inflation. Above: 413.
  // What bodies are charged to, from their first byte to their answer. Above: 503. Outlives the
  // server; null: one of its own, of 512 MiB.
  MemoryBudget* budget = nullptr;
  bool share_ports = false;          // With other servers of this process (SO_REUSEPORT).
  std::size_t connections = 10'000;  // One more is answered 503 and closed.
  std::size_t pipelined = 32;        // Unanswered requests of a connection; then it is not read.
  std::size_t streams = 256;         // Of an HTTP/2 connection; more are refused, to be sent again.

  // Timeouts are looked at once a second, or four times in the shortest of them if that is less.
  Duration header_timeout = 10 * kSecond;  // From a request's first byte to the end of its headers.
  Duration body_timeout = 60 * kSecond;    // Without a byte of the body.
  Duration request_timeout = 5 * kMinute;  // From a request's first byte to its last.
  Duration idle_timeout = 120 * kSecond;   // Between requests.
  Duration write_timeout = 60 * kSecond;   // A reader that takes nothing.
  Duration linger_timeout = 2 * kSecond;   // For the rest of a body that nobody wants.
};

// Answers one request. Call it once, on the loop's thread; the connection may be gone by then,
// which is fine.
using Respond = std::function<void(proto::HttpResponse)>;

// The way to answer a request that is told piece by piece. Loop thread only; what is said after the
// request is over goes nowhere. Copies speak for the same request.
class HttpReply {
 public:
  HttpReply(std::weak_ptr<HttpListener> listener, std::uint64_t connection, std::uint64_t ticket)
      : listener_(std::move(listener)), connection_(connection), ticket_(ticket) {}

  void begin(proto::HttpResponse head) const;  // Status, headers, the first piece of the body.
  void send(std::string_view bytes) const;     // More of the body.
  // The last piece and the trailers; or the whole answer when none was begun.
  void end(proto::HttpResponse last) const;
  // So many bytes that on_data() brought have been dealt with: as many again may come.
  void take(std::size_t bytes) const;

 private:
  std::weak_ptr<HttpListener> listener_;
  std::uint64_t connection_;
  std::uint64_t ticket_;
};

// A request told piece by piece (HTTP/2 only). Loop thread only. Destroyed when the request is
// over: answered, or given up by its sender.
class HttpStream {
 public:
  virtual ~HttpStream() = default;
  // What is not taken (HttpReply::take) counts against the limits, and the sender soon waits.
  virtual void on_data(std::string_view bytes) = 0;
  virtual void on_end() = 0;    // The sender has sent all.
  virtual void on_drain() = 0;  // The server closes: come to an end.
};

class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  // Asked when the headers are in and no body byte has been taken: an answer here settles the
  // request before its body is sent. It refuses it (401, 404, 405, 413, 415), or needs no body.
  virtual std::optional<proto::HttpResponse> on_headers(const proto::HttpRequest& request) = 0;
  // The whole request, its body still encoded as it came. Answers of pipelined requests go out in
  // request order.
  virtual void on_request(proto::HttpRequest request, Respond respond) = 0;
  // How a refusal of the server's own is put to the client. As written here: plain text, with
  // Retry-After when it is 503. Of the request there is what was known when it failed, maybe
  // nothing.
  virtual proto::HttpResponse on_refused(const proto::HttpRequest& request, int status,
                                         std::string_view why);
  // Asked after on_headers() let an HTTP/2 request pass: what to tell its body to piece by piece;
  // null, as written here, for on_request().
  virtual std::shared_ptr<HttpStream> on_open(const proto::HttpRequest& request, HttpReply reply);
};

class HttpServer {
 public:
  // Binds and listens. `address` is HOST:PORT, [V6]:PORT or :PORT (all interfaces); port 0 takes a
  // free one. kInvalidArgument: no such address. kUnavailable: it is in use. The handler, the
  // registry and the loop outlive the server. Raises the process' limit of open files to what
  // `limits.connections` needs, as far as it may.
  static Result<std::unique_ptr<HttpServer>> listen(Loop& loop, std::string_view address,
                                                    HttpHandler& handler, Registry& registry,
                                                    HttpLimits limits = {});
  // Closes what is open without further ado; answers that come later go nowhere.
  virtual ~HttpServer() = default;

  // Connections that come from now on speak TLS; null: they speak in the clear. Loop thread.
  virtual void set_tls(std::shared_ptr<const TlsContext> tls) = 0;

  virtual std::string address() const = 0;  // As bound, "127.0.0.1:4318".
  // Listens on one more address, with the same handler, limits and counts. The address as bound.
  virtual Result<std::string> listen_also(std::string_view address) = 0;
  // Stops accepting; requests under way are answered, with Connection: close, then connections
  // close.
  virtual void close() = 0;
  // Connections still open.
  virtual std::size_t connections() const = 0;
};

// A handler that answers from the headers alone, such as one that only reports. Bodies are dropped.
class FunctionHandler final : public HttpHandler {
 public:
  using Answer = std::function<proto::HttpResponse(const proto::HttpRequest&)>;

  explicit FunctionHandler(Answer answer) : answer_(std::move(answer)) {}
  std::optional<proto::HttpResponse> on_headers(const proto::HttpRequest& request) override {
    return answer_(request);
  }
  void on_request(proto::HttpRequest request, Respond respond) override {
    respond(answer_(request));
  }

 private:
  Answer answer_;
};

}  // namespace obs::net
