// What goes out on an HTTP/2 connection.

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "libobs/base/text.h"
#include "libobs/proto/http2_state.h"

namespace obs::proto {
namespace {

// Gathered into one write.
constexpr std::size_t kOutputBytes = 256 * kKiB;
// What may wait for a peer that opens no window for the answers of a request of on_open().
constexpr std::size_t kWaitingBytes = 256 * kKiB;

// Fields of an answer, alive until nghttp2 has copied them.
class Fields {
 public:
  void add(std::string_view name, std::string_view value) {
    // A line break would make the peer refuse the whole answer.
    std::string& text = texts_.emplace_back(value);
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
    names_.push_back(name);
  }

  void add(const HttpHeaders& headers) {
    for (const auto& [name, value] : headers) {
      if (!is_of_connection(name)) add(name, value);
    }
  }

  // nghttp2 writes names in lower case, as it must.
  std::vector<nghttp2_nv> list() {
    std::vector<nghttp2_nv> out;
    for (std::size_t i = 0; i < names_.size(); ++i)
      out.push_back({to_bytes(names_[i]), to_bytes(texts_[i]), names_[i].size(), texts_[i].size(),
                     NGHTTP2_NV_FLAG_NONE});
    return out;
  }

 private:
  static bool is_of_connection(std::string_view name) {
    for (const std::string_view hop : {"connection", "keep-alive", "transfer-encoding", "upgrade",
                                       "proxy-connection", "content-length"}) {
      if (equals_ignore_case(name, hop)) return true;
    }
    return false;
  }
  static std::uint8_t* to_bytes(std::string_view text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  }

  std::vector<std::string_view> names_;
  std::vector<std::string> texts_;
};

}  // namespace

void Http2Session::State::submit_settings() {
  const nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, static_cast<std::uint32_t>(limits.streams)},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, static_cast<std::uint32_t>(limits.stream_window)},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(limits.head.bytes)},
      {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
  };
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings, std::size(settings));
  nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0,
                                        static_cast<std::int32_t>(limits.connection_window));
}

void Http2Session::State::submit_head(Http2Stream& stream, const HttpResponse& response,
                                      bool with_body) {
  const std::string status = std::to_string(response.status);
  const std::string length = std::to_string(response.body.size());
  Fields fields;
  fields.add(":status", status);
  fields.add(response.headers);
  const bool has_length = stream.last && stream.trailers.empty() && response.trailers.empty();
  if (has_length && response.status != 204 && response.status != 304)
    fields.add("content-length", length);
  if (const std::string_view date = handler.date(); !date.empty()) fields.add("date", date);
  const std::vector<nghttp2_nv> list = fields.list();
  nghttp2_data_provider provider{};
  provider.source.ptr = &stream;
  provider.read_callback = [](nghttp2_session*, std::int32_t, std::uint8_t* out, std::size_t room,
                              std::uint32_t* flags, nghttp2_data_source* source, void* user) {
    return static_cast<State*>(user)->read_output(*static_cast<Http2Stream*>(source->ptr),
                                                  reinterpret_cast<char*>(out), room, *flags);
  };
  nghttp2_submit_response(session, stream.id, list.data(), list.size(),
                          with_body ? &provider : nullptr);
  stream.begun = true;
}

ssize_t Http2Session::State::read_output(Http2Stream& stream, char* out, std::size_t room,
                                         std::uint32_t& flags) {
  const std::size_t size = std::min(room, stream.output.size() - stream.sent);
  std::memcpy(out, stream.output.data() + stream.sent, size);
  stream.sent += size;
  unsent -= size;
  if (stream.sent < stream.output.size()) return static_cast<ssize_t>(size);
  if (!stream.last) {
    stream.output.clear();
    stream.sent = 0;
    return size == 0 ? ssize_t{NGHTTP2_ERR_DEFERRED} : static_cast<ssize_t>(size);
  }
  budget.release(std::exchange(stream.charged, 0));
  flags |= NGHTTP2_DATA_FLAG_EOF;
  if (stream.trailers.empty()) return static_cast<ssize_t>(size);
  flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
  Fields fields;
  fields.add(stream.trailers);
  const std::vector<nghttp2_nv> list = fields.list();
  nghttp2_submit_trailer(session, stream.id, list.data(), list.size());
  return static_cast<ssize_t>(size);
}

