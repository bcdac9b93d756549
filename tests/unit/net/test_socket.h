// A socket for tests of servers that run on the same thread's loop: it says exactly these bytes,
// and gathers what comes back without ever waiting.

#pragma once

#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace obs::net {

class TestSocket {
 public:
  // To a port of the loopback interface; a small receive buffer makes a reader that is soon full.
  explicit TestSocket(int port, bool v6 = false, int receive_buffer = 0) {
    fd_ = ::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
    if (receive_buffer > 0)
      ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(static_cast<std::uint16_t>(port));
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    six.sin6_port = v4.sin_port;
    six.sin6_addr = in6addr_loopback;
    const auto* address =
        v6 ? reinterpret_cast<const sockaddr*>(&six) : reinterpret_cast<const sockaddr*>(&v4);
    connected_ = ::connect(fd_, address, v6 ? sizeof six : sizeof v4) == 0;
    ::fcntl(fd_, F_SETFL, O_NONBLOCK);
  }
  ~TestSocket() { ::close(fd_); }
  TestSocket(const TestSocket&) = delete;
  TestSocket& operator=(const TestSocket&) = delete;

  bool connected() const { return connected_; }

  // As much as the kernel takes now; the rest waits for the next poll().
  void send(std::string_view bytes) {
    unsent_ += bytes;
    push();
  }
  void shut_down_output() { ::shutdown(fd_, SHUT_WR); }

  // Sends and receives what can be, without waiting.
  void poll() {
    push();
    char room[65536];
    ssize_t size;
    while ((size = ::recv(fd_, room, sizeof room, 0)) > 0)
      received_.append(room, static_cast<std::size_t>(size));
    if (size == 0) ended_ = true;
    if (size < 0 && errno != EAGAIN) ended_ = reset_ = true;
  }

  const std::string& received() const { return received_; }
  std::string take() { return std::exchange(received_, {}); }
  bool ended() const { return ended_; }  // The peer has closed.
  bool reset() const { return reset_; }  // Not in an orderly way.
  std::size_t unsent() const { return unsent_.size() - sent_; }

 private:
  void push() {
    if (unsent() == 0) return;
    const ssize_t sent = ::send(fd_, unsent_.data() + sent_, unsent(), MSG_NOSIGNAL);
    if (sent > 0) sent_ += static_cast<std::size_t>(sent);
  }

  int fd_ = -1;
  bool connected_ = false;
  bool ended_ = false;
  bool reset_ = false;
  std::string unsent_;
  std::size_t sent_ = 0;  // Of it.
  std::string received_;
};

}  // namespace obs::net
