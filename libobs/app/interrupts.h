// Ctrl-C: SIGINT and SIGTERM stop what runs, and let the program clean up after itself. For
// programs without a loop (net/loop.h has its own way).

#pragma once

#include <atomic>
#include <functional>
#include <limits>
#include <mutex>
#include <thread>

#include <signal.h>

#include "libobs/base/clock.h"

namespace obs::app {

// Made before any other thread, so that all inherit its mask and only its own sees the signals. A
// second signal, or one that has not helped in time (a write that nobody reads), ends the process
// there and then.
class Interrupts {
 public:
  static constexpr Duration kForever = std::numeric_limits<Duration>::max();

  // `patience`: how long the first signal may take to help.
  explicit Interrupts(Duration patience = 2 * kSecond);
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  // Called from another thread after the first signal, again and again, since it may come between
  // two things worth stopping; it has to be quick. An empty one unsets it, and has been waited for.
  void on_interrupt(std::function<void()> handler);

  bool requested() const { return signal_ != 0; }
  int signal() const { return signal_; }  // 0 while there was none.
  // 130 for SIGINT, as a shell has it.
  int exit_code() const { return 128 + signal_; }

 private:
  void watch(const std::stop_token& quit);
  int wait_for_signal() const;

  const Duration patience_;
  sigset_t signals_{};
  std::atomic<int> signal_ = 0;
  std::mutex mutex_;
  std::function<void()> handler_;  // Guarded by mutex_.
  std::jthread thread_;
};

}  // namespace obs::app
