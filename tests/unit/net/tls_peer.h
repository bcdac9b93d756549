// A client of TLS for tests of servers that run on the same thread's loop, and a certificate for
// them.

#pragma once

#include <cstdlib>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "libobs/net/openssl_functions.h"
#include "tests/unit/base/temporary_dir.h"
#include "tests/unit/net/test_socket.h"

namespace obs::net {

// Signed by itself; its files last as long as this does.
class TestCertificate {
 public:
  TestCertificate() {
    INFO("openssl must be installed");
    REQUIRE(std::system(fmt::format("openssl req -x509 -newkey ec -pkeyopt "
                                    "ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test "
                                    "-keyout {} -out {} 2>/dev/null",
                                    key(), certificate())
                            .c_str()) == 0);
  }

  std::string certificate() const { return directory_ / "cert.pem"; }
  std::string key() const { return directory_ / "key.pem"; }

 private:
  TemporaryDir directory_;
};

// Trusts whoever answers; never waits.
class TlsPeer {
 public:
  explicit TlsPeer(int port) : socket_(port), context_(ssl_.SSL_CTX_new(ssl_.TLS_client_method())) {
    session_ = ssl_.SSL_new(context_);
    in_ = ssl_.BIO_new(ssl_.BIO_s_mem());
    out_ = ssl_.BIO_new(ssl_.BIO_s_mem());
    ssl_.SSL_set_bio(session_, in_, out_);  // Which owns both from now on.
  }
  ~TlsPeer() {
    ssl_.SSL_free(session_);
    ssl_.SSL_CTX_free(context_);
  }
  TlsPeer(const TlsPeer&) = delete;
  TlsPeer& operator=(const TlsPeer&) = delete;

  // Goes on with the handshake, as far as it goes now.
  bool shake_hands() {
    socket_.poll();
    const std::string said = socket_.take();
    if (!said.empty()) ssl_.BIO_write(in_, said.data(), static_cast<int>(said.size()));
    ready_ = ready_ || ssl_.SSL_connect(session_) == 1;
    socket_.send(take_output());
    return ready_;
  }

  // What would have to be sent to say that.
  std::string encipher(std::string_view plain) {
    ssl_.SSL_write(session_, plain.data(), static_cast<int>(plain.size()));
    return take_output();
  }
  // The same for close_notify.
  std::string say_goodbye() {
    ssl_.SSL_shutdown(session_);
    return take_output();
  }
  TestSocket& socket() { return socket_; }

 private:
  std::string take_output() {
    std::string out(ssl_.BIO_ctrl_pending(out_), '\0');
    if (!out.empty()) ssl_.BIO_read(out_, out.data(), static_cast<int>(out.size()));
    return out;
  }

  const openssl::Functions& ssl_ = **openssl::load();
  TestSocket socket_;
  SSL_CTX* const context_;
  SSL* session_ = nullptr;
  BIO* in_ = nullptr;
  BIO* out_ = nullptr;
  bool ready_ = false;
};

}  // namespace obs::net
