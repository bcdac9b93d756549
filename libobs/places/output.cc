#include "libobs/places/output.h"

#include <cerrno>

#include <poll.h>
#include <unistd.h>

#include <fmt/format.h>

namespace obs::places {

Result<void> write_all(int fd, std::string_view text, std::string_view what) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      // A terminal or pipe shared with a program that made it non-blocking.
      pollfd ready{fd, POLLOUT, 0};
      ::poll(&ready, 1, -1);
    } else if (errno == EPIPE) {
      return fail(Errc::kIo, fmt::format("write to {}: {}", what, kReaderGone));
    } else if (errno != EINTR) {
      return fail_errno(errno, fmt::format("write to {}", what));
    }
  }
  return {};
}

}  // namespace obs::places
