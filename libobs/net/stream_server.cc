#include "libobs/net/stream_server.h"

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <vector>

#include <uv.h>

#include "libobs/base/bytes.h"
#include "libobs/net/file_limit.h"
#include "libobs/net/handle.h"
#include "libobs/net/listen_address.h"

namespace obs::net {
namespace {

constexpr std::size_t kReadBytes = 64 * kKiB;
constexpr int kBacklog = 256;
constexpr unsigned kKeepAliveSeconds = 60;
constexpr int kTicksOfHandshake = 4;  // How often handshakes are looked after in their time.

class Connection;

// Kept alive by the server and by each open connection: libuv uses a connection's memory until its
// close callback has run, which may be after the server is gone.
struct Listener : std::enable_shared_from_this<Listener> {
  Listener(Loop& on, StreamHandler& opens, Registry& registry, StreamLimits bounds)
      : loop(on),
        handler(opens),
        limits(bounds),
        accepted(registry.counter("obs_net_stream_connections_accepted_total",
                                  "Connections of one-way protocols accepted.")),
        refused(registry.counter("obs_net_stream_connections_refused_total",
                                 "Connections closed at once because there were too many.")),
        closed(registry.counter("obs_net_stream_connections_closed_total",
                                "Connections closed by us for what they sent.")),
        bytes_in(registry.counter("obs_net_stream_bytes_received_total",
                                  "Bytes read from connections of one-way protocols.")),
        tls_failures(
            registry.counter("obs_net_tls_failures_total",
                             "Connections ended because they spoke no TLS, or no good one.")) {}

  void accept();
  void set_tls(std::shared_ptr<const TlsContext> context);
  void hurry_handshakes();
  void detach();

  Loop& loop;
  StreamHandler& handler;
  const StreamLimits limits;
  Counter& accepted;
  Counter& refused;
  Counter& closed;
  Counter& bytes_in;
  Counter& tls_failures;
  std::shared_ptr<const TlsContext> tls;  // Null: in the clear.
  std::shared_ptr<Loop::Timer> handshakes;
  Handle<uv_tcp_t> socket;
  std::unordered_map<Connection*, std::unique_ptr<Connection>> connections;
  std::vector<char> read_buffer;
  std::size_t held = 0;  // By all readers.
  bool paused = false;
  bool finishing = false;
  bool detached = false;
};

class Connection {
 public:
  explicit Connection(std::shared_ptr<Listener> listener) : listener_(std::move(listener)) {
    uv_tcp_init(listener_->loop.raw(), &tcp_);
    tcp_.data = this;
  }

