// The TLS side of net/tcp_stream.cc, and for it alone.

#pragma once

#include <memory>
#include <string>
#include <utility>

#include "libobs/net/tcp_stream.h"

namespace obs::net {

// Owns a descriptor.
class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Socket();
  int fd() const { return fd_; }

 private:
  int fd_;
};

// Shakes hands over a connected socket; takes at most the connect timeout.
Result<std::unique_ptr<TcpStream>> start_tls(Socket socket, const std::string& host,
                                             const std::string& name, const TcpOptions& options);

}  // namespace obs::net
