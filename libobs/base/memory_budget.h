// A bound on memory that many parts share, such as all that requests may hold in a process.

#pragma once

#include <atomic>
#include <cstddef>

namespace obs {

// Any thread. Counts what its users say they hold; it is they who ask before they take more.
//
// It has three levels, so that there is always somebody who gets to an end. Up to limit() anything
// new may begin. Work on what has begun may go half beyond (MemoryClaim), and one piece of work at
// a time, the large one, up to ceiling(): whoever else needs more then gives up, and it does not.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::size_t limit) : limit_(limit) {}

  void add(std::size_t bytes) { used_.fetch_add(bytes, std::memory_order_relaxed); }
  void release(std::size_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }
  // Adds only what leaves the sum within `most`.
  bool try_add(std::size_t bytes, std::size_t most) {
    std::size_t held = used();
    do {
      if (held > most || bytes > most - held) return false;
    } while (!used_.compare_exchange_weak(held, held + bytes, std::memory_order_relaxed));
    return true;
  }

  std::size_t used() const { return used_.load(std::memory_order_relaxed); }
  std::size_t limit() const { return limit_; }
  std::size_t work_limit() const { return limit_ + limit_ / 2; }
  std::size_t ceiling() const { return 3 * limit_; }
  bool is_over() const { return used() > limit_; }
  bool has_room_for(std::size_t bytes) const {
    const std::size_t held = used();
    return held <= limit_ && bytes <= limit_ - held;
  }

  // Whether `work` is the large one, or has become it.
  bool become_large(const void* work) {
    const void* nobody = nullptr;
    return large_.compare_exchange_strong(nobody, work) || nobody == work;
  }
  void end_large(const void* work) { large_.compare_exchange_strong(work, nullptr); }

 private:
  const std::size_t limit_;
  std::atomic<std::size_t> used_{0};
  std::atomic<const void*> large_{nullptr};
};

}  // namespace obs
