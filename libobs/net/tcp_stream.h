// A TCP connection for a thread of its own: sockets that never block, waits that end, TLS on
// request.

#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "libobs/base/clock.h"
#include "libobs/base/result.h"
#include "libobs/net/wake.h"

namespace obs::net {

struct TcpOptions {
  bool tls = false;       // The certificate must be valid for the host,
  std::string ca_file;    // by this PEM file, or the machine's when empty,
  bool insecure = false;  // unless nothing is checked.
  Duration connect_timeout = 5 * kSecond;
};

// One thread at a time. Every failure is kUnavailable but for those of a wrong configuration
// (kInvalidArgument); after one the stream is only good for destruction. The program ignores
// SIGPIPE.
class TcpStream {
 public:
  // Tries each address of the host in turn. Looking the name up may take longer than the timeout.
  static Result<std::unique_ptr<TcpStream>> connect(const std::string& host, int port,
                                                    const TcpOptions& options);
  virtual ~TcpStream() = default;

  // Takes what has come; 0 when nothing has. The peer's closing is a failure.
  virtual Result<std::size_t> read_some(std::span<char> room) = 0;
  // Writes what fits; 0 when nothing does.
  virtual Result<std::size_t> write_some(std::string_view bytes) = 0;

  // Waits until one of what was asked for may succeed, or `wake` (may be null) is raised.
  virtual Ready wait(bool read, bool write, Duration timeout, const Wake* wake) = 0;
};

}  // namespace obs::net
