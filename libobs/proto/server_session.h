// What the server's side of a connection is to whoever holds its socket, whichever HTTP it speaks:
// http_session.h has HTTP/1.1, http2_session.h HTTP/2.
//
// Pure: no I/O, no clock; the caller says what time it is and when time is up. One thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libobs/base/bytes.h"
#include "libobs/base/clock.h"
#include "libobs/base/memory_budget.h"
#include "libobs/proto/http.h"

namespace obs::proto {

// What requests say of their sender.
struct HttpPeer {
  std::string address;
  std::vector<std::string> certificate_names;

  void introduce(HttpRequest& request) const {
    request.peer = address;
    request.certificate_names = certificate_names;
  }
};

// Hears what the peer asks. A ticket names one request of its session.
class HttpSessionHandler {
 public:
  virtual ~HttpSessionHandler() = default;
  // Asked when the headers are in: an answer refuses the request before its body is read.
  virtual std::optional<HttpResponse> on_headers(const HttpRequest& request) = 0;
  // A whole request. Give `ticket` to ServerSession::answer, now or later.
  virtual void on_request(HttpRequest request, std::uint64_t ticket) = 0;
  // The answer to a request that the session itself refuses: 400, 408, 413, 414, 417, 431, 501,
  // 503 or 505. `request` has what is known of it, perhaps nothing.
  virtual HttpResponse on_refused(const HttpRequest& request, int status, std::string_view why) = 0;
  // The value of the Date header; empty for none.
  virtual std::string_view date() const = 0;

  // HTTP/2 alone, for a request that on_headers() let pass: true when it shall be told piece by
  // piece and answered so, through the calls below, instead of by on_request().
  virtual bool on_open(const HttpRequest&, std::uint64_t) { return false; }
  // A piece of its body; charged to the budget until ServerSession::take().
  virtual void on_data(std::uint64_t, std::string_view) {}
  virtual void on_end(std::uint64_t) {}    // It has sent all.
  virtual void on_drain(std::uint64_t) {}  // The session wants to end: answer soon.
  virtual void on_gone(std::uint64_t) {}   // Nobody waits any more for what was not answered.
};

class ServerSession {
 public:
  enum class Phase {
    kIdle,  // No byte of a request has come; in HTTP/2, no header block is incomplete.
    kHead,  // A request line or headers, incomplete.
    kBody,  // Headers are in, the body is not; not told by HTTP/2, which has many at once.
  };

  virtual ~ServerSession() = default;

  void set_peer(HttpPeer peer) { peer_ = std::move(peer); }

  virtual void feed(Bytes bytes) = 0;
  // The peer will send nothing more, but may still read.
  virtual void end_input() = 0;
  // Ignored when the ticket was answered before.
  virtual void answer(std::uint64_t ticket, HttpResponse response) = 0;

  // Hands over the bytes to be written.
  virtual std::string take_output() = 0;
  // Goes on with input that was kept aside. Call it after output was taken and written.
  virtual void resume() = 0;

  // Ends the session after the requests under way, if any.
  virtual void finish() = 0;
  // Answers 408 to what is incomplete; ends the session.
  virtual void time_out() = 0;
  // Looks after the timeouts of single requests; called every second or so. Never goes back.
  virtual void tick(Duration /*now*/) {}

  // False while there is more than it can take: read nothing from the socket.
  virtual bool wants_input() const = 0;
  // All is answered and nothing more will be: write the output, then close.
  virtual bool over() const = 0;
  // The peer may still be sending what nobody will read: shut the output down and drop what comes
  // until it stops, since closing at once would reset the connection and lose the answer.
  virtual bool lingers() const = 0;

  virtual Phase phase() const = 0;
  // Bytes of the body being received: it grows, or the peer is slow.
  virtual std::size_t body_read() const = 0;
  // Requests that have come in whole, those refused and skipped included.
  virtual std::uint64_t received() const = 0;
  // Requests begun and not yet answered.
  virtual std::size_t unanswered() const = 0;

  // For a request that on_open() took: its status and headers, at once, with a first piece of the
  // body. Ignored when the ticket is gone, as are the next two.
  // NOLINTNEXTLINE(performance-unnecessary-value-param): who overrides it keeps the head.
  virtual void begin_answer(std::uint64_t /*ticket*/, HttpResponse /*head*/) {}
  // More of the body. answer() ends it: its body and trailers are the last piece, or the whole
  // answer when none was begun.
  virtual void send(std::uint64_t /*ticket*/, std::string_view /*bytes*/) {}
  // So many bytes of on_data() have been dealt with; the peer may send as many again.
  virtual void take(std::uint64_t /*ticket*/, std::size_t /*bytes*/) {}

 protected:
  HttpPeer peer_;
};

}  // namespace obs::proto
