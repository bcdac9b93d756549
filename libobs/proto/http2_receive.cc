// What comes in on an HTTP/2 connection.

#include <algorithm>
#include <utility>
#include <vector>

#include "libobs/base/text.h"
#include "libobs/proto/http2_state.h"

namespace obs::proto {
namespace {

// A request brings a handful of other frames with it: WINDOW_UPDATE and PING for its answer, a
// reset when it is given up.
constexpr std::size_t kForgivenPerRequest = 8;
// A header list is counted to so many times its limit, for the sake of an honest 431; then its
// stream is reset.
constexpr std::size_t kCountedLists = 4;
// Of answers, beyond which requests are refused: a peer that opens no window has 256 of them for
// the asking, and each may be fifty KB of /metrics. It is some twenty of those.
constexpr std::size_t kUnsentBytes = kMiB;

}  // namespace

void Http2Session::State::feed(Bytes bytes) {
  if (broken || input_over) return;
  heard = true;
  memory.wake();
  const std::string_view text = as_text(bytes);
  const ssize_t taken = nghttp2_session_mem_recv(
      session, reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  // What can be told to the peer, nghttp2 has put into its output; this is a flood, or no HTTP/2.
  if (taken < 0) broken = true;
}

Http2Stream& Http2Session::State::add_stream(std::int32_t id) {
  auto& stream = streams[id];
  stream = std::make_unique<Http2Stream>();
  stream->id = id;
  nghttp2_session_set_stream_user_data(session, id, stream.get());
  return *stream;
}

void Http2Session::State::begin_request(Http2Stream& stream) {
  HttpRequest& request = stream.request;
  const auto problem = stream.head.finish(request, limits.head);
  peer->introduce(request);
  request.version = 2;
  stream.stage = Stage::kBody;
  stream.head_only = request.method == "HEAD";
  charge(stream, stream.head.bytes());
  if (problem) return refuse(stream, problem->status, problem->what);
  const std::string_view expectation = request.header("expect");
  const bool waits = equals_ignore_case(expectation, "100-continue");
  if (!expectation.empty() && !waits)
    return refuse(stream, 417, "the only expectation known here is 100-continue");
  if (unsent > kUnsentBytes) return refuse(stream, 503, "too many answers are not read");
  if (auto refusal = handler.on_headers(request)) return answer(stream, std::move(*refusal));
  const std::uint64_t length = parse_uint(request.header("content-length")).value_or(0);
  if (length > limits.body_bytes) return refuse(stream, 413, "the body is over the limit");
  if (!budget.has_room_for(length)) return refuse(stream, 503, "too many bodies in flight");
  if (waits) begin_answer(stream, {100, {}, {}});
  if (!handler.on_open(request, static_cast<std::uint64_t>(stream.id))) return;
  // It may have been answered at once.
  if (stream.stage != Stage::kBody) return;
  stream.stage = Stage::kOpen;
  ++open;
}

void Http2Session::State::end_input(Http2Stream& stream) {
  stream.input_done = true;
  if (stream.stage == Stage::kOpen) return handler.on_end(static_cast<std::uint64_t>(stream.id));
  if (stream.stage != Stage::kBody) return;
  ++received;
  idle_frames -= std::min(idle_frames, kForgivenPerRequest);
  stream.stage = Stage::kHandled;
  ++handled;
  stream.held = stream.request.body.size();
  held += stream.held;
  handler.on_request(std::move(stream.request), static_cast<std::uint64_t>(stream.id));
}

int Http2Session::State::add_data(Http2Stream& stream, std::string_view bytes) {
  switch (stream.stage) {
    case Stage::kBody: add_to_body(stream, bytes); break;
    case Stage::kOpen:
      ++received;
      idle_frames -= std::min<std::size_t>(idle_frames, 1);
      nghttp2_session_consume_connection(session, bytes.size());
      charge(stream, bytes.size());
      handler.on_data(static_cast<std::uint64_t>(stream.id), bytes);
      break;
    default: skip(stream, bytes.size()); break;
  }
  return 0;
}

void Http2Session::State::add_to_body(Http2Stream& stream, std::string_view bytes) {
  nghttp2_session_consume_stream(session, stream.id, bytes.size());
  credit_connection(bytes.size());
  if (stream.request.body.size() + bytes.size() > limits.body_bytes)
    return refuse(stream, 413, "the body is over the limit");
  charge(stream, bytes.size());
  if (budget.is_over()) return refuse(stream, 503, "too many bodies in flight");
  stream.request.body.append(bytes);
}

void Http2Session::State::skip(Http2Stream& stream, std::size_t bytes) {
  nghttp2_session_consume(session, stream.id, bytes);
  stream.skipped += bytes;
  if (stream.skipped > limits.skipped_bytes) reset(stream, NGHTTP2_NO_ERROR);
}

// Counts a frame that asks for work and brings nothing.
void Http2Session::State::on_begin_frame(const nghttp2_frame_hd& head) {
  const bool ends = (head.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (head.type == NGHTTP2_HEADERS || head.type == NGHTTP2_CONTINUATION) return;
  if (head.type == NGHTTP2_DATA && (head.length > 0 || ends)) return;
  if (++idle_frames == limits.idle_frames)
    nghttp2_session_terminate_session(session, NGHTTP2_ENHANCE_YOUR_CALM);
}

void Http2Session::State::on_frame(const nghttp2_frame& frame) {
  void* const data = nghttp2_session_get_stream_user_data(session, frame.hd.stream_id);
  auto* const stream = static_cast<Http2Stream*>(data);
  const bool ends = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  switch (frame.hd.type) {
    case NGHTTP2_HEADERS:
      in_head = false;
      if (stream == nullptr) return;
      if (frame.headers.cat == NGHTTP2_HCAT_REQUEST) begin_request(*stream);
      if (ends) end_input(*stream);
      return;
    case NGHTTP2_DATA:
      if (stream != nullptr && ends) end_input(*stream);
      return;
    case NGHTTP2_SETTINGS: greeted = true; return;
    default: return;
  }
}

void Http2Session::State::on_close(std::int32_t id) {
  const auto found = streams.find(id);
  if (found == streams.end()) return;
  Http2Stream& stream = *found->second;
  stream.closed = true;
  if (stream.stage == Stage::kHandled) return;  // Until it is answered.
  unsent -= stream.output.size() - stream.sent;
  const bool gone = stream.stage == Stage::kOpen;
  if (gone) --open;
  release(stream);
  streams.erase(found);
  if (gone) handler.on_gone(static_cast<std::uint64_t>(id));
}

void Http2Session::State::tick(Duration now) {
  if (memory.is_asleep()) return;
  idle_frames = 0;
  const bool was_heard = std::exchange(heard, false);
  if (!was_heard && streams.empty() && nghttp2_session_want_write(session) == 0)
    return memory.sleep();
  check_silence(now, was_heard);
  std::vector<Http2Stream*> checked;  // A refusal may close streams.
  for (const auto& [id, stream] : streams) {
    if (!stream->closed) checked.push_back(stream.get());
  }
  for (Http2Stream* stream : checked) check_stream(*stream, now);
}

// A body must grow, and come to its end; an answer must be read.
void Http2Session::State::check_stream(Http2Stream& stream, Duration now) {
  if (stream.stage != Stage::kBody && stream.stage != Stage::kAnswered) return;
  const std::size_t size = stream.request.body.size() + stream.skipped + stream.sent;
  if (!std::exchange(stream.timed, true)) stream.began = stream.moved = now;
  if (std::exchange(stream.seen, size) != size) stream.moved = now;
  if (now - stream.moved <= limits.body_timeout && now - stream.began <= limits.request_timeout)
    return;
  if (stream.stage == Stage::kAnswered) return reset(stream, NGHTTP2_NO_ERROR);
  stream.timed = false;
  refuse(stream, 408, "the request took too long to arrive");
}

void Http2Session::State::check_silence(Duration now, bool was_heard) {
  if (open == 0 || was_heard) {
    asked = false;
    heard_at = now;
    return;
  }
  const Duration silence = now - heard_at;
  if (silence > limits.silence_timeout) {
    nghttp2_session_terminate_session(session, NGHTTP2_NO_ERROR);
  } else if (silence > limits.silence_timeout / 2 && !std::exchange(asked, true)) {
    nghttp2_submit_ping(session, NGHTTP2_FLAG_NONE, nullptr);
  }
}

// nghttp2's calls, each a line of ours.
struct Http2Callbacks {
  using State = Http2Session::State;

  static State& of(void* user) { return *static_cast<State*>(user); }
  static Http2Stream* stream_of(nghttp2_session* session, std::int32_t id) {
    return static_cast<Http2Stream*>(nghttp2_session_get_stream_user_data(session, id));
  }

  static int on_begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    State& state = of(user);
    state.in_head = true;
    if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) state.add_stream(frame->hd.stream_id);
    return 0;
  }

  static int on_header(nghttp2_session* session, const nghttp2_frame* frame,
                       const std::uint8_t* name, std::size_t name_size, const std::uint8_t* value,
                       std::size_t value_size, std::uint8_t, void* user) {
    if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;  // A trailer: dropped.
    Http2Stream* const stream = stream_of(session, frame->hd.stream_id);
    if (stream == nullptr) return 0;
    const Http2HeadLimits& limits = of(user).limits.head;
    stream->head.add({reinterpret_cast<const char*>(name), name_size},
                     {reinterpret_cast<const char*>(value), value_size}, limits);
    if (stream->head.bytes() <= kCountedLists * limits.bytes) return 0;
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }

  static int on_begin_frame(nghttp2_session*, const nghttp2_frame_hd* head, void* user) {
    of(user).on_begin_frame(*head);
    return 0;
  }

  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    of(user).on_frame(*frame);
    return 0;
  }

