#include "libobs/store/fresh_samples.h"

#include <cstring>
#include <utility>

#include "libobs/store/row_set.h"

namespace obs::store {

std::size_t FreshSamples::Hash::operator()(const Hash128& hash) const {
  std::size_t half = 0;
  std::memcpy(&half, hash.data(), sizeof(half));
  return half;
}

Result<void> FreshSamples::update(const FreshBatches& batches) {
  std::map<std::uint64_t, FreshPoints> points;
  for (const auto& batch : batches) {
    const std::uint64_t seq = batch->info().first_seq;
    if (auto known = points_.extract(seq)) {
      points.insert(std::move(known));
      continue;
    }
    OBS_TRY(const SequencedBatch decoded, batch->decode());
    points.emplace(seq, describe(decoded));
  }
  points_ = std::move(points);
  return {};
}

FreshPoints FreshSamples::describe(const SequencedBatch& batch) {
  const RowSet set(model::Signal::kMetrics, std::span(&batch, 1));
  const RowBatch& rows = set.batches().front();
  SeriesHasher hasher(rows);
  FreshPoints points{batch, {}};
  if (known_.size() > kMaxKnown) known_.clear();
  for (std::uint32_t row = 0; row < batch.batch->size(); ++row) {
    KnownSeriesPtr& known = known_[hasher.hash(row)];
    if (known == nullptr) known = make_known(hasher.describe(row));
    points.series.push_back(known);
  }
  return points;
}

}  // namespace obs::store
