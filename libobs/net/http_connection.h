// One connection of an HttpServer, and what the connections of a server share. For http_server.cc.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include <uv.h>

#include "libobs/base/metrics.h"
#include "libobs/net/handle.h"
#include "libobs/net/http_server.h"
#include "libobs/net/tls_server.h"
#include "libobs/proto/http2_session.h"
#include "libobs/proto/server_session.h"

namespace obs::net {

class HttpConnection;

struct HttpCounters {
  explicit HttpCounters(Registry& registry);
  void count_response(int status);
  void count_refusal(int status);

  Registry& registry;
  Counter& accepted;
  Counter& turned_away;
  Counter& bytes_in;
  Counter& bytes_out;
  Counter& requests;
  Counter& timeouts;
  Counter& tls_failures;
  Gauge& connections;
  Gauge& inflight_bytes;
  Counter* responses[6] = {};  // By the first digit of the status.
};

// Kept alive by the server and by each open connection: libuv uses a connection's memory until its
// close callback has run, which may be after the server is gone, and with it what it was lent.
struct HttpListener : std::enable_shared_from_this<HttpListener> {
  HttpListener(Loop& on, HttpHandler& answers, Registry& registry, HttpLimits bounds);

  void accept(uv_stream_t* socket);
  void erase(std::uint64_t id);
  // The server goes: from now on neither the handler nor the registry is touched.
  void detach();
  HttpConnection* find(std::uint64_t id) const;  // Null when it is gone.
  void answer(std::uint64_t id, std::uint64_t ticket, proto::HttpResponse response);
  std::string_view date();

  Loop& loop;
  HttpHandler& handler;
  const HttpLimits limits;
  MemoryBudget own_budget{std::size_t{512} << 20};
  MemoryBudget& budget;
  HttpCounters counters;
  std::shared_ptr<const TlsContext> tls;  // For connections from now on; null: in the clear.
  std::vector<Handle<uv_tcp_t>> sockets;
  std::unordered_map<std::uint64_t, std::unique_ptr<HttpConnection>> connections;
  std::uint64_t next_id = 0;
  bool detached = false;
  std::shared_ptr<Loop::Timer> sweeper;  // While there are connections.
  std::vector<char> read_buffer;         // One for all: a read is used up before the next begins.
  std::int64_t date_second = 0;
  std::string date_text;
};

class HttpConnection final : private proto::HttpSessionHandler {
 public:
  HttpConnection(std::shared_ptr<HttpListener> listener, std::uint64_t id);

  // Takes the connection that waits at the socket. False when it is gone again.
  bool accept(uv_stream_t* socket);
  void start();
  // One too many: 503, and closed.
  void turn_away();

  void answer(std::uint64_t ticket, proto::HttpResponse response);
  // For requests told piece by piece; as HttpReply has it.
  void begin_answer(std::uint64_t ticket, proto::HttpResponse head);
  void send(std::uint64_t ticket, std::string_view bytes);
  void take(std::uint64_t ticket, std::size_t bytes);

  // Looks at the timeouts.
  void sweep(Duration now);
  // Closes after the request under way.
  void finish();
  // Closes at once. May be called twice.
  void close();

 private:
  using Phase = proto::ServerSession::Phase;

  struct Write {
    uv_write_t request{};
    std::string bytes;
    std::size_t sent = 0;
  };

  std::optional<proto::HttpResponse> on_headers(const proto::HttpRequest& request) override;
  void on_request(proto::HttpRequest request, std::uint64_t ticket) override;
  proto::HttpResponse on_refused(const proto::HttpRequest& request, int status,
                                 std::string_view why) override;
  std::string_view date() const override { return listener_->date(); }
  bool on_open(const proto::HttpRequest& request, std::uint64_t ticket) override;
  void on_data(std::uint64_t ticket, std::string_view bytes) override;
  void on_end(std::uint64_t ticket) override;
  void on_drain(std::uint64_t ticket) override;
  void on_gone(std::uint64_t ticket) override;

  void on_read(ssize_t size, const char* bytes);
  bool take_in(std::string_view bytes);
  void feed(std::string_view bytes);
  std::string take_output();
  void open_session(proto::HttpVersion version);
  std::shared_ptr<HttpStream> find_stream(std::uint64_t ticket) const;
  void on_written(int status);
  void settle();
  void write(std::string bytes);
  void write_later(std::string bytes, std::size_t sent);
  void note_progress();
  Phase phase() const;
  bool is_late(Duration now);
  void set_reading(bool wanted);
  void end();
  uv_stream_t* stream() { return reinterpret_cast<uv_stream_t*>(&tcp_); }

  uv_tcp_t tcp_{};
  uv_shutdown_t shutdown_{};
  const std::shared_ptr<HttpListener> listener_;
  const std::uint64_t id_;
  std::unique_ptr<TlsServer> tls_;  // Null: in the clear.
  std::string opening_;             // The first bytes, while they do not tell the protocol.
  std::unique_ptr<proto::ServerSession> session_;                           // Made when they do.
  std::unordered_map<std::uint64_t, std::shared_ptr<HttpStream>> streams_;  // By ticket.

  bool busy_ = false;  // Inside the session: what it answers is written when it returns.
  bool reading_ = false;
  bool writing_ = false;    // A uv_write is under way.
  bool lingering_ = false;  // Nothing more to write; waiting for the peer to stop.
  bool closing_ = false;

  bool in_request_ = false;
  std::uint64_t requests_seen_ = 0;
  std::size_t body_seen_ = 0;
  std::size_t queue_seen_ = 0;
  Duration request_began_ = 0;
  Duration body_grew_ = 0;
  Duration idle_since_ = 0;
  Duration written_ = 0;  // Bytes of the queue, or the last of all.
};

}  // namespace obs::net
