#include "libobs/net/tls_server.h"

#include <algorithm>
#include <array>
#include <climits>
#include <utility>

#include <fmt/format.h>

#include "libobs/net/openssl_functions.h"

namespace obs::net {
namespace {

using openssl::Functions;

// Protocols by ALPN, the one we like better first, each with its length before it.
constexpr unsigned char kProtocols[] = "\x02h2\x08http/1.1";
// What tells our sessions from those of others with the same certificate.
constexpr unsigned char kSessionContext[] = "obs";
constexpr std::size_t kReadBytes = 16 * 1024;  // A record holds no more.

// The oldest reason that OpenSSL has kept.
std::string take_reason(const Functions& ssl) {
  const unsigned long code = ssl.ERR_get_error();
  ssl.ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ssl.ERR_reason_error_string(code);
  return reason == nullptr ? "unknown TLS error" : reason;
}

// The first of our protocols that the client offers; none is no failure, since old clients of
// HTTP/1.1 offer nothing.
int select_protocol(SSL*, const unsigned char** out, unsigned char* size,
                    const unsigned char* offered, unsigned int offered_size, void*) {
  const std::string_view ours(reinterpret_cast<const char*>(kProtocols), sizeof kProtocols - 1);
  const std::string_view theirs(reinterpret_cast<const char*>(offered), offered_size);
  for (std::size_t at = 0; at < ours.size(); at += 1 + static_cast<unsigned char>(ours[at])) {
    const std::string_view wanted = ours.substr(at, 1 + static_cast<unsigned char>(ours[at]));
    for (std::size_t i = 0; i < theirs.size(); i += 1 + static_cast<unsigned char>(theirs[i])) {
      if (theirs.substr(i, wanted.size()) != wanted) continue;
      *out = offered + i + 1;
      *size = offered[i];
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_NOACK;
}

class Context final : public TlsContext {
 public:
  Context(const Functions& functions, SSL_CTX* made) : ssl(functions), context(made) {}
  ~Context() override { ssl.SSL_CTX_free(context); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  Result<void> configure(const TlsFiles& files) {
    ssl.ERR_clear_error();
    ssl.SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION, nullptr);
    // A connection that is idle needs no room for records, which is 34 KB.
    ssl.SSL_CTX_ctrl(context, SSL_CTRL_MODE, SSL_MODE_RELEASE_BUFFERS, nullptr);
    ssl.SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    ssl.SSL_CTX_set_session_id_context(context, kSessionContext, sizeof kSessionContext - 1);
    ssl.SSL_CTX_set_alpn_select_cb(context, select_protocol, nullptr);
    if (ssl.SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1)
      return refuse("certificate", files.certificate);
    if (ssl.SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
        ssl.SSL_CTX_check_private_key(context) != 1)
      return refuse("key", files.key);
    if (files.client_ca.empty()) return {};
    if (ssl.SSL_CTX_load_verify_locations(context, files.client_ca.c_str(), nullptr) != 1)
      return refuse("clients' CA", files.client_ca);
    // Tells clients whose certificates are asked for.
    ssl.SSL_CTX_set_client_CA_list(context, ssl.SSL_load_client_CA_file(files.client_ca.c_str()));
    ssl.SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    return {};
  }

  const Functions& ssl;
  SSL_CTX* const context;

 private:
  Failure<Error> refuse(std::string_view what, const std::string& file) const {
    return fail(Errc::kInvalidArgument,
                fmt::format("{}: no {} of TLS: {}", file, what, take_reason(ssl)));
  }
};

// The bytes of a session on their way. OpenSSL's own memory for them keeps room for the most that
// it ever held: of a connection that has sent a body, for as long as it lives.
struct Wire {
  std::string_view in;
  std::string out;
};

// There is a session, so it is loaded.
const Functions& loaded() {
  static const Functions& functions = **openssl::load();
  return functions;
}

Wire& wire_of(BIO* bio) { return *static_cast<Wire*>(loaded().BIO_get_data(bio)); }

int read_wire(BIO* bio, char* room, int size) {
  std::string_view& in = wire_of(bio).in;
  loaded().BIO_clear_flags(bio, BIO_FLAGS_RWS | BIO_FLAGS_SHOULD_RETRY);
  if (in.empty()) {
    loaded().BIO_set_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY);
    return -1;
  }
  const std::size_t count = in.copy(room, static_cast<std::size_t>(std::max(size, 0)));
  in.remove_prefix(count);
  return static_cast<int>(count);
}

int write_wire(BIO* bio, const char* bytes, int size) {
  wire_of(bio).out.append(bytes, static_cast<std::size_t>(std::max(size, 0)));
  return size;
}

long control_wire(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

const BIO_METHOD* wire_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* const made =
        loaded().BIO_meth_new(BIO_TYPE_SOURCE_SINK | BIO_TYPE_START, "bytes of a connection");
    loaded().BIO_meth_set_read(made, read_wire);
    loaded().BIO_meth_set_write(made, write_wire);
    loaded().BIO_meth_set_ctrl(made, control_wire);
    return made;
  }();
  return method;
}

class Server final : public TlsServer {
 public:
  explicit Server(std::shared_ptr<const Context> context)
      : context_(std::move(context)),
        ssl_(context_->ssl),
        session_(ssl_.SSL_new(context_->context)) {
    BIO* const bio = ssl_.BIO_new(wire_method());
    ssl_.BIO_set_data(bio, &wire_);
    ssl_.BIO_set_init(bio, 1);
    ssl_.SSL_set_bio(session_, bio, bio);  // Which owns it from now on.
    ssl_.SSL_set_accept_state(session_);
  }
  ~Server() override { ssl_.SSL_free(session_); }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  Result<void> receive(std::string_view bytes, std::string& plain) override {
    ssl_.ERR_clear_error();
    wire_.in = bytes;
    auto read = read_plain(plain);
    // What is not yet a record lies in the session; behind its end nothing is worth reading.
    const bool left = !std::exchange(wire_.in, {}).empty();
    if (read && left && !ended_) return fail(Errc::kInternal, "TLS: bytes were left unread");
    return read;
  }

