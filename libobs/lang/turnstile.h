// Lets numbered pieces of work pass one by one, in their order.

#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace obs::lang {

// Any thread. Who has entered is alone until it leaves.
class Turnstile {
 public:
  // Waits until all before `number` have left; false when it is not let through any more.
  bool enter(std::uint64_t number) {
    std::unique_lock lock(mutex_);
    turn_.wait(lock, [&] { return next_ == number || number >= closed_from_; });
    return number < closed_from_;
  }
  void leave() {
    const std::lock_guard lock(mutex_);
    ++next_;
    turn_.notify_all();
  }
  // Lets nobody with this number or a later one through any more.
  void close_from(std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    closed_from_ = std::min(closed_from_, number);
    turn_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable turn_;
  // Guarded by mutex_.
  std::uint64_t next_ = 0;
  std::uint64_t closed_from_ = UINT64_MAX;
};

}  // namespace obs::lang
