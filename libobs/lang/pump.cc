#include "libobs/lang/pump.h"

#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "libobs/lang/field_scan.h"

namespace obs::lang {
namespace {

constexpr std::size_t kUsualBuffer = 4 * kMiB;

class Pump {
 public:
  Pump(const Plan& plan, ChunkSource& source, const PumpOptions& options)
      : source_(source), options_(options), finish_(plan) {
    for (unsigned i = 0; i < std::max(1U, options.threads); ++i) lanes_.emplace_back(plan);
  }

  Result<Counters> run() {
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < lanes_.size(); ++i) {
      threads.emplace_back([this, i] { work(lanes_[i]); });
    }
    work(lanes_[0]);
    for (std::thread& thread : threads) thread.join();
    if (error_) return fail(*std::move(error_));
    for (Lane& lane : lanes_) {
      if (auto merged = finish_.merge(lane); !merged) return fail(merged.error().error);
    }
    std::string out;
    if (auto finished = finish_.finish(out); !finished) return fail(finished.error().error);
    OBS_TRY_VOID(options_.write(out));
    return finish_.counters();
  }

 private:
  void work(Lane& lane) {
    Chunk chunk;
    std::string out;
    std::string final;
    for (;;) {
      auto more = source_.next(chunk);
      if (!more) stop(more.error());
      if (!more || !*more) return;
      auto ran = lane.run(chunk.lines, chunk.number, out);
      if (!take_turn(chunk, lane, ran, out, final)) return;
      chunk.buffer.trim();
      if (out.capacity() > kUsualBuffer) std::string().swap(out);
      if (final.capacity() > kUsualBuffer) std::string().swap(final);
    }
  }

  bool take_turn(const Chunk& chunk, Lane& lane, Result<void, RunError>& ran, std::string& out,
                 std::string& final) {
    std::unique_lock lock(mutex_);
    turn_.wait(lock, [&] { return next_ == chunk.number || stopped_; });
    if (stopped_) return false;
    if (chunk.begins_file) lines_before_ = 0;
    auto pushed = finish_.push(out, final);
    auto written = final.empty() ? Result<void>() : options_.write(final);
    final.clear();
    if (!ran) {
      fail_locked(locate(ran.error(), chunk));
    } else if (!pushed) {
      fail_locked(pushed.error().error);
    } else if (!written) {
      fail_locked(written.error());
    } else if (finish_.done()) {
      stop_locked();
    }
    lines_before_ += lane.lines_run();
    ++next_;
    turn_.notify_all();
    return !stopped_;
  }

  Error locate(const RunError& error, const Chunk& chunk) const {
    if (error.line == RunError::kNoLine) return error.error;
    return Error(error.error)
        .during(fmt::format("{}:{}", chunk.name, lines_before_ + error.line + 1));
  }

  void stop(Error error) {
    const std::lock_guard lock(mutex_);
    fail_locked(std::move(error));
    turn_.notify_all();
  }
  void fail_locked(Error error) {
    if (!error_) error_ = std::move(error);
    stop_locked();
  }
  void stop_locked() {
    stopped_ = true;
    source_.stop();
  }

  ChunkSource& source_;
  const PumpOptions& options_;
  std::vector<Lane> lanes_;
  std::mutex mutex_;
  std::condition_variable turn_;
  // Guarded by mutex_.
  Finish finish_;
  std::uint64_t next_ = 0;
  std::size_t lines_before_ = 0;
  bool stopped_ = false;
  std::optional<Error> error_;
};

}  // namespace

ChunkBuffer::~ChunkBuffer() { std::free(data_); }

char* ChunkBuffer::reserve(std::size_t size, std::size_t used) {
  if (size + kScanPadding <= capacity_) return data_;
  // Large blocks are moved by the kernel, not copied.
  const std::size_t capacity = size + kScanPadding;
  void* const moved = used == 0 ? std::malloc(capacity) : std::realloc(data_, capacity);
  if (moved == nullptr) throw std::bad_alloc();
  if (used == 0) std::free(data_);
  data_ = static_cast<char*>(moved);
  capacity_ = capacity;
  return data_;
}

void ChunkBuffer::trim() {
  if (capacity_ <= kUsualBuffer) return;
  std::free(data_);
  data_ = nullptr;
  capacity_ = 0;
}

Result<Counters> pump(const Plan& plan, ChunkSource& source, const PumpOptions& options) {
  return Pump(plan, source, options).run();
}

}  // namespace obs::lang
