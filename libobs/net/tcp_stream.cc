#include "libobs/net/tcp_stream.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>

#include "libobs/net/tcp_stream_tls.h"

namespace obs::net {
namespace {

using AddressList = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Failure<Error> fail_socket(int problem, std::string_view action) {
  return fail(Errc::kUnavailable, fmt::format("{}: {}", action, std::strerror(problem)));
}

class PlainStream final : public TcpStream {
 public:
  PlainStream(Socket socket, std::string name)
      : socket_(std::move(socket)), name_(std::move(name)) {}

  Result<std::size_t> read_some(std::span<char> room) override {
    const ssize_t count = ::recv(socket_.fd(), room.data(), room.size(), 0);
    if (count > 0) return static_cast<std::size_t>(count);
    if (count == 0) return fail(Errc::kUnavailable, fmt::format("{} closed the connection", name_));
    if (errno == EAGAIN || errno == EINTR) return std::size_t{0};
    return fail_socket(errno, fmt::format("read from {}", name_));
  }

  Result<std::size_t> write_some(std::string_view bytes) override {
    const ssize_t count = ::send(socket_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno == EAGAIN || errno == EINTR) return std::size_t{0};
    return fail_socket(errno, fmt::format("write to {}", name_));
  }

  Ready wait(bool read, bool write, Duration timeout, const Wake* wake) override {
    return wait_ready(socket_.fd(), read, write, wake, timeout);
  }

 private:
  Socket socket_;
  const std::string name_;
};

Result<AddressList> look_up(const std::string& host, int port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int problem = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (problem == 0) return AddressList(found, ::freeaddrinfo);
  return fail(Errc::kUnavailable, fmt::format("look up {}: {}", host, ::gai_strerror(problem)));
}

void configure(int fd) {
  const int on = 1;
  // Commands are small and waited for; and a peer whose machine is gone must show some day.
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

Result<Socket> connect_to(const addrinfo& address, const std::string& name, Duration timeout) {
  const std::string action = fmt::format("connect to {}", name);
  Socket socket(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket.fd() < 0) return fail_socket(errno, action);
  configure(socket.fd());
  if (::connect(socket.fd(), address.ai_addr, address.ai_addrlen) == 0) return socket;
  if (errno != EINPROGRESS) return fail_socket(errno, action);
  const Ready ready = wait_ready(socket.fd(), false, true, nullptr, timeout);
  if (!ready.writable) return fail_socket(ETIMEDOUT, action);
  int problem = 0;
  socklen_t size = sizeof problem;
  ::getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &problem, &size);
  if (problem != 0) return fail_socket(problem, action);
  return socket;
}

Result<Socket> connect_any(const addrinfo* first, const std::string& name, Duration timeout) {
  Result<Socket> socket = fail_socket(EADDRNOTAVAIL, fmt::format("connect to {}", name));
  for (const addrinfo* address = first; address && !socket; address = address->ai_next) {
    socket = connect_to(*address, name, timeout);
  }
  return socket;
}

}  // namespace

Socket::~Socket() {
  if (fd_ >= 0) ::close(fd_);
}

Result<std::unique_ptr<TcpStream>> TcpStream::connect(const std::string& host, int port,
                                                      const TcpOptions& options) {
  const std::string name = fmt::format("{}:{}", host, port);
  OBS_TRY(AddressList addresses, look_up(host, port));
  OBS_TRY(Socket socket, connect_any(addresses.get(), name, options.connect_timeout));
  if (options.tls) return start_tls(std::move(socket), host, name, options);
  return std::make_unique<PlainStream>(std::move(socket), name);
}

}  // namespace obs::net
