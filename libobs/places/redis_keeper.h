// The second thread of a Redis source: says to Redis that the consumer lives and what it is done
// with, divides the slots, claims what dead consumers held, and trims.

#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "libobs/base/metrics.h"
#include "libobs/net/wake.h"
#include "libobs/pipeline/ledger.h"
#include "libobs/places/redis_group.h"
#include "libobs/places/redis_pending.h"

namespace obs::places {

// Blocking commands have the source's own connection; this one's are short. All members are for any
// thread.
class RedisKeeper {
 public:
  using Warn = std::function<void(std::string_view)>;

  // What is passed outlives the keeper.
  RedisKeeper(const RedisSettings& settings, const RedisGroup& group, pipeline::Ledger& ledger,
              Registry& registry, Warn warn);
  // stop() must have been called if start() was.
  ~RedisKeeper();

  void start();
  // Says what is left to say, leaves the group and ends the thread; takes a call's timeout at most.
  void stop();

  // The slots to read now; empty until Redis has heard of us.
  std::vector<int> slots() const;

  // Entries claimed from dead consumers since the last call, held in pending().
  std::vector<SlotEntry> take_claimed();

  // Calls `recover` while no claim is on its way to us. What Redis has given us and we do not hold
  // was lost with a connection.
  template <class Recover>
  auto without_claims(Recover recover) {
    std::lock_guard lock(claiming_);
    return recover();
  }

  // True once after each time a connection of the keeper was lost, claims possibly with it.
  bool take_lost() { return lost_.exchange(false); }

  PendingEntries& pending() { return pending_; }

 private:
  void run();
  void rest();
  Result<void> connect();
  Result<void> work();
  Result<void> say();
  Result<void> beat();
  Result<void> claim(const std::vector<std::string>& living);
  Result<void> trim(const std::vector<std::string>& living);

  const RedisSettings& settings_;
  const RedisGroup& group_;
  pipeline::Ledger& ledger_;
  const Warn warn_;
  Counter& claimed_count_;
  Counter& lost_count_;
  Counter& buried_count_;
  Counter& trimmed_count_;
  net::Wake wake_;
  PendingEntries pending_;

  // The thread's own.
  std::unique_ptr<RedisConnection> connection_;
  Duration next_beat_ = 0;
  Duration next_sweep_ = 0;
  std::set<int> trimmable_;  // Slots in which something was acknowledged since the last trim.

  std::mutex claiming_;
  std::atomic<bool> lost_{false};
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  std::vector<int> slots_;
  std::vector<SlotEntry> claimed_;
  std::thread thread_;
};

}  // namespace obs::places
