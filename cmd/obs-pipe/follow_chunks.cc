#include "cmd/obs-pipe/follow_chunks.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace obs::pipe {
namespace {

// How often files are looked at while none grows.
constexpr int kLookMilliseconds = 50;
// How long a file that was renamed is read on.
constexpr Duration kOldFileGrace = kSecond;

}  // namespace

FollowChunks::FollowChunks(const std::vector<std::string>& paths, std::size_t max_line,
                           std::shared_ptr<StopFlag> stop, Warn warn)
    : Chunks("followed files"),
      max_line_(max_line),
      stop_(std::move(stop)),
      warn_(std::move(warn)) {
  for (const std::string& path : paths) files_.push_back(std::make_unique<File>(path));
}

// False when told to stop.
bool FollowChunks::wait() const {
  pollfd stop{stop_->fd(), POLLIN, 0};
  (void)::poll(&stop, 1, kLookMilliseconds);
  return !stop_->stopped();
}

// The files take turns, so that one that never ends keeps none waiting.
Result<bool> FollowChunks::claim(lang::Chunk& chunk) {
  do {
    for (std::size_t i = 0; i < files_.size(); ++i) {
      File& file = *files_[next_];
      next_ = (next_ + 1) % files_.size();
      if (!file.fd) find(file);
      if (!file.fd) continue;
      OBS_TRY(const bool has_lines, take(file, chunk));
      if (has_lines) return true;
    }
  } while (std::exchange(moved_, false) ? !stop_->stopped() : wait());
  return false;
}

void FollowChunks::find(File& file) {
  Descriptor fd(::open(file.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  const int problem = fd ? 0 : errno;
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    const char* const why = fd ? "not a file" : std::strerror(problem);
    if (!std::exchange(file.is_missed, true)) warn_(file.path + ": " + why + "; waiting for it");
    return;
  }
  file.fd.emplace(std::move(fd));
  file.device = status.st_dev;
  file.inode = status.st_ino;
  file.offset = 0;
  file.lines = 0;
  file.is_missed = false;
}

Result<bool> FollowChunks::take(File& file, lang::Chunk& chunk) {
  ssize_t got = 0;
  do {
    got = ::pread(file.fd->get(), buffer_.data(), buffer_.size(), static_cast<off_t>(file.offset));
  } while (got < 0 && errno == EINTR);
  if (got < 0) return fail_errno(errno, "read " + file.path);
  if (got == 0) return at_end(file, chunk);
  moved_ = true;
  file.offset += static_cast<std::uint64_t>(got);
  file.rest.append(buffer_, 0, static_cast<std::size_t>(got));
  const std::size_t newline = file.rest.rfind('\n');
  if (newline != std::string::npos) return hand_on(file, newline + 1, chunk);
  if (file.rest.size() <= max_line_) return false;
  // Too long: its beginning says so, the rest is skipped.
  if (!file.skips) {
    hand_on(file, file.rest.size(), chunk);
    file.skips = true;
    return true;
  }
  file.rest.clear();
  return false;
}

// Whether it was cut, or is not the file of that name any more.
Result<bool> FollowChunks::at_end(File& file, lang::Chunk& chunk) {
  struct stat open {};
  if (::fstat(file.fd->get(), &open) != 0) return fail_errno(errno, "read " + file.path);
  if (static_cast<std::uint64_t>(open.st_size) < file.offset) {
    warn_(file.path + ": was truncated; reading it from its beginning");
    file.offset = 0;
    const bool has_lines = leave(file, chunk);
    file.lines = 0;
    return has_lines;
  }
  struct stat named {};
  const bool is_same = ::stat(file.path.c_str(), &named) != 0 ||
                       (named.st_dev == file.device && named.st_ino == file.inode);
  if (is_same) {
    file.replaced_at = 0;
    return false;
  }
  const Duration now = system_clock().monotonic();
  if (file.replaced_at == 0) file.replaced_at = now;
  if (now - file.replaced_at < kOldFileGrace) return false;
  file.fd.reset();
  file.replaced_at = 0;
  return leave(file, chunk);
}

// Hands on the first bytes of what is there: whole lines.
bool FollowChunks::hand_on(File& file, std::size_t size, lang::Chunk& chunk) {
  std::size_t begin = 0;
  if (file.skips) begin = std::min(file.rest.find('\n'), size - 1) + 1;
  file.skips = false;
  chunk.name = file.path;
  chunk.lines_before = file.lines;
  char* const data = chunk.buffer.reserve(size - begin, 0);
  file.rest.copy(data, size - begin, begin);
  chunk.lines = {data, size - begin};
  file.lines += static_cast<std::uint64_t>(std::count(data, data + (size - begin), '\n'));
  file.rest.erase(0, size);
  return !chunk.lines.empty();
}

// What there is of a line whose end will not come any more.
bool FollowChunks::leave(File& file, lang::Chunk& chunk) {
  const bool has_lines = !file.rest.empty() && !file.skips;
  if (has_lines) hand_on(file, file.rest.size(), chunk);
  file.rest.clear();
  file.skips = false;
  return has_lines;
}

}  // namespace obs::pipe
