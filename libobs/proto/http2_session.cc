#include "libobs/proto/http2_session.h"

#include <utility>

#include "libobs/proto/http2_state.h"

namespace obs::proto {

HttpVersion find_http_version(std::string_view first_bytes) {
  const std::string_view preface = kHttp2Preface.substr(0, first_bytes.size());
  if (!first_bytes.starts_with(preface)) return HttpVersion::kHttp1;
  return preface == kHttp2Preface ? HttpVersion::kHttp2 : HttpVersion::kUnknown;
}

Http2Session::Http2Session(HttpSessionHandler& handler, MemoryBudget& budget,
                           Http2SessionLimits limits)
    : state_(std::make_unique<State>(handler, budget, limits)) {}

Http2Session::~Http2Session() = default;

Http2Stream* Http2Session::State::find(std::uint64_t ticket) {
  const auto found = streams.find(static_cast<std::int32_t>(ticket));
  return found == streams.end() ? nullptr : found->second.get();
}

void Http2Session::feed(Bytes bytes) {
  state_->peer = &peer_;
  state_->feed(bytes);
}

void Http2Session::end_input() { state_->input_over = true; }

void Http2Session::answer(std::uint64_t ticket, HttpResponse response) {
  if (Http2Stream* stream = state_->find(ticket)) state_->answer(*stream, std::move(response));
}

void Http2Session::begin_answer(std::uint64_t ticket, HttpResponse head) {
  if (Http2Stream* stream = state_->find(ticket)) state_->begin_answer(*stream, std::move(head));
}

void Http2Session::send(std::uint64_t ticket, std::string_view bytes) {
  if (Http2Stream* stream = state_->find(ticket)) state_->send(*stream, bytes);
}

void Http2Session::take(std::uint64_t ticket, std::size_t bytes) {
  if (Http2Stream* stream = state_->find(ticket)) state_->take(*stream, bytes);
}

std::string Http2Session::take_output() {
  return state_->memory.is_asleep() ? std::string() : state_->take_output();
}

void Http2Session::finish() {
  state_->memory.wake();
  if (!state_->broken) state_->finish();
}

void Http2Session::time_out() {
  state_->memory.wake();
  if (!state_->broken) nghttp2_session_terminate_session(state_->session, NGHTTP2_NO_ERROR);
}

void Http2Session::tick(Duration now) {
  if (!state_->broken) state_->tick(now);
}

// What the peer gave up and the handler still has counts: or resetting would buy it more work.
bool Http2Session::wants_input() const {
  const State& state = *state_;
  if (state.broken || state.input_over) return false;
  return state.memory.is_asleep() || (nghttp2_session_want_read(state.session) != 0 &&
                                      state.handled < 2 * state.limits.streams);
}

bool Http2Session::over() const {
  const State& state = *state_;
  if (state.broken) return true;
  if (state.memory.is_asleep()) return state.input_over;
  if (nghttp2_session_want_write(state.session) != 0) return false;
  if (nghttp2_session_want_read(state.session) == 0) return true;
  return state.input_over && state.handled == 0;
}

bool Http2Session::lingers() const { return !state_->input_over; }

ServerSession::Phase Http2Session::phase() const {
  return state_->greeted && !state_->in_head ? Phase::kIdle : Phase::kHead;
}

std::uint64_t Http2Session::received() const { return state_->received; }

std::size_t Http2Session::unanswered() const { return state_->streams.size(); }

}  // namespace obs::proto
