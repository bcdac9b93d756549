// A bound on memory that many parts share, such as all that requests may hold in a process.

#pragma once

#include <atomic>
#include <cstddef>

namespace obs {

// Any thread. Counts what its users say they hold; it is they who ask before they take more.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::size_t limit) : limit_(limit) {}

  void add(std::size_t bytes) { used_.fetch_add(bytes, std::memory_order_relaxed); }
  void release(std::size_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }

  std::size_t used() const { return used_.load(std::memory_order_relaxed); }
  std::size_t limit() const { return limit_; }
  bool is_over() const { return used() > limit_; }
  bool has_room_for(std::size_t bytes) const {
    const std::size_t held = used();
    return held <= limit_ && bytes <= limit_ - held;
  }

 private:
  const std::size_t limit_;
  std::atomic<std::size_t> used_{0};
};

// What one holder has of a budget; gives it back at its end.
class MemoryShare {
 public:
  explicit MemoryShare(MemoryBudget& budget) : budget_(budget) {}
  ~MemoryShare() { budget_.release(held_); }
  MemoryShare(const MemoryShare&) = delete;
  MemoryShare& operator=(const MemoryShare&) = delete;

  // False, and nothing taken, when there is no room.
  bool take(std::size_t bytes) {
    if (!budget_.has_room_for(bytes)) return false;
    budget_.add(bytes);
    held_ += bytes;
    return true;
  }
  std::size_t held() const { return held_; }

 private:
  MemoryBudget& budget_;
  std::size_t held_ = 0;
};

}  // namespace obs
