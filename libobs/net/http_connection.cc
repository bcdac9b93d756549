#include "libobs/net/http_connection.h"

#include <algorithm>
#include <utility>

#include "libobs/net/listen_address.h"
#include "libobs/proto/http_session.h"

namespace obs::net {
namespace {

proto::HttpSessionLimits session_limits(const HttpLimits& limits) {
  proto::HttpSessionLimits bounds;
  bounds.parser.body_bytes = limits.body_bytes;
  bounds.pipelined = limits.pipelined;
  return bounds;
}

proto::Http2SessionLimits http2_limits(const HttpLimits& limits) {
  proto::Http2SessionLimits bounds;
  bounds.body_bytes = limits.body_bytes;
  bounds.streams = limits.streams;
  bounds.body_timeout = limits.body_timeout;
  bounds.request_timeout = limits.request_timeout;
  bounds.silence_timeout = limits.idle_timeout;
  return bounds;
}

HttpConnection& owner(void* data) { return *static_cast<HttpConnection*>(data); }

}  // namespace

HttpConnection::HttpConnection(std::shared_ptr<HttpListener> listener, std::uint64_t id)
    : listener_(std::move(listener)), id_(id) {
  uv_tcp_init(listener_->loop.raw(), &tcp_);
  tcp_.data = shutdown_.data = this;
}

bool HttpConnection::accept(uv_stream_t* socket) {
  if (uv_accept(socket, stream()) != 0) return false;
  uv_tcp_nodelay(&tcp_, 1);
  return true;
}

void HttpConnection::open_session(proto::HttpVersion version) {
  proto::HttpSessionHandler& self = *this;
  const HttpLimits& limits = listener_->limits;
  if (version == proto::HttpVersion::kHttp2) {
    session_ = std::make_unique<proto::Http2Session>(self, listener_->budget, http2_limits(limits));
  } else {
    session_ =
        std::make_unique<proto::HttpSession>(self, listener_->budget, session_limits(limits));
  }
  sockaddr_storage peer{};
  int size = sizeof peer;
  if (uv_tcp_getpeername(&tcp_, reinterpret_cast<sockaddr*>(&peer), &size) == 0)
    session_->set_peer({to_text(peer), tls_ ? tls_->client_names() : std::vector<std::string>()});
}

void HttpConnection::start() {
  if (listener_->tls) tls_ = TlsServer::open(listener_->tls);
  idle_since_ = listener_->loop.now();
  note_progress();  // Before its first byte a connection with TLS is in its handshake.
  set_reading(true);
}

void HttpConnection::turn_away() {
  std::string bytes;
  const proto::HttpResponse response = on_refused({}, 503, "too many connections");
  proto::append_http_response(bytes, response, false, false, date());
  uv_buf_t buffer = uv_buf_init(bytes.data(), static_cast<unsigned>(bytes.size()));
  uv_try_write(stream(), &buffer, 1);  // Fits an empty socket buffer; if not, so be it.
  close();
}

std::optional<proto::HttpResponse> HttpConnection::on_headers(const proto::HttpRequest& request) {
  auto answer = listener_->handler.on_headers(request);
  if (!answer) return answer;
  if (answer->status >= 400) {
    listener_->counters.count_refusal(answer->status);
  } else {
    listener_->counters.requests.add();
    listener_->counters.count_response(answer->status);
  }
  return answer;
}

void HttpConnection::on_request(proto::HttpRequest request, std::uint64_t ticket) {
  listener_->counters.requests.add();
  listener_->handler.on_request(std::move(request), [weak = listener_->weak_from_this(), id = id_,
                                                     ticket](proto::HttpResponse response) {
    if (auto listener = weak.lock()) listener->answer(id, ticket, std::move(response));
  });
}

proto::HttpResponse HttpConnection::on_refused(const proto::HttpRequest& request, int status,
                                               std::string_view why) {
  listener_->counters.count_refusal(status);
  return listener_->handler.on_refused(request, status, why);
}

bool HttpConnection::on_open(const proto::HttpRequest& request, std::uint64_t ticket) {
  auto stream =
      listener_->handler.on_open(request, HttpReply(listener_->weak_from_this(), id_, ticket));
  if (!stream) return false;
  listener_->counters.requests.add();
  streams_.emplace(ticket, std::move(stream));
  return true;
}

// Held while it is told something, since what it answers may be its end.
std::shared_ptr<HttpStream> HttpConnection::find_stream(std::uint64_t ticket) const {
  const auto found = streams_.find(ticket);
  return found == streams_.end() ? nullptr : found->second;
}

void HttpConnection::on_data(std::uint64_t ticket, std::string_view bytes) {
  if (const auto stream = find_stream(ticket)) stream->on_data(bytes);
}

void HttpConnection::on_end(std::uint64_t ticket) {
  if (const auto stream = find_stream(ticket)) stream->on_end();
}

void HttpConnection::on_drain(std::uint64_t ticket) {
  if (const auto stream = find_stream(ticket)) stream->on_drain();
}

void HttpConnection::on_gone(std::uint64_t ticket) { streams_.erase(ticket); }

void HttpConnection::answer(std::uint64_t ticket, proto::HttpResponse response) {
  if (closing_) return;
  listener_->counters.count_response(response.status);
  session_->answer(ticket, std::move(response));
  streams_.erase(ticket);
  settle();
}

void HttpConnection::begin_answer(std::uint64_t ticket, proto::HttpResponse head) {
  if (closing_) return;
  session_->begin_answer(ticket, std::move(head));
  settle();
}

void HttpConnection::send(std::uint64_t ticket, std::string_view bytes) {
  if (closing_) return;
  session_->send(ticket, bytes);
  settle();
}

void HttpConnection::take(std::uint64_t ticket, std::size_t bytes) {
  if (closing_) return;
  session_->take(ticket, bytes);
  settle();
}

void HttpConnection::on_read(ssize_t size, const char* bytes) {
  if (size == 0 || closing_) return;
  if (size < 0 && (size != UV_EOF || lingering_)) return close();
  if (lingering_) return;
  if (size == UV_EOF && !session_) return close();
  busy_ = true;
  bool alive = true;
  if (size == UV_EOF) {
    session_->end_input();
  } else {
    listener_->counters.bytes_in.add(static_cast<std::uint64_t>(size));
    alive = take_in({bytes, static_cast<std::size_t>(size)});
  }
  busy_ = false;
  if (alive) return settle();
  write(tls_->take_output());  // The alert that says why.
  close();
}

// What came from the socket; false when it is no TLS, or the peer is gone.
bool HttpConnection::take_in(std::string_view bytes) {
  if (!tls_) {
    feed(bytes);
    return true;
  }
  std::string plain;
  const auto taken = tls_->receive(bytes, plain);
  if (!plain.empty()) feed(plain);
  if (!taken) listener_->counters.tls_failures.add();
  if (!taken || (tls_->ended() && !session_)) return false;
  if (tls_->ended()) session_->end_input();
  return true;
}

void HttpConnection::feed(std::string_view bytes) {
  if (session_) return session_->feed(as_bytes(bytes));
  opening_ += bytes;
  const proto::HttpVersion version = proto::find_http_version(opening_);
  if (version == proto::HttpVersion::kUnknown) return;
  open_session(version);
  session_->feed(as_bytes(std::exchange(opening_, {})));
}

// Writes what the session has to say, then does as it wishes: reads on, waits, or ends.
void HttpConnection::settle() {
  if (busy_ || closing_ || lingering_) return;
  busy_ = true;
  while (!writing_ && !closing_) {
    std::string bytes = take_output();
    if (bytes.empty()) break;
    write(std::move(bytes));
    if (session_ && !writing_ && !closing_) session_->resume();
  }
  busy_ = false;
  if (closing_) return;
  note_progress();
  if (!session_) return set_reading(!writing_);
  listener_->counters.inflight_bytes.set(
      static_cast<double>(listener_->budget.used() + listener_->budget.large_used()));
  if (session_->over() && !writing_) return end();
  set_reading(session_->wants_input() && !writing_);
}

std::string HttpConnection::take_output() {
  std::string bytes = session_ ? session_->take_output() : std::string();
  if (!tls_) return bytes;
  if (!bytes.empty()) tls_->send(bytes);
  return tls_->take_output();
}

void HttpConnection::write(std::string bytes) {
  uv_buf_t buffer = uv_buf_init(bytes.data(), static_cast<unsigned>(bytes.size()));
  const int status = uv_try_write(stream(), &buffer, 1);
  if (status < 0 && status != UV_EAGAIN) return close();
  const auto sent = static_cast<std::size_t>(std::max(status, 0));
  listener_->counters.bytes_out.add(sent);
  idle_since_ = listener_->loop.now();
  if (sent < bytes.size()) write_later(std::move(bytes), sent);
}

void HttpConnection::write_later(std::string bytes, std::size_t sent) {
  auto pending = std::make_unique<Write>(Write{{}, std::move(bytes), sent});
  pending->request.data = this;
  uv_buf_t buffer = uv_buf_init(pending->bytes.data() + sent,
                                static_cast<unsigned>(pending->bytes.size() - sent));
  const int status =
      uv_write(&pending->request, stream(), &buffer, 1, [](uv_write_t* request, int result) {
        const std::unique_ptr<Write> done(reinterpret_cast<Write*>(request));
        HttpConnection& connection = owner(request->data);
        if (result == 0 && !connection.closing_)
          connection.listener_->counters.bytes_out.add(done->bytes.size() - done->sent);
        connection.on_written(result);
      });
  if (status != 0) return close();
  (void)pending.release();  // Its callback deletes it.
  writing_ = true;
  written_ = listener_->loop.now();
  set_reading(false);
}

void HttpConnection::on_written(int status) {
  writing_ = false;
  if (closing_) return;
  if (status < 0) return close();
  idle_since_ = listener_->loop.now();
  busy_ = true;
  if (session_) session_->resume();
  busy_ = false;
  settle();
}

// A connection whose protocol is not known yet is as in a head that does not end.
HttpConnection::Phase HttpConnection::phase() const {
  if (session_) return session_->phase();
  const bool shakes_hands = tls_ && !tls_->is_ready();
  return opening_.empty() && !shakes_hands ? Phase::kIdle : Phase::kHead;
}

void HttpConnection::note_progress() {
  const Duration now = listener_->loop.now();
  if (session_ && requests_seen_ != session_->received()) {
    requests_seen_ = session_->received();
    in_request_ = false;
    idle_since_ = now;
  }
  const bool in_request = phase() != Phase::kIdle;
  if (in_request && !in_request_) request_began_ = body_grew_ = now;
  in_request_ = in_request;
}

bool HttpConnection::is_late(Duration now) {
  const HttpLimits& limits = listener_->limits;
  if (session_ && session_->body_read() != body_seen_) {
    body_seen_ = session_->body_read();
    body_grew_ = now;
  }
  switch (phase()) {
    case Phase::kHead: return now - request_began_ > limits.header_timeout;
    case Phase::kBody:
      return now - body_grew_ > limits.body_timeout ||
             now - request_began_ > limits.request_timeout;
    case Phase::kIdle: break;
  }
  return (!session_ || session_->unanswered() == 0) && now - idle_since_ > limits.idle_timeout;
}

void HttpConnection::sweep(Duration now) {
  if (closing_) return;
  if (lingering_) {
    if (now - written_ > listener_->limits.linger_timeout) close();
    return;
  }
  if (writing_) {
    const std::size_t queue = uv_stream_get_write_queue_size(stream());
    if (std::exchange(queue_seen_, queue) != queue) written_ = now;
    if (now - written_ <= listener_->limits.write_timeout) return;
    listener_->counters.timeouts.add();
    return close();
  }
  const bool late = is_late(now);
  if (late) listener_->counters.timeouts.add();
  if (!session_) return late ? close() : void();
  busy_ = true;
  session_->tick(now);
  if (late) session_->time_out();
  busy_ = false;
  settle();
}

void HttpConnection::set_reading(bool wanted) {
  if (wanted == reading_) return;
  reading_ = wanted;
  if (!wanted) {
    uv_read_stop(stream());
    return;
  }
  uv_read_start(
      stream(),
      [](uv_handle_t* handle, std::size_t, uv_buf_t* buffer) {
        std::vector<char>& shared = owner(handle->data).listener_->read_buffer;
        *buffer = uv_buf_init(shared.data(), static_cast<unsigned>(shared.size()));
      },
      [](uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) {
        owner(stream->data).on_read(size, buffer->base);
      });
}

void HttpConnection::finish() {
  if (closing_ || lingering_) return;
  if (!session_) return close();
  session_->finish();
  settle();
}

void HttpConnection::end() {
  if (tls_) {
    tls_->finish();
    write(tls_->take_output());
    if (closing_) return;
  }
  if (!session_->lingers()) return close();
  lingering_ = true;
  written_ = listener_->loop.now();
  if (uv_shutdown(&shutdown_, stream(), [](uv_shutdown_t*, int) {}) != 0) return close();
  set_reading(true);
}

void HttpConnection::close() {
  if (std::exchange(closing_, true)) return;
  streams_.clear();  // While what they belong to is still there.
  uv_close(reinterpret_cast<uv_handle_t*>(&tcp_), [](uv_handle_t* handle) {
    HttpConnection& connection = owner(handle->data);
    // Erasing destroys the connection, and with it perhaps the last hold on the listener.
    const std::shared_ptr<HttpListener> listener = connection.listener_;
    listener->erase(connection.id_);
  });
}

}  // namespace obs::net
