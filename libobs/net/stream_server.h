// A TCP server on the loop for protocols in which only the peer talks, such as syslog: bytes in,
// nothing out, any number of connections up to a bound; in the clear or over TLS.
//
// A peer that has gone silent costs its socket and is found out by keep-alive; one that closes its
// half is heard to the end. Counts itself as obs_net_stream_*, and failures of TLS with those of
// HTTP.

#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/metrics.h"
#include "libobs/base/result.h"
#include "libobs/net/loop.h"
#include "libobs/net/tls_server.h"

namespace obs::net {

struct StreamLimits {
  std::size_t connections = 10'000;  // One more is closed at once.
  // What all readers together may keep of messages that are not whole yet (StreamReader::held());
  // the reader that goes beyond is closed.
  std::size_t held_bytes = std::size_t{64} << 20;
  // For the handshake of TLS, give or take a quarter; time that we do not read does not count.
  Duration handshake_timeout = 10 * kSecond;
};

// What reads one connection. Loop thread only.
class StreamReader {
 public:
  virtual ~StreamReader() = default;
  // What has come; valid during the call. False closes the connection.
  virtual bool on_bytes(std::string_view bytes) = 0;
  // The peer has said all it had to say; not called when the connection broke or was closed by us.
  // Over TLS also when it left without close_notify, as many do.
  virtual void on_end() = 0;
  // Bytes it keeps.
  virtual std::size_t held() const = 0;
  // Over TLS, before the first bytes: what the peer's certificate, which was verified, calls it.
  // Not called when it showed none. False closes the connection.
  virtual bool on_names(const std::vector<std::string>&) { return true; }
};

class StreamHandler {
 public:
  virtual ~StreamHandler() = default;
  // A connection of that peer, "192.0.2.7:53210".
  virtual std::unique_ptr<StreamReader> on_open(std::string_view peer) = 0;
};

// Loop thread only.
class StreamServer {
 public:
  // As HttpServer::listen(). The handler and the registry outlive the server, the loop everything.
  static Result<std::unique_ptr<StreamServer>> listen(Loop& loop, std::string_view address,
                                                      StreamHandler& handler, Registry& registry,
                                                      StreamLimits limits = {});
  // Closes what is open.
  virtual ~StreamServer() = default;

  virtual std::string address() const = 0;  // As bound.
  // Connections accepted from now on speak TLS; in the clear when null, as at first.
  virtual void set_tls(std::shared_ptr<const TlsContext> tls) = 0;
  // While paused nothing is read, so that peers come to wait; connections stay open.
  virtual void set_paused(bool paused) = 0;
  // Stops accepting, and closes connections once what has arrived is read.
  virtual void close() = 0;
  virtual std::size_t connections() const = 0;
};

}  // namespace obs::net
