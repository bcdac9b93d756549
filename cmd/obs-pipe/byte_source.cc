#include "cmd/obs-pipe/byte_source.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

#include <fmt/format.h>

#include "libobs/base/bytes.h"

namespace obs::pipe {
namespace {

// Linux lets anyone have a pipe of this size; with the usual 64 KiB two processes mostly wait for
// each other.
constexpr int kPipeBytes = 1 << 20;
// The same for what is no pipe, and for pipes that may not grow.
constexpr int kUsualPipeBytes = 1 << 16;

constexpr std::size_t kCompressedBytes = 128 * kKiB;

}  // namespace

StopFlag::StopFlag() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void StopFlag::stop() {
  stopped_ = true;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(event_.get(), &one, sizeof(one));
}

FdSource::FdSource(std::string name, Descriptor fd, std::shared_ptr<StopFlag> stop)
    : ByteSource(std::move(name)), fd_(std::move(fd)), stop_(std::move(stop)) {
  (void)::fcntl(fd_.get(), F_SETPIPE_SZ, kPipeBytes);
  const int size = ::fcntl(fd_.get(), F_GETPIPE_SZ);
  // As long as hardly anything waits, whoever reads keeps up with whoever writes.
  ahead_bytes_ = (size > 0 ? size : kUsualPipeBytes) / 8;
}

// False when there is none in time.
bool FdSource::wait_for_input(int milliseconds) const {
  pollfd fds[2] = {{fd_.get(), POLLIN, 0}, {stop_->fd(), POLLIN, 0}};
  int ready = 0;
  do {
    ready = ::poll(fds, 2, milliseconds);
  } while (ready < 0 && errno == EINTR);
  return ready != 0;
}

bool FdSource::is_ahead() const {
  int waiting = 0;
  return ::ioctl(fd_.get(), FIONREAD, &waiting) == 0 && waiting >= ahead_bytes_;
}

// What is there mostly takes one call. The file may be others' too, so it is not told to never
// block; a file whose kernel knows no such reads is asked first.
Result<std::optional<std::size_t>> FdSource::read(char* to, std::size_t size, Wait wait) {
  while (!stop_->stopped()) {
    ssize_t got = -1;
    if (tells_) {
      const iovec into{to, size};
      got = ::preadv2(fd_.get(), &into, 1, -1, RWF_NOWAIT);
      if (got < 0 && errno != EAGAIN && errno != EINTR) {
        tells_ = false;
        continue;
      }
    } else if (wait_for_input(wait == Wait::kNever ? 0 : -1)) {
      if (stop_->stopped()) break;
      got = ::read(fd_.get(), to, size);
    } else {
      return std::optional<std::size_t>();
    }
    if (got >= 0) return std::optional(static_cast<std::size_t>(got));
    if (errno != EINTR && errno != EAGAIN) return fail_errno(errno, "read " + name());
    if (errno == EINTR) continue;
    if (wait == Wait::kNever) return std::optional<std::size_t>();
    wait_for_input(-1);
  }
  return std::optional(std::size_t{0});
}

InflatedSource::InflatedSource(std::unique_ptr<ByteSource> source, codec::Compression compression,
                               std::string begin, std::shared_ptr<StopFlag> stop)
    : ByteSource(source->name()),
      source_(std::move(source)),
      stream_(codec::make_inflate_stream(compression)),
      stop_(std::move(stop)),
      buffer_(std::move(begin)),
      end_(buffer_.size()) {
  buffer_.resize(kCompressedBytes);
}

Error InflatedSource::refuse(const ParseError& error) const {
  return Error{error.code,
               fmt::format("read {}: {} at byte {}", name(), error.what, consumed_ + error.offset)};
}

Result<std::optional<std::size_t>> InflatedSource::read(char* to, std::size_t size, Wait wait) {
  for (;;) {
    const std::string_view input = std::string_view(buffer_).substr(at_, end_ - at_);
    const auto step = stream_->inflate(input, {to, size});
    if (!step) return fail(refuse(step.error()));
    at_ += step->consumed;
    consumed_ += step->consumed;
    if (step->produced > 0) return std::optional(step->produced);
    if (step->consumed > 0 && at_ < end_) continue;
    if (at_ < end_) return fail(refuse({Errc::kMalformed, 0, "compressed data leads nowhere"}));
    OBS_TRY(const auto got, source_->read(buffer_.data(), buffer_.size(), wait));
    if (!got) return got;
    at_ = 0;
    end_ = *got;
    if (end_ > 0) continue;
    const bool is_cut = !stream_->is_between() && !stop_->stopped();
    if (is_cut) return fail(refuse({Errc::kMalformed, 0, "the file is cut short"}));
    return std::optional(std::size_t{0});
  }
}

}  // namespace obs::pipe
