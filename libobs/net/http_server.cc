#include "libobs/net/http_server.h"

#include <algorithm>
#include <cerrno>

#include <sys/socket.h>
#include <uv.h>

#include <fmt/format.h>

#include "libobs/net/file_limit.h"
#include "libobs/net/http_connection.h"
#include "libobs/net/listen_address.h"

namespace obs::net {
namespace {

constexpr std::size_t kReadBytes = 64 * kKiB;
constexpr int kBacklog = 1024;

Duration sweep_period(const HttpLimits& limits) {
  const Duration shortest =
      std::min({limits.header_timeout, limits.body_timeout, limits.request_timeout,
                limits.idle_timeout, limits.write_timeout, limits.linger_timeout});
  return std::min(shortest / 4, kSecond);
}

// libuv has a word for it only since 1.49.
Result<void> share_port(const uv_tcp_t* tcp, std::string_view action) {
  uv_os_fd_t fd = -1;
  const int yes = 1;
  int status = uv_fileno(reinterpret_cast<const uv_handle_t*>(tcp), &fd);
  if (status == 0 && ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes) != 0)
    status = uv_translate_sys_error(errno);
  if (status != 0) return fail_uv(status, action);
  return {};
}

Result<std::string> bind_and_listen(HttpListener& listener, std::string_view address) {
  OBS_TRY(const ListenAddress wanted, parse_listen_address(address));
  OBS_TRY(const sockaddr_storage resolved, resolve(listener.loop.raw(), wanted));
  const std::string action = "listen on " + to_text(resolved);
  OBS_TRY(auto socket, open_handle<uv_tcp_t>(action, [&](uv_tcp_t* tcp) {
            return uv_tcp_init_ex(listener.loop.raw(), tcp, resolved.ss_family);
          }));
  uv_tcp_t* const tcp = socket.get();
  tcp->data = &listener;
  if (listener.limits.share_ports) OBS_TRY_VOID(share_port(tcp, action));
  int status = uv_tcp_bind(tcp, reinterpret_cast<const sockaddr*>(&resolved), 0);
  if (status == 0)
    status = uv_listen(reinterpret_cast<uv_stream_t*>(tcp), kBacklog,
                       [](uv_stream_t* stream, int result) {
                         auto* self = static_cast<HttpListener*>(stream->data);
                         if (self != nullptr && result == 0) self->accept(stream);
                       });
  if (status != 0) return fail_uv(status, action);
  listener.sockets.push_back(std::move(socket));
  sockaddr_storage bound{};
  int size = sizeof bound;
  uv_tcp_getsockname(tcp, reinterpret_cast<sockaddr*>(&bound), &size);
  return to_text(bound);
}

class Server final : public HttpServer {
 public:
  Server(std::shared_ptr<HttpListener> listener, std::string address)
      : listener_(std::move(listener)), address_(std::move(address)) {}

  ~Server() override { listener_->detach(); }

  std::string address() const override { return address_; }

  Result<std::string> listen_also(std::string_view address) override {
    return bind_and_listen(*listener_, address);
  }

  void set_tls(std::shared_ptr<const TlsContext> tls) override { listener_->tls = std::move(tls); }

  void close() override {
    listener_->sockets.clear();
    for (const auto& [id, connection] : listener_->connections) connection->finish();
  }

  std::size_t connections() const override { return listener_->connections.size(); }

 private:
  const std::shared_ptr<HttpListener> listener_;
  const std::string address_;
};

}  // namespace

proto::HttpResponse HttpHandler::on_refused(const proto::HttpRequest&, int status,
                                            std::string_view why) {
  proto::HttpResponse response = proto::text_response(status, why);
  if (status == 503) response.headers.emplace_back("Retry-After", "1");
  return response;
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): who overrides it keeps the reply.
std::shared_ptr<HttpStream> HttpHandler::on_open(const proto::HttpRequest&, HttpReply) {
  return nullptr;
}

