#include "libobs/lang/pump.h"

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <mutex>
#include <new>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "libobs/lang/field_scan.h"
#include "libobs/lang/turnstile.h"

namespace obs::lang {
namespace {

constexpr std::size_t kUsualBuffer = 4 * kMiB;

class Pump {
 public:
  Pump(const Plan& plan, ChunkSource& source, const PumpOptions& options)
      : source_(source), options_(options), finish_(plan, lanes_of(options)) {
    for (unsigned i = 0; i < lanes_of(options); ++i) workers_.emplace_back(plan, lanes_of(options));
  }

  Result<Counters> run() {
    run_lanes();
    if (error_) return fail(*std::move(error_));
    for (Worker& worker : workers_) {
      if (auto merged = finish_.merge(worker.lane); !merged) return fail(merged.error().error);
    }
    std::string out;
    const auto write = [this](std::string& lines) { return options_.write(lines); };
    if (auto done = finish_.finish(out, write); !done) return fail(done.error().error);
    OBS_TRY_VOID(options_.write(out));
    return finish_.counters();
  }

 private:
  struct Worker {
    Worker(const Plan& plan, unsigned lanes) : lane(plan, lanes) {}
    Lane lane;
    std::mutex mutex;  // Held while the lane runs.
  };
  static unsigned lanes_of(const PumpOptions& options) { return std::max(1U, options.threads); }

  void run_lanes() {
    std::jthread painter;
    if (options_.repaint) painter = std::jthread([this](std::stop_token quit) { paint(quit); });
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < workers_.size(); ++i) {
      threads.emplace_back([this, i] { work(workers_[i]); });
    }
    work(workers_[0]);
    for (std::thread& thread : threads) thread.join();
  }

  void paint(std::stop_token quit) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    std::string rows;
    for (;;) {
      never.wait_for(lock, quit, std::chrono::nanoseconds(options_.repaint_every),
                     [] { return false; });
      if (quit.stop_requested()) return;
      rows.clear();
      if (preview(rows)) options_.repaint(rows);
    }
  }

  // Lanes give what they have gathered between two chunks: they do so where they stand.
  bool preview(std::string& rows) {
    for (Worker& worker : workers_) {
      const std::lock_guard lane(worker.mutex);
      const std::lock_guard lock(finish_mutex_);
      (void)finish_.merge(worker.lane);  // An error stays, and shows at the end.
    }
    const std::lock_guard lock(finish_mutex_);
    return finish_.preview(rows);
  }

  // What a thread uses again from chunk to chunk.
  struct Buffers {
    Chunk chunk;
    std::string out;
    std::string final;
    std::string drawn;
  };

  void work(Worker& worker) {
    Buffers buffers;
    for (;;) {
      buffers.chunk.number = Chunk::kNoNumber;
      auto more = source_.next(buffers.chunk);
      if (!more) stop_at(buffers.chunk.number, std::move(more).error());
      if (!more || !*more) return;
      auto ran = run_lane(worker, buffers);
      if (!push(worker.lane, ran, buffers)) return;
      if (!write(buffers)) return;
      for (std::string* const text : {&buffers.out, &buffers.final, &buffers.drawn}) {
        text->clear();
        if (text->capacity() > kUsualBuffer) std::string().swap(*text);
      }
    }
  }

  static Result<void, RunError> run_lane(Worker& worker, Buffers& buffers) {
    const std::lock_guard lock(worker.mutex);
    Chunk& chunk = buffers.chunk;
    auto ran = chunk.copies.empty()
                   ? worker.lane.run(chunk.lines, chunk.number, buffers.out)
                   : worker.lane.run(chunk.lines, chunk.number, buffers.out, chunk.copies);
    if (ran && chunk.error) return fail(*std::exchange(chunk.error, {}));
    return ran;
  }

  // Through the stages that need order.
  bool push(const Lane& lane, Result<void, RunError>& ran, Buffers& buffers) {
    const Chunk& chunk = buffers.chunk;
    if (!order_.enter(chunk.number)) return false;
    const std::lock_guard lock(finish_mutex_);
    if (chunk.begins_file) lines_before_ = 0;
    lines_before_ = chunk.lines_before.value_or(lines_before_);
    auto pushed = finish_.push(buffers.out, buffers.final, chunk.copies);
    if (!ran) {
      stop_at(chunk.number + 1, locate(ran.error(), chunk));
    } else if (!pushed) {
      stop_at(chunk.number + 1, pushed.error().error);
    } else if (finish_.done()) {
      stop_at(chunk.number + 1, std::nullopt);
    }
    lines_before_ += lane.lines_run();
    order_.leave();
    return true;
  }

  bool write(Buffers& buffers) {
    buffers.chunk.buffer.trim();  // A long line is not needed any more.
    if (buffers.out.capacity() > kUsualBuffer) std::string().swap(buffers.out);
    const bool is_drawn =
        options_.draw && !buffers.final.empty() && options_.draw(buffers.final, buffers.drawn);
    if (!writing_.enter(buffers.chunk.number)) return false;
    auto written = is_drawn ? options_.write_drawn(buffers.drawn) : options_.write(buffers.final);
    if (!written) stop_at(buffers.chunk.number + 1, std::move(written).error());
    writing_.leave();
    return true;
  }

  Error locate(const RunError& error, const Chunk& chunk) const {
    if (error.line == RunError::kNoLine) return error.error;
    return Error(error.error)
        .during(fmt::format("{}:{}", chunk.name, lines_before_ + error.line + 1));
  }

  // Chunks before `number` are still dealt with, no others. The error of the earliest counts.
  void stop_at(std::uint64_t number, std::optional<Error> error) {
    {
      const std::lock_guard lock(mutex_);
      if (number < stopped_at_ || (!error_ && number == stopped_at_)) {
        error_ = std::move(error);
        stopped_at_ = number;
      }
    }
    order_.close_from(number);
    writing_.close_from(number);
    source_.stop();
  }

  ChunkSource& source_;
  const PumpOptions& options_;
  std::deque<Worker> workers_;
  Turnstile order_;
  Turnstile writing_;
  std::mutex finish_mutex_;
  // Guarded by finish_mutex_; what changes them has order_'s turn, or is the painter.
  Finish finish_;
  std::size_t lines_before_ = 0;
  std::mutex mutex_;
  // Guarded by mutex_.
  std::uint64_t stopped_at_ = UINT64_MAX;
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
