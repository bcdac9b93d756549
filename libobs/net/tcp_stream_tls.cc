#include "libobs/net/tcp_stream_tls.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

#include <fmt/format.h>

#include "libobs/net/openssl_functions.h"

namespace obs::net {
namespace {

using openssl::Functions;
using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Session = std::unique_ptr<SSL, decltype(&SSL_free)>;

// The oldest reason OpenSSL has kept, which is the cause of those after it.
std::string take_reason(const Functions& ssl) {
  const unsigned long code = ssl.ERR_get_error();
  ssl.ERR_clear_error();
  if (code == 0) return errno != 0 ? std::strerror(errno) : "the connection was closed";
  const char* reason = ssl.ERR_reason_error_string(code);
  return reason ? reason : "unknown TLS error";
}

int clamp_size(std::size_t size) { return static_cast<int>(std::min<std::size_t>(size, INT_MAX)); }

class TlsStream final : public TcpStream {
 public:
  TlsStream(const Functions& ssl, Socket socket, Context context, Session session, std::string name)
      : ssl_(ssl),
        socket_(std::move(socket)),
        context_(std::move(context)),
        session_(std::move(session)),
        name_(std::move(name)) {}

  Result<std::size_t> read_some(std::span<char> room) override {
    prepare();
    const int count = ssl_.SSL_read(session_.get(), room.data(), clamp_size(room.size()));
    return judge(count, "read from");
  }

  Result<std::size_t> write_some(std::string_view bytes) override {
    prepare();
    const int count = ssl_.SSL_write(session_.get(), bytes.data(), clamp_size(bytes.size()));
    return judge(count, "write to");
  }

  Ready wait(bool read, bool write, Duration timeout, const Wake* wake) override {
    // What OpenSSL has deciphered already, poll() knows nothing of.
    if (read && ssl_.SSL_pending(session_.get()) > 0) return {.readable = true};
    // A record in the way of ours (a key update) may want the other direction.
    Ready ready =
        wait_ready(socket_.fd(), read || wants_read_, write || wants_write_, wake, timeout);
    const bool either = ready.readable || ready.writable;
    ready.readable = read && either;
    ready.writable = write && either;
    return ready;
  }

  Result<void> shake_hands(Duration timeout) {
    const Duration deadline = system_clock().monotonic() + timeout;
    for (;;) {
      prepare();
      const int done = ssl_.SSL_connect(session_.get());
      if (done == 1) return {};
      OBS_TRY_VOID(as_handshake(judge(done, "shake hands with")));
      const Duration left = deadline - system_clock().monotonic();
      const Ready ready = left > 0 ? wait(wants_read_, wants_write_, left, nullptr) : Ready{};
      if (!ready.readable && !ready.writable) {
        return fail(Errc::kUnavailable, fmt::format("shake hands with {}: timed out", name_));
      }
    }
  }

 private:
  void prepare() {
    ssl_.ERR_clear_error();
    errno = 0;
    wants_read_ = wants_write_ = false;
  }

  Result<std::size_t> judge(int count, std::string_view action) {
    if (count > 0) return static_cast<std::size_t>(count);
    switch (ssl_.SSL_get_error(session_.get(), count)) {
      case SSL_ERROR_WANT_READ: wants_read_ = true; return std::size_t{0};
      case SSL_ERROR_WANT_WRITE: wants_write_ = true; return std::size_t{0};
      default: return fail(Errc::kUnavailable, fmt::format("{} {}: {}", action, name_, reason()));
    }
  }

  // A certificate that is not trusted says more than "handshake failed".
  std::string reason() const {
    const long verdict = ssl_.SSL_get_verify_result(session_.get());
    const std::string text = take_reason(ssl_);
    return verdict == X509_V_OK
               ? text
               : fmt::format("{}: {}", text, ssl_.X509_verify_cert_error_string(verdict));
  }

  static Result<void> as_handshake(Result<std::size_t> judged) {
    return judged ? Result<void>() : fail(std::move(judged).error());
  }

  const Functions& ssl_;
  Socket socket_;
  Context context_;
  Session session_;
  const std::string name_;
  bool wants_read_ = false;
  bool wants_write_ = false;
};

Result<Context> make_context(const Functions& ssl, const TcpOptions& options) {
  Context context(ssl.SSL_CTX_new(ssl.TLS_client_method()), ssl.SSL_CTX_free);
  if (!context) return fail(Errc::kUnavailable, fmt::format("start TLS: {}", take_reason(ssl)));
  ssl.SSL_CTX_ctrl(context.get(), SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION, nullptr);
  // Bytes that did not fit may have moved by the next try.
  ssl.SSL_CTX_ctrl(context.get(), SSL_CTRL_MODE,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER, nullptr);
  ssl.SSL_CTX_set_verify(context.get(), options.insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER,
                         nullptr);
  const bool loaded =
      options.ca_file.empty()
          ? ssl.SSL_CTX_set_default_verify_paths(context.get()) == 1
          : ssl.SSL_CTX_load_verify_locations(context.get(), options.ca_file.c_str(), nullptr) == 1;
  if (loaded) return context;
  return fail(Errc::kInvalidArgument,
              fmt::format("read certificates from {}: {}", options.ca_file, take_reason(ssl)));
}

// Names the peer to itself (SNI), and to the check of its certificate.
void name_peer(const Functions& ssl, SSL* session, const std::string& host) {
  X509_VERIFY_PARAM* param = ssl.SSL_get0_param(session);
  if (ssl.X509_VERIFY_PARAM_set1_ip_asc(param, host.c_str()) == 1) return;
  ssl.SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
               const_cast<char*>(host.c_str()));  // Only read.
  ssl.SSL_set1_host(session, host.c_str());
}

}  // namespace

Result<std::unique_ptr<TcpStream>> start_tls(Socket socket, const std::string& host,
                                             const std::string& name, const TcpOptions& options) {
  OBS_TRY(const Functions* functions, openssl::load());
  const Functions& ssl = *functions;
  OBS_TRY(Context context, make_context(ssl, options));
  Session session(ssl.SSL_new(context.get()), ssl.SSL_free);
  if (!session || ssl.SSL_set_fd(session.get(), socket.fd()) != 1) {
    return fail(Errc::kUnavailable, fmt::format("start TLS: {}", take_reason(ssl)));
  }
  name_peer(ssl, session.get(), host);
  auto stream = std::make_unique<TlsStream>(ssl, std::move(socket), std::move(context),
                                            std::move(session), name);
  OBS_TRY_VOID(stream->shake_hands(options.connect_timeout));
  return std::unique_ptr<TcpStream>(std::move(stream));
}

}  // namespace obs::net