  static int on_data(nghttp2_session* session, std::uint8_t, std::int32_t id,
                     const std::uint8_t* data, std::size_t size, void* user) {
    Http2Stream* const stream = stream_of(session, id);
    if (stream == nullptr) return nghttp2_session_consume(session, id, size);
    return of(user).add_data(*stream, {reinterpret_cast<const char*>(data), size});
  }

  static int on_close(nghttp2_session*, std::int32_t id, std::uint32_t, void* user) {
    of(user).on_close(id);
    return 0;
  }

  static nghttp2_session_callbacks* make() {
    nghttp2_session_callbacks* made = nullptr;
    if (nghttp2_session_callbacks_new(&made) != 0) return nullptr;
    nghttp2_session_callbacks_set_on_begin_frame_callback(made, on_begin_frame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(made, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(made, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(made, on_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(made, on_close);
    return made;
  }

  static nghttp2_option* make_option() {
    nghttp2_option* made = nullptr;
    if (nghttp2_option_new(&made) != 0) return nullptr;
    nghttp2_option_set_no_auto_window_update(made, 1);
    nghttp2_option_set_no_closed_streams(made, 1);  // Priorities are not followed: nothing to keep.
    return made;
  }
};

Http2Session::State::State(HttpSessionHandler& told, MemoryBudget& shared,
                           Http2SessionLimits bounds)
    : handler(told), budget(shared), limits(bounds) {
  // Made once, for all sessions and for as long as the process lives.
  static nghttp2_session_callbacks* const kCallbacks = Http2Callbacks::make();
  static nghttp2_option* const kOption = Http2Callbacks::make_option();
  if (kCallbacks == nullptr || kOption == nullptr ||
      nghttp2_session_server_new3(&session, kCallbacks, this, kOption, memory.functions()) != 0) {
    session = nullptr;
    broken = true;
    return;
  }
  submit_settings();
}

Http2Session::State::~State() {
  memory.wake();
  nghttp2_session_del(std::exchange(session, nullptr));
  for (const auto& [id, stream] : streams) release(*stream);
}

}  // namespace obs::proto
