#include "cmd/obs-pipe/text_chunks.h"

#include <algorithm>
#include <cstring>

namespace obs::pipe {

Result<bool> TextChunks::claim(lang::Chunk& chunk) {
  const std::size_t left = text_.size() - at_;
  if (left == 0) return false;
  std::size_t size = std::min(left, kChunkBytes);
  if (size < left) {
    const std::size_t newline = text_.find('\n', at_ + size - 1);
    size = newline == std::string::npos ? left : newline + 1 - at_;
  }
  char* const data = chunk.buffer.reserve(size, 0);
  std::memcpy(data, text_.data() + at_, size);
  chunk.lines = {data, size};
  at_ += size;
  return true;
}

}  // namespace obs::pipe
