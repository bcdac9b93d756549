// TLS as a server speaks it, without its socket: bytes in, plain text out, and back.
//
// On OpenSSL, which is opened late. TLS 1.2 and newer; no renegotiation; ALPN offers h2 and
// http/1.1.

#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/result.h"

namespace obs::net {

struct TlsFiles {
  std::string certificate;  // PEM: the server's own first, then what leads to its root.
  std::string key;          // PEM.
  // PEM: who signs the certificates of clients. Empty: clients show none; else each must.
  std::string client_ca;
};

// What connections share. Immutable; any thread.
class TlsContext {
 public:
  // Reads the files now. kInvalidArgument names the file and what is wrong with it. kUnsupported:
  // OpenSSL is not installed.
  static Result<std::shared_ptr<const TlsContext>> load(const TlsFiles& files);
  virtual ~TlsContext() = default;
};

// One connection's side. One thread.
class TlsServer {
 public:
  static std::unique_ptr<TlsServer> open(std::shared_ptr<const TlsContext> context);
  virtual ~TlsServer() = default;

  // Takes what came from the socket and appends what it says in plain text. A failure ends the
  // connection; the alert that says why is in take_output(). What the peer ended by close_notify
  // has ended().
  virtual Result<void> receive(std::string_view bytes, std::string& plain) = 0;
  // Enciphers; only once the handshake is over, before which nobody has anything to say.
  virtual void send(std::string_view plain) = 0;
  // Says that nothing more will be sent.
  virtual void finish() = 0;
  // Hands over what is to be written to the socket.
  virtual std::string take_output() = 0;

  virtual bool is_ready() const = 0;  // The handshake is over.
  virtual bool ended() const = 0;
  // Of the client's certificate, which was verified: its DNS names, else its common name. Empty
  // when it showed none.
  virtual std::vector<std::string> client_names() const = 0;
};

}  // namespace obs::net
