// The committer: a thread that takes what waits to be written, commits it as a group, acknowledges
// it, and hands a segment on when it is due for a flush. Internal to libobs/store.

#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/metrics.h"
#include "libobs/pipeline/ledger.h"
#include "libobs/pipeline/sink.h"
#include "libobs/store/group_commit.h"

namespace obs::store {

struct CommitterOptions {
  // What makes a segment due: so many rows of a signal, bytes of the WAL, age of its oldest batch,
  // or three fifths of `memory`.
  std::uint64_t flush_rows = 0;
  std::uint64_t flush_bytes = 0;
  Duration flush_age = 0;
  std::size_t memory = 0;  // Held in all, until it is flushed. Above: kUnavailable.
};

class Committer {
 public:
  // Takes what ended segments hold, in order, on the committer's thread.
  using TakeSegment = std::function<void(MemSegmentPtr)>;

  // `held` is memory that is in use already.
  Committer(const Clock& clock, GroupCommit commit, CommitterOptions options, std::size_t held,
            pipeline::Ledger& ledger, Registry& registry, TakeSegment take_segment);
  ~Committer();

  // Any thread. Acks at once with kUnavailable when memory is used up or the store is closing, else
  // from the committer's thread.
  void write(model::BatchPtr batch, pipeline::Ack ack);

  // Ends the segment now, with all that was acknowledged before, and returns when it was taken.
  void seal();

  // So much of what was taken has been flushed. Any thread.
  void release(std::size_t memory);

  // Acknowledges everything written, ends the segment, and stops the thread.
  void stop();

  // Why nothing can be written at the moment; empty when it can. Any thread.
  std::string failure() const;

 private:
  using Group = std::vector<PendingWrite>;

  void run();
  void wait_for_work(std::unique_lock<std::mutex>& lock);
  Group take_group();
  void commit(Group& group);
  void settle(Group& group);
  bool is_full() const;
  bool is_old() const;
  void end_segment();

  const Clock& clock_;
  GroupCommit commit_;
  const CommitterOptions options_;
  pipeline::Ledger& ledger_;
  Counter& syncs_;
  Counter& bytes_;
  const TakeSegment take_segment_;

  mutable std::mutex mutex_;  // Guards all below.
  std::condition_variable wake_;
  std::condition_variable sealed_;
  std::deque<PendingWrite> queue_;
  std::size_t memory_;
  std::uint64_t seals_wanted_ = 0;
  std::uint64_t seals_done_ = 0;
  bool stopping_ = false;
  bool finished_ = false;
  std::string failure_;

  std::thread thread_;
};

}  // namespace obs::store
