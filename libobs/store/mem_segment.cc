#include "libobs/store/mem_segment.h"

#include <utility>

namespace obs::store {
namespace {

// A row has about this much in its columns, beside what the arena holds: of logs, spans, points.
constexpr std::array<std::size_t, model::kSignalCount> kColumnBytesARow{125, 175, 85};

}  // namespace

void MemSegment::add(SequencedBatch batch, std::uint64_t frame_bytes, std::size_t batch_bytes) {
  rows[static_cast<std::size_t>(batch.batch->signal)] += batch.batch->size();
  wal_bytes += frame_bytes;
  memory += batch_bytes;
  next_seq = batch.first_seq + batch.batch->size();
  batches.push_back(std::move(batch));
}

std::size_t batch_memory(const model::Batch& batch) {
  return sizeof(model::Batch) + batch.arena->bytes() +
         batch.size() * kColumnBytesARow[static_cast<std::size_t>(batch.signal)];
}

}  // namespace obs::store