  bool accept() {
    auto* waiting = reinterpret_cast<uv_stream_t*>(listener_->socket.get());
    if (uv_accept(waiting, stream()) != 0) return false;
    sockaddr_storage peer{};
    int size = sizeof peer;
    if (uv_tcp_getpeername(&tcp_, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return false;
    uv_tcp_keepalive(&tcp_, 1, kKeepAliveSeconds);
    peer_ = to_text(peer);
    return true;
  }

  void start() {
    if (listener_->tls) tls_ = TlsServer::open(listener_->tls);
    reader_ = listener_->handler.on_open(peer_);
    set_reading(!listener_->paused);
  }

  void set_reading(bool wanted) {
    if (closing_ || wanted == reading_) return;
    reading_ = wanted;
    if (!wanted) {
      uv_read_stop(stream());
      return;
    }
    uv_read_start(
        stream(),
        [](uv_handle_t* handle, std::size_t, uv_buf_t* buffer) {
          auto& shared = static_cast<Connection*>(handle->data)->listener_->read_buffer;
          *buffer = uv_buf_init(shared.data(), static_cast<unsigned>(shared.size()));
        },
        [](uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) {
          static_cast<Connection*>(stream->data)->on_read(size, buffer->base);
        });
  }

  // Ends a handshake that has had its time.
  void tick() {
    if (!tls_ || tls_->is_ready() || ++ticks_ <= kTicksOfHandshake) return;
    listener_->tls_failures.add();
    close();
  }

  // Reads what the kernel has already, then closes.
  void finish() {
    if (closing_) return;
    set_reading(false);
    int fd = -1;
    if (uv_fileno(reinterpret_cast<uv_handle_t*>(&tcp_), &fd) == 0) drain(fd);
    close();
  }

  void close() {
    if (std::exchange(closing_, true)) return;
    if (!listener_->detached) listener_->held -= held_;
    uv_close(reinterpret_cast<uv_handle_t*>(&tcp_), [](uv_handle_t* handle) {
      auto* self = static_cast<Connection*>(handle->data);
      // Erasing destroys the connection, and with it perhaps the last hold on the listener.
      const std::shared_ptr<Listener> listener = self->listener_;
      listener->connections.erase(self);
    });
  }

 private:
  void drain(int fd) {
    auto& shared = listener_->read_buffer;
    for (std::size_t total = 0; !closing_ && total < kMiB;) {
      const ssize_t size = ::recv(fd, shared.data(), shared.size(), MSG_DONTWAIT);
      if (size <= 0) return size == 0 ? reader_->on_end() : void();
      total += static_cast<std::size_t>(size);
      receive({shared.data(), static_cast<std::size_t>(size)});
    }
  }

  void on_read(ssize_t size, const char* bytes) {
    if (size == 0 || closing_) return;
    if (size == UV_EOF) reader_->on_end();
    if (size < 0) return close();
    receive({bytes, static_cast<std::size_t>(size)});
  }

  // What came from the socket.
  void receive(std::string_view bytes) {
    listener_->bytes_in.add(bytes.size());
    if (!tls_) return take(bytes);
    std::string plain;
    const bool fine = tls_->receive(bytes, plain).has_value();
    if (!introduced_ && tls_->is_ready()) introduce();
    if (closing_) return;
    if (!plain.empty()) take(plain);
    if (closing_) return;
    if (!fine) listener_->tls_failures.add();
    const bool answered = answer();
    if (tls_->ended()) reader_->on_end();
    if (!fine || !answered || tls_->ended()) close();
  }

  void introduce() {
    introduced_ = true;
    const auto names = tls_->client_names();
    if (names.empty() || reader_->on_names(names)) return;
    listener_->closed.add();
    close();
  }

  // Writes what the handshake has to say, or the alert that ends it. That fits the socket's buffer;
  // where it does not, the peer reads nothing, and false is returned.
  bool answer() {
    std::string out = tls_->take_output();
    if (out.empty()) return true;
    const uv_buf_t buffer = uv_buf_init(out.data(), static_cast<unsigned>(out.size()));
    return uv_try_write(stream(), &buffer, 1) == static_cast<int>(out.size());
  }

  void take(std::string_view bytes) {
    const bool fine = reader_->on_bytes(bytes);
    const std::size_t now = reader_->held();
    listener_->held += now - held_;
    held_ = now;
    if (fine && listener_->held <= listener_->limits.held_bytes) return;
    listener_->closed.add();
    close();
  }

  uv_stream_t* stream() { return reinterpret_cast<uv_stream_t*>(&tcp_); }

  uv_tcp_t tcp_{};
  const std::shared_ptr<Listener> listener_;
  std::string peer_;
  std::unique_ptr<TlsServer> tls_;  // Null: in the clear.
  bool introduced_ = false;         // The reader knows the peer's names.
  int ticks_ = 0;                   // Of a handshake.
  std::unique_ptr<StreamReader> reader_;
  std::size_t held_ = 0;
  bool reading_ = false;
  bool closing_ = false;
};

void Listener::accept() {
  if (read_buffer.empty()) read_buffer.resize(kReadBytes);
  auto made = std::make_unique<Connection>(shared_from_this());
  Connection& connection = *made;
  // From here on the memory is libuv's until the close callback, whatever happens.
  connections.emplace(&connection, std::move(made));
  if (!connection.accept()) return connection.close();
  if (connections.size() > limits.connections || finishing) {
    refused.add();
    return connection.close();
  }
  accepted.add();
  connection.start();
}

void Listener::set_tls(std::shared_ptr<const TlsContext> context) {
  tls = std::move(context);
  if (tls && !handshakes)
    handshakes = loop.every(std::max(limits.handshake_timeout / kTicksOfHandshake, kMillisecond),
                            [this] { hurry_handshakes(); });
}

void Listener::hurry_handshakes() {
  if (paused) return;
  for (const auto& [key, connection] : connections) connection->tick();
}

void Listener::detach() {
  handshakes.reset();
  socket.reset();
  for (const auto& [key, connection] : connections) connection->close();
  detached = true;
}

class Server final : public StreamServer {
 public:
  Server(std::shared_ptr<Listener> listener, std::string address)
      : listener_(std::move(listener)), address_(std::move(address)) {}
  ~Server() override { listener_->detach(); }

  std::string address() const override { return address_; }

  void set_tls(std::shared_ptr<const TlsContext> tls) override {
    listener_->set_tls(std::move(tls));
  }

  void set_paused(bool paused) override {
    if (std::exchange(listener_->paused, paused) == paused) return;
    for (const auto& [key, connection] : listener_->connections) connection->set_reading(!paused);
  }

  void close() override {
    listener_->finishing = true;
    listener_->socket.reset();
    for (const auto& [key, connection] : listener_->connections) connection->finish();
  }

  std::size_t connections() const override { return listener_->connections.size(); }

 private:
  const std::shared_ptr<Listener> listener_;
  const std::string address_;
};

Result<std::string> bind_and_listen(Listener& listener, const sockaddr_storage& address) {
  const std::string action = "listen on " + to_text(address);
  OBS_TRY(listener.socket, open_handle<uv_tcp_t>(action, [&](uv_tcp_t* tcp) {
            return uv_tcp_init(listener.loop.raw(), tcp);
          }));
  uv_tcp_t* const tcp = listener.socket.get();
  tcp->data = &listener;
  int status = uv_tcp_bind(tcp, reinterpret_cast<const sockaddr*>(&address), 0);
  if (status == 0)
    status = uv_listen(reinterpret_cast<uv_stream_t*>(tcp), kBacklog,
                       [](uv_stream_t* stream, int result) {
                         auto* self = static_cast<Listener*>(stream->data);
                         if (self != nullptr && result == 0) self->accept();
                       });
  if (status != 0) return fail_uv(status, action);
  sockaddr_storage bound{};
  int size = sizeof bound;
  uv_tcp_getsockname(tcp, reinterpret_cast<sockaddr*>(&bound), &size);
  return to_text(bound);
}

}  // namespace

Result<std::unique_ptr<StreamServer>> StreamServer::listen(Loop& loop, std::string_view address,
                                                           StreamHandler& handler,
                                                           Registry& registry,
                                                           StreamLimits limits) {
  OBS_TRY(const ListenAddress wanted, parse_listen_address(address));
  OBS_TRY(const sockaddr_storage resolved, resolve(loop.raw(), wanted));
  auto listener = std::make_shared<Listener>(loop, handler, registry, limits);
  OBS_TRY(std::string bound, bind_and_listen(*listener, resolved));
  allow_more_files(limits.connections);
  return std::unique_ptr<StreamServer>(std::make_unique<Server>(listener, std::move(bound)));
}

}  // namespace obs::net
