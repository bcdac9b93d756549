#include "libobs/query/watchdog.h"

#include <chrono>

namespace obs::query {

Watchdog::Watchdog(store::Connection& connection, Duration limit)
    : connection_(connection), thread_([this, limit] { watch(limit); }) {}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    end_ = true;
  }
  ended_.notify_one();
  thread_.join();
}

// An interrupt that comes between two of DuckDB's steps may be lost, so it is repeated until the
// query has noticed.
void Watchdog::watch(Duration limit) {
  constexpr Duration kRepeat = 100 * kMillisecond;
  std::unique_lock lock(mutex_);
  for (Duration wait = limit; !end_; wait = kRepeat) {
    if (ended_.wait_for(lock, std::chrono::nanoseconds(wait), [this] { return end_; })) return;
    bitten_ = true;
    connection_.interrupt();
  }
}

}  // namespace obs::query
