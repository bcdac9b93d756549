#include "libobs/model/batch_memory.h"

#include <array>

namespace obs::model {
namespace {

// A row has about this much in its columns, beside what the arena holds: of logs, spans, points.
constexpr std::array<std::size_t, kSignalCount> kColumnBytesARow{125, 175, 85};

}  // namespace

std::size_t memory_bytes(const Batch& batch) {
  return sizeof(Batch) + batch.arena->bytes() +
         batch.size() * kColumnBytesARow[static_cast<std::size_t>(batch.signal)];
}

}  // namespace obs::model
