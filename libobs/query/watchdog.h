// A time limit on a query: DuckDB is interrupted from a thread of its own, since the one that runs
// the query is inside it.

#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "libobs/base/clock.h"
#include "libobs/store/duckdb.h"

namespace obs::query {

class Watchdog {
 public:
  // Counts from now. `connection` outlives this object.
  Watchdog(store::Connection& connection, Duration limit);
  // Ends the watch.
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // True once time was up and the query was interrupted.
  bool has_bitten() const { return bitten_; }

 private:
  void watch(Duration limit);

  store::Connection& connection_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool end_ = false;  // Guarded by mutex_.
  std::atomic<bool> bitten_ = false;
  std::thread thread_;
};

}  // namespace obs::query
