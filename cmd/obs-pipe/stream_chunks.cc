#include "cmd/obs-pipe/stream_chunks.h"

#include <algorithm>
#include <cstring>

namespace obs::pipe {
namespace {

constexpr std::size_t kMostAtOnce = kMiB;
// Room for a line of more than that is claimed in one block that is given back to the kernel, as
// malloc does from 32 MiB on; what is not used of it costs nothing.
constexpr std::size_t kLongLine = 4 * kMiB;
constexpr std::size_t kLongRoom = 40 * kMiB;

constexpr std::pair<std::string_view, codec::Compression> kMagics[] = {
    {"\x1F\x8B", codec::Compression::kGzip},
    {"\x28\xB5\x2F\xFD", codec::Compression::kZstd},
};

}  // namespace

std::optional<codec::Compression> find_compression(std::string_view begin) {
  for (const auto& [magic, compression] : kMagics) {
    if (begin.starts_with(magic)) return compression;
  }
  return std::nullopt;
}

StreamChunks::StreamChunks(std::string name, Descriptor fd, std::size_t max_line,
                           std::shared_ptr<StopFlag> stop)
    : Chunks(name),
      source_(std::make_unique<FdSource>(std::move(name), std::move(fd), stop)),
      max_line_(max_line),
      stop_(std::move(stop)) {}

// Reads no further than it takes to tell that this is not compressed: mostly one byte.
Result<void> StreamChunks::begin() {
  begun_ = true;
  for (const auto& [magic, compression] : kMagics) {
    while (!ended_ && rest_.size() < magic.size() && magic.starts_with(rest_)) {
      char byte = 0;
      OBS_TRY(const auto got, source_->read(&byte, 1, Wait::kUntilSome));
      ended_ = *got == 0;
      rest_.append(&byte, *got);
    }
    if (!rest_.starts_with(magic)) continue;
    source_ = std::make_unique<InflatedSource>(std::move(source_), compression,
                                               std::exchange(rest_, {}), stop_);
    return {};
  }
  return {};
}

Result<bool> StreamChunks::claim(lang::Chunk& chunk) {
  if (!begun_) OBS_TRY_VOID(begin());
  if (error_) return fail(*error_);
  return read_lines(chunk);
}

Result<bool> StreamChunks::read_lines(lang::Chunk& chunk) {
  std::size_t size = rest_.size();
  std::size_t room = std::max(kChunkBytes, size + kChunkBytes / 2);
  char* data = chunk.buffer.reserve(room, 0);
  rest_.copy(data, size);
  rest_.clear();
  std::size_t whole = 0;  // Bytes up to the last newline.
  while (!ended_ && (whole == 0 || size < kChunkBytes)) {
    if (size == room) {
      room = room < kLongLine ? 2 * room : std::max(2 * room, kLongRoom);
      data = chunk.buffer.reserve(room, size);
    }
    // No more at once than may be left over behind a long line, and held a second time.
    auto got = source_->read(data + size, std::min(room - size, kMostAtOnce),
                             whole == 0 ? Wait::kUntilSome : Wait::kNever);
    if (!got) {
      error_ = std::move(got).error();
      if (whole == 0) return fail(*error_);
      break;
    }
    if (!*got) break;
    ended_ = **got == 0;
    const void* const newline = ended_ ? nullptr : ::memrchr(data + size, '\n', **got);
    if (newline != nullptr) {
      whole = static_cast<std::size_t>(static_cast<const char*>(newline) - data) + 1;
    }
    size += **got;
    if (whole == 0 && size > max_line_) {
      if (!skips_) break;
      size = 0;
    }
  }
  if (whole == 0 && size > 0 && !ended_) {  // Too long: its beginning says so, the rest is skipped.
    skips_ = true;
    chunk.lines = {data, size};
    return true;
  }
  return hand_on(chunk, data, ended_ ? size : whole, size);
}

// What is whole becomes the chunk, but for the end of a line that was too long.
bool StreamChunks::hand_on(lang::Chunk& chunk, char* data, std::size_t whole, std::size_t size) {
  std::size_t begin = 0;
  if (skips_ && whole > 0) {
    const void* const newline = std::memchr(data, '\n', whole);
    begin = newline == nullptr
                ? whole
                : static_cast<std::size_t>(static_cast<const char*>(newline) - data) + 1;
    skips_ = newline == nullptr;
  }
  rest_.assign(data + whole, size - whole);
  chunk.lines = {data + begin, whole - begin};
  return whole > 0;
}

}  // namespace obs::pipe