void Http2Session::State::answer(Http2Stream& stream, HttpResponse response) {
  if (stream.last) return;
  if (stream.stage == Stage::kHandled) --handled;
  if (stream.stage == Stage::kOpen) --open;
  stream.stage = Stage::kAnswered;
  stream.last = true;
  stream.timed = false;
  release(stream);
  stream.request = {};
  if (stream.closed) {
    streams.erase(stream.id);
    return;
  }
  if (stream.begun) {
    stream.trailers = std::move(response.trailers);
    stream.output += response.body;
    unsent += response.body.size();
    nghttp2_session_resume_data(session, stream.id);
    return;
  }
  // Without a body one frame does, which gRPC calls trailers-only.
  const bool with_body = !stream.head_only && !response.body.empty();
  if (with_body) {
    stream.trailers = std::move(response.trailers);
  } else {
    response.headers.insert(response.headers.end(), response.trailers.begin(),
                            response.trailers.end());
  }
  submit_head(stream, response, with_body);
  if (with_body) set_output(stream, std::move(response.body));
}

void Http2Session::State::set_output(Http2Stream& stream, std::string body) {
  unsent += body.size();
  charge(stream, body.size());
  stream.output = std::move(body);
}

void Http2Session::State::begin_answer(Http2Stream& stream, HttpResponse head) {
  if (stream.begun || stream.last || stream.closed) return;
  if (head.status / 100 == 1) {
    std::string status = std::to_string(head.status);
    Fields fields;
    fields.add(":status", status);
    const std::vector<nghttp2_nv> list = fields.list();
    nghttp2_submit_headers(session, NGHTTP2_FLAG_NONE, stream.id, nullptr, list.data(), list.size(),
                           nullptr);
    return;
  }
  submit_head(stream, head, true);
  set_output(stream, std::move(head.body));
}

void Http2Session::State::send(Http2Stream& stream, std::string_view bytes) {
  if (!stream.begun || stream.last || stream.closed) return;
  if (stream.output.size() - stream.sent + bytes.size() > kWaitingBytes)
    return reset(stream, NGHTTP2_ENHANCE_YOUR_CALM);
  stream.output += bytes;
  unsent += bytes.size();
  nghttp2_session_resume_data(session, stream.id);
}

void Http2Session::State::take(Http2Stream& stream, std::size_t bytes) {
  if (stream.stage != Stage::kOpen) return;
  const std::size_t taken = std::min(bytes, stream.charged);
  stream.charged -= taken;
  budget.release(taken);
  nghttp2_session_consume_stream(session, stream.id, taken);
}

void Http2Session::State::refuse(Http2Stream& stream, int status, std::string_view why) {
  // The body so far goes first: whoever words the refusal has no use for it.
  stream.request.body = {};
  answer(stream, handler.on_refused(stream.request, status, why));
}

void Http2Session::State::reset(Http2Stream& stream, std::uint32_t error) {
  nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, stream.id, error);
}

std::string Http2Session::State::take_output() {
  std::string out;
  while (!broken && out.size() < kOutputBytes) {
    const std::uint8_t* bytes = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session, &bytes);
    if (size < 0) broken = true;
    if (size <= 0) break;
    out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  }
  return out;
}

void Http2Session::State::finish() {
  nghttp2_submit_goaway(session, NGHTTP2_FLAG_NONE,
                        nghttp2_session_get_last_proc_stream_id(session), NGHTTP2_NO_ERROR, nullptr,
                        0);
  std::vector<std::int32_t> draining;
  for (const auto& [id, stream] : streams) {
    if (stream->stage == Stage::kOpen) draining.push_back(id);
  }
  for (const std::int32_t id : draining) handler.on_drain(static_cast<std::uint64_t>(id));
}

void Http2Session::State::charge(Http2Stream& stream, std::size_t bytes) {
  stream.charged += bytes;
  budget.add(bytes);
}

void Http2Session::State::release(Http2Stream& stream) {
  budget.release(std::exchange(stream.charged, 0));
  held -= std::exchange(stream.held, 0);
  if (session != nullptr) pay_credit();
}

void Http2Session::State::credit_connection(std::size_t bytes) {
  owed += bytes;
  pay_credit();
}

// The connection's window stays shut while more than its size waits for answers that will come:
// with nothing at the handler there would be nobody to open it again.
void Http2Session::State::pay_credit() {
  if (owed == 0 || (handled > 0 && held > limits.connection_window)) return;
  nghttp2_session_consume_connection(session, std::exchange(owed, 0));
}

}  // namespace obs::proto
