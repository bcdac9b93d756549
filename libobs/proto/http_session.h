// The server's side of one HTTP/1.1 connection, without its socket: bytes in, requests to a
// handler; answers in any order, bytes out in the order of the requests.
//
// It keeps what a connection must hold bounded: requests in flight, bytes of bodies (a budget that
// all sessions share), bytes of answers not yet taken. What it cannot take now it keeps aside and
// says so by wants_input(). Pure: no I/O, no clock; the caller says when time is up. One thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "libobs/base/bytes.h"
#include "libobs/proto/http.h"
#include "libobs/proto/http_parser.h"

namespace obs::proto {

struct HttpSessionLimits {
  HttpParserLimits parser;
  // Requests begun and not yet answered. Exporters pipeline none or a few.
  std::size_t pipelined = 32;
  // Answers waiting for the socket; beyond, no further request is begun.
  std::size_t output_bytes = 256 * kKiB;
  // A refused request's body up to this size is read and dropped, so that the connection lives on;
  // a longer one ends it.
  std::size_t skipped_bytes = kMiB;
};

// What the bodies of all sessions together may hold, from their first byte to their answer.
struct HttpBudget {
  std::size_t limit = 0;
  std::size_t used = 0;
};

class HttpSessionHandler {
 public:
  virtual ~HttpSessionHandler() = default;
  // Asked when the headers are in: an answer refuses the request before its body is read.
  virtual std::optional<HttpResponse> on_headers(const HttpRequest& request) = 0;
  // A whole request. Give `ticket` to HttpSession::answer, now or later.
  virtual void on_request(HttpRequest request, std::uint64_t ticket) = 0;
  // The answer to a request that the session itself refuses: 400, 408, 413, 414, 417, 431, 501,
  // 503 or 505. `request` has what is known of it, perhaps nothing.
  virtual HttpResponse on_refused(const HttpRequest& request, int status, std::string_view why) = 0;
  // The value of the Date header; empty for none.
  virtual std::string_view date() const = 0;
};

class HttpSession {
 public:
  enum class Phase {
    kIdle,  // No byte of a request has come.
    kHead,  // A request line or headers, incomplete.
    kBody,  // Headers are in, the body is not.
  };

  // `handler` and `budget` outlive the session.
  HttpSession(HttpSessionHandler& handler, HttpBudget& budget, HttpSessionLimits limits = {});
  ~HttpSession();
  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;

  // What requests say of their sender.
  void set_peer(std::string peer) { peer_ = std::move(peer); }

  void feed(Bytes bytes);
  // The peer will send nothing more, but may still read.
  void end_input();
  // Ignored when the ticket was answered before.
  void answer(std::uint64_t ticket, HttpResponse response);

  // Hands over the bytes to be written.
  std::string take_output();
  // Goes on with input that was kept aside. Call it after output was taken and written.
  void resume();

  // Ends the session after the request under way, if any.
  void finish();
  // Answers 408 to a request that is incomplete; ends the session.
  void time_out();

  // False while there is more than it can take: read nothing from the socket.
  bool wants_input() const;
  // All is answered and nothing more will be: write the output, then close.
  bool over() const { return input_over_ && slots_.empty(); }
  // The peer may still be sending what nobody will read: shut the output down and drop what comes
  // until it stops, since closing at once would reset the connection and lose the answer.
  bool lingers() const { return lingers_; }

  Phase phase() const;
  // Bytes of the body being received: it grows, or the peer is slow.
  std::size_t body_read() const { return parser_.body_read(); }
  // Requests that have come in whole, those refused and skipped included.
  std::uint64_t received() const { return received_; }
  // Requests begun and not yet answered.
  std::size_t unanswered() const { return slots_.size(); }

 private:
  // A request, from its headers to its answer.
  struct Slot {
    bool head_only = false;
    bool keep_alive = true;
    bool owes_continue = false;
    std::size_t body_bytes = 0;  // Charged to the budget.
    std::optional<HttpResponse> response;
  };

  bool is_blocked() const;
  void parse(Bytes input);
  void begin_request();
  std::optional<HttpResponse> find_refusal();
  void refuse_early(HttpResponse response);
  void end_request();
  void fail_request(const HttpError& error);
  void charge_receiving(std::size_t bytes);
  void flush_answers();
  std::uint64_t last_ticket() const { return first_ticket_ + slots_.size() - 1; }

  HttpSessionHandler& handler_;
  HttpBudget& budget_;
  std::string peer_;
  const HttpSessionLimits limits_;
  HttpParser parser_;

  std::deque<Slot> slots_;
  std::uint64_t first_ticket_ = 0;  // Of slots_.front().
  std::uint64_t received_ = 0;
  std::string kept_;  // Input not parsed yet.
  std::string output_;
  std::size_t receiving_ = 0;  // Of the current body, charged to the budget.
  bool parsing_ = false;       // Answers given from inside parse() do not parse again.
  bool skipping_ = false;      // The current request is answered; its body is dropped.
  bool finishing_ = false;
  bool input_over_ = false;
  bool lingers_ = false;
};

}  // namespace obs::proto
