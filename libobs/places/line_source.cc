#include "libobs/places/line_source.h"

#include <cerrno>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "libobs/base/bytes.h"
#include "libobs/net/wake.h"
#include "libobs/places/delivery.h"
#include "libobs/places/line_batcher.h"
#include "libobs/places/line_splitter.h"

namespace obs::places {
namespace {

constexpr std::size_t kReadBytes = 256 * kKiB;
constexpr std::size_t kInFlightBytes = 32 * kMiB;
// What has come is passed on when nothing follows for so long.
constexpr Duration kIdle = 50 * kMillisecond;
// How often a followed file is looked at: below what a person notices.
constexpr Duration kFollowPoll = 100 * kMillisecond;

// A file that may grow, be cut, or be replaced by another of its name.
class Input {
 public:
  Input(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  ~Input() { close(); }
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  int fd() const { return fd_; }
  const std::string& path() const { return path_; }

  // 0 at the end, for now. -1 with errno.
  ssize_t read(std::string& buffer) {
    const ssize_t count = ::read(fd_, buffer.data(), buffer.size());
    if (count > 0) offset_ += count;
    return count;
  }

  // Called at the end of a followed file: goes to the start of what has taken its place. True when
  // something has.
  bool follow() {
    struct stat opened {};
    struct stat named {};
    if (::fstat(fd_, &opened) != 0) return false;
    if (S_ISREG(opened.st_mode) && opened.st_size < offset_) {
      offset_ = ::lseek(fd_, 0, SEEK_SET);
      return true;
    }
    // Between the old one's going and the new one's coming there is none: keep what we have.
    if (::stat(path_.c_str(), &named) != 0 || named.st_ino == opened.st_ino) return false;
    const int successor = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    if (successor < 0) return false;
    close();
    fd_ = successor;
    offset_ = 0;
    return true;
  }

 private:
  void close() {
    if (fd_ > STDIN_FILENO) ::close(fd_);
  }

  std::string path_;  // Empty for stdin.
  int fd_;
  off_t offset_ = 0;
};

class LineSource final : public pipeline::Source {
 public:
  LineSource(std::string path, int fd, OpenContext context)
      : input_(std::move(path), fd),
        follow_(context.follow && !input_.path().empty()),
        ledger_(context.registry, input_.path().empty() ? "stdin_source" : "file_source"),
        batcher_(find_origin(), context.strict, ledger_, std::move(context.warn)) {}

  Result<void> run(pipeline::Sink& sink, std::stop_token stop) override {
    Delivery delivery(sink, ledger_, kInFlightBytes, stop);
    const std::stop_callback on_stop(stop, [this] { wake_.raise(); });
    auto read = read_all(delivery, stop);
    auto delivered = delivery.finish();
    if (!read) return read;
    if (!delivered) return delivered;
    return batcher_.verdict();
  }

 private:
  // What names a file that is read once: its identity and size. Nothing for all else.
  std::string find_origin() const {
    struct stat info {};
    if (follow_ || input_.path().empty() || ::fstat(input_.fd(), &info) != 0 ||
        !S_ISREG(info.st_mode))
      return {};
    return fmt::format("{}:{}:{}", info.st_dev, info.st_ino, info.st_size);
  }

  Result<void> read_all(Delivery& delivery, const std::stop_token& stop) {
    std::string buffer(kReadBytes, '\0');
    while (!stop.stop_requested()) {
      const Duration patience = batcher_.is_empty() ? -1 : kIdle;
      const auto ready = net::wait_ready(input_.fd(), true, false, &wake_, patience);
      if (!ready.readable && !ready.woken) {
        OBS_TRY_VOID(pass_on(delivery));
        continue;
      }
      if (!ready.readable) continue;
      const ssize_t count = input_.read(buffer);
      if (count > 0) {
        OBS_TRY_VOID(take_bytes({buffer.data(), static_cast<std::size_t>(count)}, delivery));
      } else if (count == 0) {
        if (!follow_) break;
        OBS_TRY_VOID(wait_for_more(delivery));
      } else if (errno != EINTR && errno != EAGAIN) {
        return fail_errno(errno, fmt::format("read {}", name()));
      }
    }
    // Half a line is a record only if the input really ended there.
    if (!stop.stop_requested()) {
      if (auto rest = splitter_.last()) batcher_.add_line(*rest, now());
    }
    return pass_on(delivery);
  }

  Result<void> take_bytes(std::string_view bytes, Delivery& delivery) {
    splitter_.feed(bytes);
    const Timestamp received = now();
    while (auto line = splitter_.next()) {
      batcher_.add_line(*line, received);
      if (batcher_.is_full()) OBS_TRY_VOID(pass_on(delivery));
    }
    batcher_.add_overlong(splitter_.take_overlong());
    return {};
  }

  Result<void> wait_for_more(Delivery& delivery) {
    OBS_TRY_VOID(pass_on(delivery));
    if (input_.follow()) {
      // The old file ended in the middle of a line: that is all there will be of it.
      if (auto rest = splitter_.last()) batcher_.add_line(*rest, now());
    } else {
      (void)net::wait_ready(-1, false, false, &wake_, kFollowPoll);
    }
    return {};
  }

  Result<void> pass_on(Delivery& delivery) {
    for (model::Batch& batch : batcher_.take()) {
      OBS_TRY_VOID(delivery.send(std::make_shared<const model::Batch>(std::move(batch))));
    }
    return {};
  }

  static Timestamp now() { return system_clock().now(); }
  std::string name() const { return input_.path().empty() ? "stdin" : input_.path(); }

  Input input_;
  const bool follow_;
  pipeline::Ledger ledger_;
  LineBatcher batcher_;
  LineSplitter splitter_;
  net::Wake wake_;
};

}  // namespace

Result<std::unique_ptr<pipeline::Source>> open_line_source(const Address& address,
                                                           OpenContext context) {
  if (address.scheme == "-")
    return std::make_unique<LineSource>("", STDIN_FILENO, std::move(context));
  const int fd = ::open(address.path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return fail_errno(errno, fmt::format("open {}", address.path));
  struct stat info {};
  if (::fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
    ::close(fd);
    return fail(Errc::kInvalidArgument,
                fmt::format("{0} is a directory: if it is a store, write dir:{0}", address.path));
  }
  return std::make_unique<LineSource>(address.path, fd, std::move(context));
}

}  // namespace obs::places