Result<std::unique_ptr<HttpServer>> HttpServer::listen(Loop& loop, std::string_view address,
                                                       HttpHandler& handler, Registry& registry,
                                                       HttpLimits limits) {
  auto listener = std::make_shared<HttpListener>(loop, handler, registry, limits);
  OBS_TRY(std::string bound, bind_and_listen(*listener, address));
  allow_more_files(limits.connections);
  return std::unique_ptr<HttpServer>(std::make_unique<Server>(listener, std::move(bound)));
}

HttpCounters::HttpCounters(Registry& registered)
    : registry(registered),
      accepted(registry.counter("obs_net_connections_accepted_total", "Connections accepted.")),
      turned_away(registry.counter("obs_net_connections_refused_total",
                                   "Connections answered 503 because there were too many.")),
      bytes_in(registry.counter("obs_net_bytes_received_total", "Bytes read from connections.")),
      bytes_out(registry.counter("obs_net_bytes_sent_total", "Bytes written to connections.")),
      requests(registry.counter("obs_net_requests_received_total", "Requests taken.")),
      timeouts(registry.counter("obs_net_timeouts_total",
                                "Connections ended because a peer was too slow or idle.")),
      tls_failures(
          registry.counter("obs_net_tls_failures_total",
                           "Connections ended because they spoke no TLS, or no good one.")),
      connections(registry.gauge("obs_net_connections", "Connections open.")),
      inflight_bytes(
          registry.gauge("obs_net_inflight_bytes",
                         "Request bodies held, from their first byte to their answer.")) {
  static constexpr std::string_view kClasses[] = {"other", "1xx", "2xx", "3xx", "4xx", "5xx"};
  for (std::size_t i = 0; i < std::size(kClasses); ++i)
    responses[i] = &registry.counter("obs_net_responses_sent_total",
                                     "Answers to requests taken, by class of status.",
                                     {{"class", kClasses[i]}});
}

void HttpCounters::count_response(int status) {
  const int digit = status / 100;
  responses[digit >= 1 && digit <= 5 ? digit : 0]->add();
}

void HttpCounters::count_refusal(int status) {
  const std::string text = std::to_string(status);
  registry
      .counter("obs_net_requests_refused_total",
               "Requests refused by their headers, or as malformed, by status.", {{"status", text}})
      .add();
}

HttpListener::HttpListener(Loop& on, HttpHandler& answers, Registry& registry, HttpLimits bounds)
    : loop(on),
      handler(answers),
      limits(bounds),
      budget(bounds.budget != nullptr ? *bounds.budget : own_budget),
      counters(registry) {}

void HttpListener::accept(uv_stream_t* socket) {
  if (read_buffer.empty()) read_buffer.resize(kReadBytes);
  if (!sweeper)
    sweeper = loop.every(sweep_period(limits), [this] {
      for (const auto& [id, connection] : connections) connection->sweep(loop.now());
    });
  const std::uint64_t id = next_id++;
  // From here on the memory is libuv's until the close callback, whatever happens.
  HttpConnection& connection =
      *connections.emplace(id, std::make_unique<HttpConnection>(shared_from_this(), id))
           .first->second;
  counters.connections.add(1);
  if (!connection.accept(socket)) return connection.close();
  counters.accepted.add();
  if (connections.size() <= limits.connections) return connection.start();
  counters.turned_away.add();
  connection.turn_away();
}

void HttpListener::erase(std::uint64_t id) {
  connections.erase(id);
  if (!detached) counters.connections.add(-1);
  if (connections.empty()) sweeper.reset();
}

void HttpListener::detach() {
  detached = true;
  sockets.clear();
  sweeper.reset();
  for (const auto& [id, connection] : connections) connection->close();
}

HttpConnection* HttpListener::find(std::uint64_t id) const {
  const auto found = connections.find(id);
  return found == connections.end() ? nullptr : found->second.get();
}

void HttpListener::answer(std::uint64_t id, std::uint64_t ticket, proto::HttpResponse response) {
  if (HttpConnection* connection = find(id)) connection->answer(ticket, std::move(response));
}

std::string_view HttpListener::date() {
  const std::int64_t second = system_clock().now() / kSecond;
  if (std::exchange(date_second, second) != second) date_text = proto::to_http_date(second);
  return date_text;
}

}  // namespace obs::net
