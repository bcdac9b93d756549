// The flusher: a thread that flushes ended segments, in order, and tries again when it fails.
// Internal to libobs/store.

#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "libobs/base/result.h"
#include "libobs/store/flush.h"
#include "libobs/store/mem_segment.h"

namespace obs::store {

class Flusher {
 public:
  // Called on the flusher's thread, when segments that held so much memory have been flushed.
  using Flushed = std::function<void(std::size_t memory)>;

  // `flushing` is true while something is being flushed. After a flush that leaves the process with
  // more memory than `most_memory`, what was freed goes back to the system.
  Flusher(Flush flush, std::atomic<bool>& flushing, std::size_t most_memory, Flushed flushed);
  ~Flusher();

  // Takes an ended segment. Any thread; in order.
  void add(MemSegmentPtr segment);

  // Waits until all that was added has been flushed. Fails as soon as an attempt fails that began
  // after this call; what waited still waits.
  Result<void> drain();

  // Drains as far as it goes, and stops the thread.
  Result<void> stop();

  // Why nothing can be flushed at the moment; empty when it can. Any thread.
  std::string failure() const;

 private:
  void run();
  void wait_for_work(std::unique_lock<std::mutex>& lock);
  void trim();
  bool should_trim(std::size_t flushed) const;
  std::vector<MemSegmentPtr> next_segments() const;

  Flush flush_;
  std::atomic<bool>& flushing_;
  const std::size_t most_memory_;
  const Flushed flushed_;
  bool may_trim_ = false;  // The flusher's thread alone, both: memory was freed since…
  std::chrono::steady_clock::time_point trimmed_ = std::chrono::steady_clock::now();
  mutable std::mutex mutex_;  // Guards all below.
  std::condition_variable wake_;
  std::condition_variable attempted_;
  std::deque<MemSegmentPtr> waiting_;
  std::uint64_t attempts_begun_ = 0;
  std::uint64_t attempts_wanted_ = 0;  // Someone waits for this one: no back-off before it.
  Error failure_;                      // Of the last attempt; no message: it succeeded.
  std::uint64_t failed_attempt_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace obs::store
