// A file that shows, by an flock(2) on it, that a process lives: a store's LOCK and its readers'
// leases, a receiver's directory. The kernel lets go when the process ends, however it ends.

#pragma once

#include <optional>
#include <string>
#include <utility>

#include "libobs/base/result.h"

namespace obs {

class FileLock {
 public:
  // Creates the file if need be, and writes `contents` into it once it is ours. nullopt when
  // another process holds it. Never waits.
  static Result<std::optional<FileLock>> try_take(const std::string& path,
                                                  const std::string& contents);

  FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_;
};

// "pid 4711 (obs-ingest)" of this process: what a lock file says about who holds it.
std::string describe_process();

}  // namespace obs
