#include "libobs/store/flusher.h"

#include <malloc.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <utility>

namespace obs::store {
namespace {

// A flush that failed for want of room is tried again without haste: what it holds is safe.
constexpr std::chrono::milliseconds kRetryInterval{1000};

// Segments that piled up while a flush failed go together, up to so many batches' memory.
constexpr std::size_t kFlushMemory = std::size_t{128} << 20;
// Freed memory is given back once nothing was flushed for so long…
constexpr std::chrono::seconds kPause{15};
// …or every so often by a writer that flushes, but less than this at a time: one that has little to
// do. To fault it in again costs as much as half of a flush.
constexpr std::chrono::minutes kTrimInterval{1};
constexpr std::size_t kTrimBelow = std::size_t{32} << 20;

// Of this process; 0 where nobody says.
std::size_t anonymous_memory() {
  std::ifstream counts("/proc/self/statm");
  std::size_t pages = 0;
  std::size_t resident = 0;
  std::size_t of_files = 0;
  if (!(counts >> pages >> resident >> of_files)) return 0;
  return (resident - of_files) * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

template <class Iterator>
std::size_t memory_of(Iterator begin, Iterator end) {
  std::size_t memory = 0;
  for (; begin != end; ++begin) memory += (*begin)->memory;
  return memory;
}

}  // namespace

Flusher::Flusher(Flush flush, std::atomic<bool>& flushing, std::size_t most_memory, Flushed flushed)
    : flush_(std::move(flush)),
      flushing_(flushing),
      most_memory_(most_memory),
      flushed_(std::move(flushed)),
      thread_([this] { run(); }) {}

Flusher::~Flusher() { (void)stop(); }

void Flusher::add(MemSegmentPtr segment) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(segment));
  }
  wake_.notify_one();
}

Result<void> Flusher::drain() {
  std::unique_lock lock(mutex_);
  const std::uint64_t mine = attempts_begun_ + 1;
  attempts_wanted_ = mine;
  wake_.notify_one();
  attempted_.wait(lock, [&] { return waiting_.empty() || failed_attempt_ >= mine; });
  if (waiting_.empty()) return {};
  return fail(failure_);
}

Result<void> Flusher::stop() {
  Result<void> drained;
  if (thread_.joinable()) drained = drain();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
  return drained;
}

std::string Flusher::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_.message;
}

std::vector<MemSegmentPtr> Flusher::next_segments() const {
  std::vector<MemSegmentPtr> segments;
  std::size_t memory = 0;
  for (const MemSegmentPtr& segment : waiting_) {
    memory += segment->memory;
    if (!segments.empty() && memory > kFlushMemory) break;
    segments.push_back(segment);
  }
  return segments;
}

// The batches were allocated by other threads, whose arenas would keep what is now free.
void Flusher::trim() {
  ::malloc_trim(0);
  trimmed_ = std::chrono::steady_clock::now();
  may_trim_ = false;
}

// Batches of other sizes than those before them do not fit into what those left, so that a flood of
// large records came to need half as much again as it held.
bool Flusher::should_trim(std::size_t flushed) const {
  if (anonymous_memory() > most_memory_) return true;
  const auto since = std::chrono::steady_clock::now() - trimmed_;
  return flushed < kTrimBelow && since >= kTrimInterval;
}

void Flusher::wait_for_work(std::unique_lock<std::mutex>& lock) {
  const auto has_work = [this] { return stopping_ || !waiting_.empty(); };
  if (may_trim_ && !wake_.wait_for(lock, kPause, has_work)) {
    lock.unlock();
    trim();
    lock.lock();
  }
  wake_.wait(lock, has_work);
}

void Flusher::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wait_for_work(lock);
    const auto hurried = [this] { return stopping_ || attempts_wanted_ > attempts_begun_; };
    if (!failure_.message.empty()) wake_.wait_for(lock, kRetryInterval, hurried);
    if (stopping_) return;

    const std::uint64_t attempt = ++attempts_begun_;
    std::vector<MemSegmentPtr> segments = next_segments();
    lock.unlock();
    flushing_ = true;
    auto done = flush_.run(segments);
    flushing_ = false;
    lock.lock();
    failure_ = done ? Error{} : done.error();
    if (done) {
      const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(*done);
      const std::size_t memory = memory_of(waiting_.begin(), end);
      waiting_.erase(waiting_.begin(), end);
      lock.unlock();
      segments.clear();  // Before the room they took is offered again.
      may_trim_ = true;
      if (should_trim(memory)) trim();
      flushed_(memory);
      lock.lock();
    } else {
      failed_attempt_ = attempt;
    }
    attempted_.notify_all();
  }
}

}  // namespace obs::store
