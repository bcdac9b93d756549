#include "libobs/places/ndjson_sink.h"

#include <cerrno>
#include <mutex>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "libobs/base/bytes.h"
#include "libobs/codec/ndjson.h"
#include "libobs/pipeline/ledger.h"
#include "libobs/places/batch_queue.h"
#include "libobs/places/output.h"

namespace obs::places {
namespace {

// A reader that pauses for a moment is not slow yet.
constexpr std::size_t kQueueBytes = 64 * kMiB;

class NdjsonSink final : public pipeline::Sink {
 public:
  NdjsonSink(std::string name, int fd, bool is_file, bool sync, Registry& registry)
      : name_(std::move(name)),
        fd_(fd),
        is_file_(is_file),
        sync_(sync),
        ledger_(registry, is_file ? "file_sink" : "stdout_sink"),
        queue_(name_, kQueueBytes, ledger_),
        worker_([this] { run(); }) {}

  ~NdjsonSink() override { (void)close(); }

  void write(model::BatchPtr batch, pipeline::Ack ack) override {
    queue_.push(std::move(batch), std::move(ack));
  }

  Result<void> close() override {
    queue_.close();
    if (worker_.joinable()) worker_.join();
    const int fd = std::exchange(fd_, -1);
    if (!is_file_ || fd < 0) return {};
    const bool synced = ::fdatasync(fd) == 0 || errno == EINVAL;  // EINVAL: a pipe, or /dev/null.
    const int problem = errno;
    ::close(fd);
    return synced ? Result<void>() : fail_errno(problem, fmt::format("sync {}", name_));
  }

  std::vector<pipeline::Health> health() const override {
    std::lock_guard lock(mutex_);
    return {{name_, problem_.empty(), problem_}};
  }

 private:
  void run() {
    std::string text;
    while (!queue_.is_drained()) {
      auto item = queue_.take(kSecond);
      if (!item) continue;
      text.clear();
      codec::append_ndjson(text, *item->batch);
      auto written = append(text);
      // Of a full disk behind stdout nobody would hear while we try again.
      if (!written && !is_file_) written.error().code = Errc::kIo;
      note(written);
      queue_.settle(*std::move(item), std::move(written));
    }
  }

  Result<void> append(std::string_view text) {
    struct stat before {};
    const bool regular = is_file_ && ::fstat(fd_, &before) == 0 && S_ISREG(before.st_mode);
    auto written = write_all(fd_, text, name_);
    if (!written && regular) cut_to(before.st_size, text.size());
    if (!written || !sync_) return written;
    return ::fdatasync(fd_) == 0 ? Result<void>()
                                 : fail_errno(errno, fmt::format("sync {}", name_));
  }

  // Takes the half that was written away again, unless another program has appended meanwhile: half
  // a line is better than its whole ones gone.
  void cut_to(off_t size, std::size_t attempted) const {
    struct stat now {};
    if (::fstat(fd_, &now) != 0 || now.st_size <= size) return;
    if (now.st_size - size < static_cast<off_t>(attempted)) (void)!::ftruncate(fd_, size);
  }

  void note(const Result<void>& written) {
    std::lock_guard lock(mutex_);
    problem_ = written ? std::string() : written.error().message;
  }

  const std::string name_;
  int fd_;
  const bool is_file_;
  const bool sync_;
  pipeline::Ledger ledger_;
  BatchQueue queue_;
  mutable std::mutex mutex_;
  std::string problem_;
  std::thread worker_;
};

}  // namespace

Result<std::unique_ptr<pipeline::Sink>> open_ndjson_sink(const Address& address,
                                                         const OpenContext& context) {
  if (address.scheme == "-") {
    return std::make_unique<NdjsonSink>("stdout", STDOUT_FILENO, false, false, context.registry);
  }
  const int fd = ::open(address.path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return fail_errno(errno, fmt::format("open {} for appending", address.path));
  const bool sync = address.option("sync") == "1";
  return std::make_unique<NdjsonSink>(address.path, fd, true, sync, context.registry);
}

}  // namespace obs::places
