// One file of the machine: what fs.cc is made of. Not for use outside base.

#pragma once

#include <memory>
#include <string>
#include <utility>

#include <unistd.h>

#include "libobs/base/fs.h"
#include "libobs/base/result.h"

namespace obs {

// Owns a file descriptor; -1 is none.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }

  explicit operator bool() const { return fd_ >= 0; }
  int get() const { return fd_; }

 private:
  int fd_;
};

// Opens for appending with these open(2) flags; what is created gets mode 0644 less the umask.
Result<std::unique_ptr<File>> open_posix_file(const std::string& path, int flags);

Result<std::unique_ptr<Mapping>> map_posix_file(const std::string& path);

Result<std::string> read_posix_file(const std::string& path);

}  // namespace obs
