// The merger: a thread of low priority that makes small parts into large ones. Internal to
// libobs/store.

#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/fs.h"
#include "libobs/base/metrics.h"
#include "libobs/base/result.h"
#include "libobs/store/engine.h"
#include "libobs/store/merge_plan.h"
#include "libobs/store/part_table.h"
#include "libobs/store/part_writer.h"

namespace obs::store {

class Merger {
 public:
  // While `flushing` a merge hardly goes on.
  Merger(Fs& fs, const Clock& clock, std::string dir, Engine& engine, PartTable& table,
         MergeOptions options, const std::atomic<bool>& flushing, Registry& registry);
  ~Merger();

  // The parts have changed: there may be something to merge. Any thread.
  void notify();

  // Gives up what it is at, which costs nothing but the time it took, and stops the thread.
  void stop();

  // What the last merge failed of; empty when it did not. Parts that cannot be read are left as
  // they are from then on. Any thread.
  std::string failure() const;

 private:
  enum class Outcome : std::uint8_t {
    kNothing,  // There is nothing to merge.
    kMerged,
    kBusy,  // Something else rewrites parts now.
  };
  void run();
  Result<Outcome> merge_once();
  Result<void> connect();
  Result<Part> write(const std::vector<Part>& parts);
  Result<void> pace();
  void note_failure(const Error& error, const std::vector<Part>& parts);
  bool can_read(const Part& part);

  Fs& fs_;
  const Clock& clock_;
  const std::string dir_;
  Engine& engine_;
  PartTable& table_;
  const MergeOptions options_;
  const std::atomic<bool>& flushing_;
  Counter& merges_;
  Counter& rows_;
  PartWriter writer_;
  std::unique_ptr<DuckdbConnection> reader_;

  mutable std::mutex mutex_;  // Guards all below.
  std::condition_variable wake_;
  std::unique_ptr<DuckdbConnection> copier_;  // Set once; interrupted by stop().
  std::set<std::int64_t> skip_;
  std::string failure_;
  bool notified_ = true;  // What an earlier process left is looked at first.
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace obs::store
