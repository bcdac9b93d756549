// Ctrl-C: SIGINT and SIGTERM stop the query that runs, and let the program clean up after itself.

#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <thread>

#include <signal.h>

namespace obs::ask {

// Made before any other thread, so that all inherit its mask and only its own sees the signals. A
// second signal, or one that has not helped within two seconds (a write that nobody reads), ends
// the process there and then.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  // Called from another thread with each signal; it has to be quick. An empty one unsets it, and
  // has been waited for.
  void on_interrupt(std::function<void()> handler);

  bool requested() const { return signal_ != 0; }
  // 130 for SIGINT, as a shell has it.
  int exit_code() const { return 128 + signal_; }

 private:
  void watch(const std::stop_token& quit);
  int wait_for_signal() const;

  sigset_t signals_{};
  std::atomic<int> signal_ = 0;
  std::mutex mutex_;
  std::function<void()> handler_;  // Guarded by mutex_.
  std::jthread thread_;
};

}  // namespace obs::ask
