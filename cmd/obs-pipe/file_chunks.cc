#include "cmd/obs-pipe/file_chunks.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace obs::pipe {
namespace {

// How much is read at a time to find where a line ends.
constexpr std::size_t kTailBytes = 16 * kKiB;
constexpr std::size_t kMaxTailBytes = 8 * kMiB;

const char* find_newline(const char* at, std::size_t size) {
  return static_cast<const char*>(std::memchr(at, '\n', size));
}

}  // namespace

Result<bool> FileChunks::claim(lang::Chunk& chunk) {
  if (next_ >= end_) return false;
  chunk.offset = next_;
  next_ += std::min<std::uint64_t>(kChunkBytes, end_ - next_);
  chunk.end = next_;
  return true;
}

Result<std::size_t> FileChunks::read_at(char* to, std::size_t size, std::uint64_t from) const {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got = ::pread(fd_.get(), to + done, size - done, static_cast<off_t>(from + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(errno, "read " + name());
    if (got == 0) break;  // The file got shorter.
    done += static_cast<std::size_t>(got);
  }
  return done;
}

Result<void> FileChunks::fill(lang::Chunk& chunk) {
  // One byte earlier, to see whether a line begins at the first.
  const std::uint64_t from = chunk.offset == begin_ ? begin_ : chunk.offset - 1;
  const auto wanted = static_cast<std::size_t>(chunk.end - from);
  char* data = chunk.buffer.reserve(wanted + kTailBytes, 0);
  OBS_TRY(std::size_t size, read_at(data, wanted, from));
  std::size_t first = 0;
  if (from != chunk.offset) {
    const char* const newline = find_newline(data, size);
    first = newline == nullptr ? size : static_cast<std::size_t>(newline - data) + 1;
  }
  chunk.lines = {};
  if (first >= size) return {};
  if (data[size - 1] != '\n' && size == wanted) {
    OBS_TRY(size, read_line_end(chunk, size, from));
    data = chunk.buffer.data();
  }
  chunk.lines = {data + first, size - first};
  return {};
}

// Reads on until the last line is whole, or longer than it may be. Returns the new size.
Result<std::size_t> FileChunks::read_line_end(lang::Chunk& chunk, std::size_t size,
                                              std::uint64_t from) const {
  std::size_t step = kTailBytes;
  const std::size_t most = size + max_line_ + 1;
  while (size < most && from + size < end_) {
    const auto left = static_cast<std::size_t>(end_ - from - size);
    const std::size_t wanted = std::min({step, left, most - size});
    char* const data = chunk.buffer.reserve(size + wanted, size);
    OBS_TRY(const std::size_t got, read_at(data + size, wanted, from + size));
    if (got == 0) break;
    if (const char* newline = find_newline(data + size, got)) {
      return static_cast<std::size_t>(newline - data) + 1;
    }
    size += got;
    step = std::min(step * 2, kMaxTailBytes);
  }
  return size;
}

}  // namespace obs::pipe