  void send(std::string_view plain) override {
    ssl_.ERR_clear_error();
    // Our end takes all of it.
    while (!plain.empty()) {
      const int size = static_cast<int>(std::min<std::size_t>(plain.size(), INT_MAX));
      const int count = ssl_.SSL_write(session_, plain.data(), size);
      if (count <= 0) return;
      plain.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  void finish() override {
    ssl_.ERR_clear_error();
    if (ready_) ssl_.SSL_shutdown(session_);
    ssl_.ERR_clear_error();
  }

  std::string take_output() override { return std::exchange(wire_.out, {}); }

  bool is_ready() const override { return ready_; }
  bool ended() const override { return ended_; }
  std::vector<std::string> client_names() const override;

 private:
  Result<void> read_plain(std::string& plain) {
    if (!ready_) {
      OBS_TRY_VOID(judge(ssl_.SSL_do_handshake(session_), "TLS handshake"));
      if (!ready_) return {};
    }
    std::array<char, kReadBytes> room;
    for (;;) {
      const int count = ssl_.SSL_read(session_, room.data(), static_cast<int>(room.size()));
      if (count <= 0) return judge(count, "TLS");
      plain.append(room.data(), static_cast<std::size_t>(count));
    }
  }

  // What a call that returned `count` means: done, more is needed, over, or failed.
  Result<void> judge(int count, std::string_view action) {
    if (count > 0) {
      ready_ = true;
      return {};
    }
    switch (ssl_.SSL_get_error(session_, count)) {
      case SSL_ERROR_WANT_READ:
      case SSL_ERROR_WANT_WRITE: return {};
      case SSL_ERROR_ZERO_RETURN: ended_ = true; return {};
      default: return fail(Errc::kMalformed, fmt::format("{}: {}", action, take_reason(ssl_)));
    }
  }

  const std::shared_ptr<const Context> context_;
  const Functions& ssl_;
  SSL* const session_;
  Wire wire_;
  bool ready_ = false;
  bool ended_ = false;
};

std::vector<std::string> dns_names(const Functions& ssl, X509* certificate) {
  std::vector<std::string> out;
  auto* const names = static_cast<GENERAL_NAMES*>(
      ssl.X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  if (names == nullptr) return out;
  const auto* const list = reinterpret_cast<const OPENSSL_STACK*>(names);
  for (int i = 0; i < ssl.OPENSSL_sk_num(list); ++i) {
    const auto* name = static_cast<const GENERAL_NAME*>(ssl.OPENSSL_sk_value(list, i));
    if (name->type != GEN_DNS) continue;
    const ASN1_STRING* const text = name->d.dNSName;
    const std::string_view dns(reinterpret_cast<const char*>(ssl.ASN1_STRING_get0_data(text)),
                               static_cast<std::size_t>(ssl.ASN1_STRING_length(text)));
    // No name has a NUL; who has one hopes that somebody reads only what is before it.
    if (dns.find('\0') == std::string_view::npos) out.emplace_back(dns);
  }
  ssl.GENERAL_NAMES_free(names);
  return out;
}

std::vector<std::string> Server::client_names() const {
  X509* const certificate = ssl_.SSL_get1_peer_certificate(session_);
  if (certificate == nullptr) return {};
  std::vector<std::string> names = dns_names(ssl_, certificate);
  std::array<char, 256> common;
  if (names.empty() &&
      ssl_.X509_NAME_get_text_by_NID(ssl_.X509_get_subject_name(certificate), NID_commonName,
                                     common.data(), static_cast<int>(common.size())) > 0)
    names.emplace_back(common.data());
  ssl_.X509_free(certificate);
  return names;
}

}  // namespace

Result<std::shared_ptr<const TlsContext>> TlsContext::load(const TlsFiles& files) {
  OBS_TRY(const Functions* ssl, openssl::load());
  auto context = std::make_shared<Context>(*ssl, ssl->SSL_CTX_new(ssl->TLS_server_method()));
  OBS_TRY_VOID(context->configure(files));
  return std::shared_ptr<const TlsContext>(std::move(context));
}

std::unique_ptr<TlsServer> TlsServer::open(std::shared_ptr<const TlsContext> context) {
  return std::make_unique<Server>(std::static_pointer_cast<const Context>(std::move(context)));
}

}  // namespace obs::net
