#include "libobs/store/mem_segment.h"

#include <utility>

namespace obs::store {
void MemSegment::add(SequencedBatch batch, std::uint64_t frame_bytes, std::size_t batch_bytes) {
  rows[static_cast<std::size_t>(batch.batch->signal)] += batch.batch->size();
  wal_bytes += frame_bytes;
  memory += batch_bytes;
  next_seq = batch.first_seq + batch.batch->size();
  batches.push_back(std::move(batch));
}

}  // namespace obs::store
