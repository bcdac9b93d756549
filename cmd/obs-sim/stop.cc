#include "cmd/obs-sim/stop.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#include <pthread.h>
#include <time.h>

namespace obs::sim {

SignalWatch::SignalWatch(std::stop_source stop) {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  thread_ = std::jthread(
      [this, stop = std::move(stop)](const std::stop_token& quit) mutable { watch(stop, quit); });
}

void SignalWatch::watch(std::stop_source& stop, const std::stop_token& quit) {
  constexpr timespec kNap{0, 50 * kMillisecond};  // How late the end of the program may notice.
  while (!quit.stop_requested()) {
    const int signal = sigtimedwait(&signals_, nullptr, &kNap);
    if (signal <= 0) continue;
    signal_ = signal;
    stop.request_stop();
  }
}

Deadline::Deadline(std::stop_token stop, Duration grace, std::function<void()> overdue)
    : thread_([stop = std::move(stop), grace,
               overdue = std::move(overdue)](const std::stop_token& quit) {
        std::mutex mutex;
        std::condition_variable_any changed;
        const std::stop_callback wake(stop, [&] {
          const std::lock_guard lock(mutex);
          changed.notify_all();
        });
        std::unique_lock lock(mutex);
        if (!changed.wait(lock, quit, [&] { return stop.stop_requested(); })) return;
        changed.wait_for(lock, quit, std::chrono::nanoseconds(grace), [] { return false; });
        if (!quit.stop_requested()) overdue();
      }) {}

}  // namespace obs::sim
