// What does not fit into memory: bytes put aside in a temporary file, and had back.
//
// The file is made when it is first needed, in $TMPDIR or else /tmp, and has no name: it is gone
// when the process is, however it ends. Safe to use from any thread.

#pragma once

#include <cstdint>
#include <mutex>
#include <string_view>

#include "libobs/base/result.h"

namespace obs::lang {

class SpillFile {
 public:
  SpillFile() = default;
  ~SpillFile();
  SpillFile(const SpillFile&) = delete;
  SpillFile& operator=(const SpillFile&) = delete;

  // Returns where the bytes lie from now on.
  Result<std::uint64_t> append(std::string_view bytes);
  // Exactly `size` bytes that were appended.
  Result<void> read(std::uint64_t offset, char* to, std::size_t size) const;

 private:
  Result<void> open();

  std::mutex mutex_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace obs::lang
