#include "libobs/lang/spill_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>

namespace obs::lang {
namespace {

std::string temporary_directory() {
  const char* const wanted = std::getenv("TMPDIR");
  return wanted != nullptr && *wanted != '\0' ? wanted : "/tmp";
}

int open_unnamed(const std::string& directory) {
  const int fd = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) return fd;
  // A file system without files that have no name.
  std::string path = directory + "/obs-XXXXXX";
  const int named = ::mkostemp(path.data(), O_CLOEXEC);
  if (named >= 0) ::unlink(path.c_str());
  return named;
}

}  // namespace

SpillFile::~SpillFile() {
  if (fd_ >= 0) ::close(fd_);
}

Result<void> SpillFile::open() {
  if (fd_ >= 0) return {};
  const std::string directory = temporary_directory();
  const int fd = open_unnamed(directory);
  if (fd < 0) return fail_errno(errno, "make a temporary file in " + directory);
  fd_ = fd;
  return {};
}

Result<std::uint64_t> SpillFile::append(std::string_view bytes) {
  std::uint64_t at = 0;
  {
    const std::lock_guard lock(mutex_);
    OBS_TRY_VOID(open());
    at = size_;
    size_ += bytes.size();
  }
  const std::uint64_t begin = at;
  while (!bytes.empty()) {
    const ssize_t put = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) {
      return fail_errno(
          put == 0 ? ENOSPC : errno,
          "write to a temporary file in " + temporary_directory() + " (TMPDIR says where)");
    }
    bytes.remove_prefix(static_cast<std::size_t>(put));
    at += static_cast<std::uint64_t>(put);
  }
  return begin;
}

Result<void> SpillFile::read(std::uint64_t offset, char* to, std::size_t size) const {
  while (size > 0) {
    const ssize_t got = ::pread(fd_, to, size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return fail_errno(got == 0 ? EIO : errno, "read a temporary file");
    to += got;
    size -= static_cast<std::size_t>(got);
    offset += static_cast<std::uint64_t>(got);
  }
  return {};
}

}  // namespace obs::lang
