// Group commit: batches that wait go into the WAL together and become durable by one sync.
// Internal to libobs/store.

#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>

#include "libobs/base/clock.h"
#include "libobs/pipeline/sink.h"
#include "libobs/store/mem_segment.h"
#include "libobs/store/recent_ids.h"
#include "libobs/store/wal_log.h"

namespace obs::store {

// A batch on its way into the WAL, and what became of it.
struct PendingWrite {
  enum class Fate { kFailed, kStored, kDuplicate };

  model::BatchPtr batch;
  pipeline::Ack ack;
  std::size_t memory = 0;  // As model::memory_bytes() counts.
  Fate fate = Fate::kFailed;
  Error error;  // When it failed.
};

// Gives batches their sequence numbers, writes them, and keeps them for the flush of their segment.
// One thread at a time.
class GroupCommit {
 public:
  GroupCommit(const Clock& clock, WalLog log, RecentIds recent, std::uint64_t next_seq)
      : clock_(clock), log_(std::move(log)), recent_(std::move(recent)), next_seq_(next_seq) {}

  // Writes and syncs those of the group that were not stored before, and settles the fate of each.
  // Fails when the WAL cannot be written; then none was stored, and each that should have been
  // fails with the same reason. An empty group tries whether it can be.
  Result<void> commit(std::span<PendingWrite> group);

  // What was stored since the last take(); null when nothing was.
  const MemSegment* active() const { return active_.get(); }
  // Ends the segment; `full` is for who flushes it to know.
  MemSegmentPtr take(bool full = false);

  std::uint64_t bytes_written() const { return bytes_written_; }

 private:
  struct Framed {
    PendingWrite* write;
    SequencedBatch stored;
    std::uint64_t bytes;
  };
  bool is_duplicate(const PendingWrite& write);
  Result<Framed> frame(PendingWrite& write);
  void keep(Framed framed);

  const Clock& clock_;
  WalLog log_;
  RecentIds recent_;
  std::uint64_t next_seq_;
  std::uint64_t bytes_written_ = 0;
  std::shared_ptr<MemSegment> active_;
  std::string frames_;                  // Of the current group.
  std::set<model::BatchId> group_ids_;  // Likewise.
};

}  // namespace obs::store
