// Ending when told to: signals as a stop, and what happens when that takes too long.

#pragma once

#include <atomic>
#include <csignal>
#include <functional>
#include <stop_token>
#include <thread>

#include "libobs/base/clock.h"

namespace obs::sim {

// Turns SIGINT and SIGTERM into a stop, as long as it lives. Made before any other thread, so that
// all inherit the mask and none is interrupted.
class SignalWatch {
 public:
  explicit SignalWatch(std::stop_source stop);

  bool interrupted() const { return signal_ == SIGINT; }

 private:
  void watch(std::stop_source& stop, const std::stop_token& quit);

  sigset_t signals_{};
  std::atomic<int> signal_{0};
  std::jthread thread_;
};

// Calls `overdue`, on a thread of its own, when it still lives `grace` after the stop. A sink whose
// peer is away holds what it was given until it is closed, and whoever waits for its answers cannot
// close it.
class Deadline {
 public:
  Deadline(std::stop_token stop, Duration grace, std::function<void()> overdue);

 private:
  std::jthread thread_;
};

}  // namespace obs::sim
