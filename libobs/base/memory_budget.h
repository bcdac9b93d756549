// A bound on memory that many parts share, such as all that requests may hold in a process.

#pragma once

#include <atomic>
#include <cstddef>

namespace obs {

// Any thread. Counts what its users say they hold; it is they who ask before they take more.
//
// Up to limit() anything new may begin, and small work on what has begun may go half beyond. Work
// that has become larger (MemoryClaim) may go on while half of the limit is free; then one at a
// time, the large one, goes on beside the limit, up to large_limit() of its own, and the others
// give up. So there is always room for what is small, and somebody large who comes to an end.
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
  std::size_t large_used() const { return large_used_.load(std::memory_order_relaxed); }
  std::size_t limit() const { return limit_; }
  std::size_t large_limit() const { return 3 * limit_; }
  // What small work may use, work that is not, and how small is small.
  std::size_t work_limit() const { return limit_ + limit_ / 2; }
  std::size_t larger_limit() const { return limit_ / 2; }
  std::size_t small_work() const { return limit_ / 8; }
  bool is_over() const { return used() > limit_; }
  bool has_room_for(std::size_t bytes) const {
    const std::size_t held = used();
    return held <= limit_ && bytes <= limit_ - held;
  }

  // False: there is a large one already. Only the large one calls the other two.
  bool become_large(const void* work) {
    const void* nobody = nullptr;
    return large_.compare_exchange_strong(nobody, work);
  }
  void set_large(std::size_t bytes) { large_used_.store(bytes, std::memory_order_relaxed); }
  void end_large() {
    set_large(0);
    large_.store(nullptr);
  }

 private:
  const std::size_t limit_;
  std::atomic<std::size_t> used_{0};
  std::atomic<std::size_t> large_used_{0};
  std::atomic<const void*> large_{nullptr};
};

}  // namespace obs
