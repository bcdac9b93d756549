// What the WAL holds of some segments, in memory: the unit of a flush. Internal to libobs/store.

#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/model/batch.h"
#include "libobs/store/row_set.h"

namespace obs::store {

struct MemSegment {
  std::uint64_t number = 0;  // Of the last WAL segment whose batches these are.
  std::vector<SequencedBatch> batches;
  std::array<std::uint64_t, model::kSignalCount> rows{};
  std::uint64_t wal_bytes = 0;
  std::size_t memory = 0;  // As model::memory_bytes() counts.
  bool full = false;       // Ended for its size, and not for its age or because it was asked for.
  Duration oldest = 0;     // Clock::monotonic() when the first batch came in.
  std::uint64_t next_seq = 0;  // After the last record.

  void add(SequencedBatch batch, std::uint64_t frame_bytes, std::size_t batch_bytes);
};

using MemSegmentPtr = std::shared_ptr<const MemSegment>;

}  // namespace obs::store
