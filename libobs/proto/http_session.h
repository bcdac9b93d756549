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
#include "libobs/proto/server_session.h"

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

class HttpSession final : public ServerSession {
 public:
  // `handler` and `budget` outlive the session.
  HttpSession(HttpSessionHandler& handler, MemoryBudget& budget, HttpSessionLimits limits = {});
  ~HttpSession() override;
  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;

  void feed(Bytes bytes) override;
  void end_input() override;
  void answer(std::uint64_t ticket, HttpResponse response) override;
  std::string take_output() override;
  void resume() override;
  void finish() override;
  void time_out() override;

  bool wants_input() const override;
  bool over() const override { return input_over_ && slots_.empty(); }
  bool lingers() const override { return lingers_; }

  Phase phase() const override;
  std::size_t body_read() const override { return parser_.body_read(); }
  std::uint64_t received() const override { return received_; }
  std::size_t unanswered() const override { return slots_.size(); }

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
  void refuse_late();
  void end_request();
  void fail_request(const HttpError& error);
  std::size_t claim() const;
  void charge_receiving(std::size_t bytes);
  void flush_answers();
  std::uint64_t last_ticket() const { return first_ticket_ + slots_.size() - 1; }

  HttpSessionHandler& handler_;
  MemoryBudget& budget_;
  const HttpSessionLimits limits_;
  HttpParser parser_;

  std::deque<Slot> slots_;
  std::uint64_t first_ticket_ = 0;  // Of slots_.front().
  std::uint64_t received_ = 0;
  std::string kept_;  // Input not parsed yet.
  std::string output_;
  std::size_t receiving_ = 0;  // For the current body, charged to the budget.
  bool parsing_ = false;       // Answers given from inside parse() do not parse again.
  bool skipping_ = false;      // The current request is answered; its body is dropped.
  bool finishing_ = false;
  bool input_over_ = false;
  bool lingers_ = false;
};

}  // namespace obs::proto
