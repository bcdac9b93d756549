#include "cmd/obs-pipe/stream_chunks.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace obs::pipe {
namespace {

// Linux lets anyone have a pipe of this size; with the usual 64 KiB two processes mostly wait for
// each other.
constexpr int kPipeBytes = 1 << 20;

constexpr std::pair<std::string_view, codec::Compression> kMagics[] = {
    {"\x1F\x8B", codec::Compression::kGzip},
    {"\x28\xB5\x2F\xFD", codec::Compression::kZstd},
};

}  // namespace

StopFlag::StopFlag() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void StopFlag::stop() {
  stopped_ = true;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(event_.get(), &one, sizeof(one));
}

StreamChunks::StreamChunks(std::string name, Descriptor fd, std::size_t max_line,
                           std::shared_ptr<StopFlag> stop)
    : Chunks(std::move(name)), fd_(std::move(fd)), max_line_(max_line), stop_(std::move(stop)) {
  (void)::fcntl(fd_.get(), F_SETPIPE_SZ, kPipeBytes);
}

// False when told to stop.
bool StreamChunks::wait() {
  pollfd fds[2] = {{fd_.get(), POLLIN, 0}, {stop_->fd(), POLLIN, 0}};
  while (::poll(fds, 2, -1) < 0 && errno == EINTR) {
  }
  return !stop_->stopped();
}

bool StreamChunks::has_more() const {
  pollfd fds{fd_.get(), POLLIN, 0};
  return ::poll(&fds, 1, 0) == 1;
}

// 0 at the end of the input, or when told to stop.
Result<std::size_t> StreamChunks::read_some(char* to, std::size_t size) {
  for (;;) {
    if (!wait()) return std::size_t{0};
    const ssize_t got = ::read(fd_.get(), to, size);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR && errno != EAGAIN) return fail_errno(errno, "read " + name());
  }
}

// Reads no further than it takes to tell that this is not compressed: mostly one byte.
Result<void> StreamChunks::begin() {
  begun_ = true;
  for (const auto& [magic, compression] : kMagics) {
    while (!ended_ && rest_.size() < magic.size() && magic.starts_with(rest_)) {
      char byte = 0;
      OBS_TRY(const std::size_t got, read_some(&byte, 1));
      ended_ = got == 0;
      rest_.append(&byte, got);
    }
    if (rest_.starts_with(magic)) return inflate(compression);
  }
  return {};
}

Result<void> StreamChunks::inflate(codec::Compression compression) {
  std::string bytes = std::exchange(rest_, {});
  for (std::size_t got = 1; got != 0 && bytes.size() < kMaxInflated;) {
    const std::size_t size = bytes.size();
    bytes.resize(size + kChunkBytes);
    OBS_TRY(got, read_some(bytes.data() + size, kChunkBytes));
    bytes.resize(size + got);
  }
  auto text = codec::decompress(compression, bytes, kMaxInflated);
  if (!text) return fail(std::move(text).error().during("read " + name()));
  inflated_ = std::make_unique<TextChunks>(name(), std::move(*text));
  return {};
}

Result<bool> StreamChunks::claim(lang::Chunk& chunk) {
  if (!begun_) OBS_TRY_VOID(begin());
  return inflated_ ? inflated_->claim(chunk) : claim_lines(chunk);
}

Result<bool> StreamChunks::claim_lines(lang::Chunk& chunk) {
  std::size_t size = rest_.size();
  std::size_t room = std::max(kChunkBytes, size + kChunkBytes / 2);
  char* data = chunk.buffer.reserve(room, 0);
  rest_.copy(data, size);
  rest_.clear();
  std::size_t whole = 0;  // Bytes up to the last newline.
  while (!ended_ && (whole == 0 || (size < room && has_more()))) {
    if (size == room) data = chunk.buffer.reserve(room *= 2, size);
    OBS_TRY(const std::size_t got, read_some(data + size, room - size));
    ended_ = got == 0;
    const void* const newline = got == 0 ? nullptr : ::memrchr(data + size, '\n', got);
    if (newline != nullptr) {
      whole = static_cast<std::size_t>(static_cast<const char*>(newline) - data) + 1;
    }
    size += got;
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
  if (ended_) whole = size;
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
