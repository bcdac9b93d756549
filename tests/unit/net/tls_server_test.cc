#include "libobs/net/tls_server.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <malloc.h>

#include "libobs/base/bytes.h"

#include "tests/unit/net/tls_peer.h"

namespace obs::net {
namespace {

// A client whose bytes go to a session directly.
class MemoryPeer {
 public:
  explicit MemoryPeer(TlsServer& server)
      : server_(server), context_(ssl_.SSL_CTX_new(ssl_.TLS_client_method())) {
    session_ = ssl_.SSL_new(context_);
    in_ = ssl_.BIO_new(ssl_.BIO_s_mem());
    out_ = ssl_.BIO_new(ssl_.BIO_s_mem());
    ssl_.SSL_set_bio(session_, in_, out_);  // Which owns both from now on.
    for (int i = 0; i < 3; ++i) {
      (void)ssl_.SSL_connect(session_);
      REQUIRE(exchange().empty());
    }
    REQUIRE(server.is_ready());
  }
  ~MemoryPeer() {
    ssl_.SSL_free(session_);
    ssl_.SSL_CTX_free(context_);
  }
  MemoryPeer(const MemoryPeer&) = delete;
  MemoryPeer& operator=(const MemoryPeer&) = delete;

  // What the server hears.
  std::string say(std::string_view plain) {
    ssl_.SSL_write(session_, plain.data(), static_cast<int>(plain.size()));
    return exchange();
  }
  std::string hear() {
    (void)exchange();
    std::string plain(kMiB, '\0');
    std::size_t size = 0;
    for (int count = 1; count > 0; size += static_cast<std::size_t>(std::max(count, 0)))
      count = ssl_.SSL_read(session_, plain.data() + size, static_cast<int>(plain.size() - size));
    plain.resize(size);
    return plain;
  }

 private:
  // In pieces, as a socket would have it.
  std::string exchange() {
    std::string said(ssl_.BIO_ctrl_pending(out_), '\0');
    if (!said.empty()) ssl_.BIO_read(out_, said.data(), static_cast<int>(said.size()));
    std::string heard;
    for (std::size_t at = 0; at < said.size(); at += kPiece)
      REQUIRE(server_.receive(std::string_view(said).substr(at, kPiece), heard));
    const std::string answer = server_.take_output();
    if (!answer.empty()) ssl_.BIO_write(in_, answer.data(), static_cast<int>(answer.size()));
    return heard;
  }

  static constexpr std::size_t kPiece = 60'000;

  TlsServer& server_;
  const openssl::Functions& ssl_ = **openssl::load();
  SSL_CTX* const context_;
  SSL* session_ = nullptr;
  BIO* in_ = nullptr;
  BIO* out_ = nullptr;
};

TEST_CASE("a TLS session keeps no room for what has passed through it", "[net][tls]") {
  const TestCertificate files;
  const auto context = TlsContext::load({files.certificate(), files.key(), ""});
  REQUIRE(context);
  const std::string large(500'000, 'x');
  std::vector<std::unique_ptr<TlsServer>> servers;
  const auto used = [] { return ::mallinfo2().uordblks; };
  std::size_t before = 0;
  for (int i = 0; i < 5; ++i) {
    if (i == 1) before = used();  // What is made once has been made.
    servers.push_back(TlsServer::open(*context));
    MemoryPeer peer(*servers.back());
    CHECK(peer.say(large) == large);
    servers.back()->send(large);
    CHECK(peer.hear() == large);
  }
  CHECK(used() - before < 4 * 20 * kKiB);
}

}  // namespace
}  // namespace obs::net
