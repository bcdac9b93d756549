#include "libobs/base/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include <fmt/format.h>

#include "libobs/base/fs.h"
#include "libobs/base/text.h"

namespace obs {

Result<std::optional<FileLock>> FileLock::try_take(const std::string& path,
                                                   const std::string& contents) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return fail_errno(errno, "open " + path);
  FileLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return std::optional<FileLock>();
    return fail_errno(errno, "lock " + path);
  }
  // Only for people to read; the lock holds without it, on a full disk too.
  if (::ftruncate(fd, 0) == 0) (void)!::write(fd, contents.data(), contents.size());
  return std::optional<FileLock>(std::move(lock));
}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

std::string describe_process() {
  std::string name = "obs";
  if (const auto comm = system_fs().read_file("/proc/self/comm")) name = trim(*comm);
  return fmt::format("pid {} ({})", ::getpid(), name);
}

}  // namespace obs
