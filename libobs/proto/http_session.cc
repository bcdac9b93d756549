#include "libobs/proto/http_session.h"

#include <algorithm>
#include <utility>

namespace obs::proto {
namespace {

constexpr std::string_view kTooManyBodies = "too many bodies in flight";

// A body that has begun to come claims its room before all of it is there, or many at once would
// all be let in and all fail halfway. The claim is so many times what has come: a peer that only
// announces gets nothing.
constexpr std::size_t kTrust = 8;

}  // namespace

HttpSession::HttpSession(HttpSessionHandler& handler, MemoryBudget& budget,
                         HttpSessionLimits limits)
    : handler_(handler), budget_(budget), limits_(limits), parser_(limits.parser) {}

HttpSession::~HttpSession() {
  charge_receiving(0);
  for (const Slot& slot : slots_) budget_.release(slot.body_bytes);
}

void HttpSession::feed(Bytes bytes) {
  if (kept_.empty()) return parse(bytes);
  kept_.append(as_text(bytes));
  resume();
}

void HttpSession::resume() {
  if (parsing_ || kept_.empty() || is_blocked()) return;
  const std::string input = std::exchange(kept_, {});
  parse(as_bytes(input));
}

// Takes what it can of `input`, and keeps the rest aside unless nobody will read it.
void HttpSession::parse(Bytes input) {
  parsing_ = true;
  while (!input_over_ && !is_blocked()) {
    const HttpParser::Event event = parser_.next(input);
    if (event == HttpParser::Event::kNeedMore) break;
    if (event == HttpParser::Event::kHead) begin_request();
    if (event == HttpParser::Event::kRequest) end_request();
    if (event == HttpParser::Event::kError) fail_request(parser_.error());
  }
  if (!input_over_ && parser_.in_body() && !skipping_) {
    charge_receiving(claim());
    if (budget_.is_over()) refuse_late();
  }
  if (!input_over_) kept_.assign(as_text(input));
  if (input_over_ && !input.empty()) lingers_ = true;
  parsing_ = false;
}

bool HttpSession::is_blocked() const {
  return !parser_.in_body() &&
         (slots_.size() >= limits_.pipelined || output_.size() >= limits_.output_bytes);
}

void HttpSession::begin_request() {
  HttpRequest& request = parser_.request();
  peer_.introduce(request);
  Slot& slot = slots_.emplace_back();
  slot.head_only = request.method == "HEAD";
  slot.keep_alive = parser_.keep_alive();
  if (auto refusal = find_refusal()) return refuse_early(std::move(*refusal));
  slot.owes_continue = parser_.expects_continue();
  flush_answers();
}

std::optional<HttpResponse> HttpSession::find_refusal() {
  const HttpRequest& request = parser_.request();
  if (parser_.unknown_expectation())
    return handler_.on_refused(request, 417, "the only expectation known here is 100-continue");
  if (auto refusal = handler_.on_headers(request)) return refusal;
  if (parser_.content_length() > limits_.parser.body_bytes)
    return handler_.on_refused(request, 413, "the body is over the limit");
  if (!budget_.has_room_for(parser_.content_length()))
    return handler_.on_refused(request, 503, kTooManyBodies);
  return std::nullopt;
}

// A client that waits for "100 Continue" may take a refusal as leave to send its next request, or
// send the body all the same: nobody can tell these bytes apart, so that connection ends.
void HttpSession::refuse_early(HttpResponse response) {
  if (parser_.expects_continue() || parser_.content_length() > limits_.skipped_bytes) {
    slots_.back().keep_alive = false;
    input_over_ = lingers_ = true;
  } else {
    parser_.skip_body(limits_.skipped_bytes);
    skipping_ = true;
  }
  answer(last_ticket(), std::move(response));
}

// Gives up a body of which a part is there. The connection lives on when little of it is to come.
void HttpSession::refuse_late() {
  const std::size_t skipped = parser_.body_read() + limits_.skipped_bytes;
  if (parser_.content_length() > skipped) return fail_request({503, kTooManyBodies});
  charge_receiving(0);
  parser_.request().body = {};
  parser_.skip_body(skipped);
  skipping_ = true;
  answer(last_ticket(), handler_.on_refused(parser_.request(), 503, kTooManyBodies));
}

void HttpSession::end_request() {
  HttpRequest request = parser_.take_request();
  if (!parser_.keep_alive() || finishing_) input_over_ = true;
  ++received_;
  if (std::exchange(skipping_, false)) return;
  charge_receiving(0);
  slots_.back().body_bytes = request.body.size();
  budget_.add(request.body.size());
  handler_.on_request(std::move(request), last_ticket());
}

// Ends the input; what was asked before is still answered.
void HttpSession::fail_request(const HttpError& error) {
  charge_receiving(0);
  input_over_ = lingers_ = true;
  if (skipping_) return;
  if (!parser_.in_body()) slots_.emplace_back().keep_alive = false;
  HttpResponse response = handler_.on_refused(parser_.request(), error.status, error.what);
  slots_.back().keep_alive = false;
  answer(last_ticket(), std::move(response));
}

std::size_t HttpSession::claim() const {
  const std::size_t read = parser_.body_read();
  const std::size_t announced = parser_.content_length();
  return announced == 0 ? read : std::min(announced, kTrust * read);
}

void HttpSession::charge_receiving(std::size_t bytes) {
  budget_.add(bytes);
  budget_.release(std::exchange(receiving_, bytes));
}

void HttpSession::answer(std::uint64_t ticket, HttpResponse response) {
  if (ticket < first_ticket_ || ticket - first_ticket_ >= slots_.size()) return;
  Slot& slot = slots_[ticket - first_ticket_];
  if (slot.response) return;
  slot.response = std::move(response);
  budget_.release(std::exchange(slot.body_bytes, 0));
  flush_answers();
  resume();
}

void HttpSession::flush_answers() {
  while (!slots_.empty() && slots_.front().response) {
    const Slot& slot = slots_.front();
    const bool keep_alive = slot.keep_alive && !(input_over_ && slots_.size() == 1);
    append_http_response(output_, *slot.response, keep_alive, slot.head_only, handler_.date());
    slots_.pop_front();
    ++first_ticket_;
  }
  // Only now, or the interim answer would be read as one to an earlier request.
  if (!slots_.empty() && std::exchange(slots_.front().owes_continue, false))
    output_ += "HTTP/1.1 100 Continue\r\n\r\n";
}

std::string HttpSession::take_output() { return std::exchange(output_, {}); }

void HttpSession::end_input() {
  if (phase() != Phase::kIdle) fail_request({400, "the connection ended inside a request"});
  input_over_ = true;
  lingers_ = false;
}

void HttpSession::finish() {
  finishing_ = true;
  if (phase() == Phase::kIdle) input_over_ = true;
  if (input_over_) kept_.clear();
}

void HttpSession::time_out() {
  if (phase() != Phase::kIdle) return fail_request({408, "the request took too long to arrive"});
  input_over_ = true;
}

bool HttpSession::wants_input() const { return !input_over_ && kept_.empty() && !is_blocked(); }

HttpSession::Phase HttpSession::phase() const {
  if (input_over_ || !parser_.in_request()) return Phase::kIdle;
  return parser_.in_body() ? Phase::kBody : Phase::kHead;
}

}  // namespace obs::proto
