#include "libobs/net/wake.h"

#include <cerrno>
#include <cstdint>
#include <system_error>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace obs::net {

Wake::Wake() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  // Like memory: nothing sensible can be done without.
  if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Wake::~Wake() { ::close(fd_); }

void Wake::raise() const noexcept {
  const std::uint64_t one = 1;
  // Fails only when 2^64 - 2 raises are already there, which is raised enough.
  (void)!::write(fd_, &one, sizeof one);
}

void Wake::lower() const noexcept {
  std::uint64_t count = 0;
  (void)!::read(fd_, &count, sizeof count);
}

Ready wait_ready(int fd, bool read, bool write, const Wake* wake, Duration timeout) {
  pollfd polled[2] = {};
  polled[0].fd = fd;  // poll() leaves out what is negative.
  polled[0].events = static_cast<short>((read ? POLLIN : 0) | (write ? POLLOUT : 0));
  polled[1].fd = wake ? wake->fd() : -1;
  polled[1].events = POLLIN;
  timespec limit{timeout / kSecond, timeout % kSecond};
  const int count = ::ppoll(polled, 2, timeout < 0 ? nullptr : &limit, nullptr);
  if (count <= 0) return {};
  constexpr short kBroken = POLLERR | POLLHUP | POLLNVAL;
  Ready ready;
  ready.readable = polled[0].revents & (POLLIN | kBroken);
  ready.writable = polled[0].revents & (POLLOUT | POLLERR);
  ready.woken = polled[1].revents & POLLIN;
  return ready;
}

}  // namespace obs::net
