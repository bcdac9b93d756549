// Points in the WAL as samples: their series and labels, made once a batch. Internal to
// libobs/store.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "libobs/base/result.h"
#include "libobs/store/fresh_rows.h"
#include "libobs/store/series_reader.h"

namespace obs::store {

// A batch and the series of its rows.
struct FreshPoints {
  SequencedBatch batch;
  std::vector<KnownSeriesPtr> series;
};

// One thread.
class FreshSamples {
 public:
  // Decodes those of the batches that it has not seen yet, and forgets all others. They come in
  // order of arrival.
  Result<void> update(const FreshBatches& batches);

  const std::map<std::uint64_t, FreshPoints>& batches() const { return points_; }

 private:
  // So many series are remembered, at about a kilobyte each.
  static constexpr std::size_t kMaxKnown = 50'000;

  struct Hash {
    std::size_t operator()(const Hash128& hash) const;
  };
  FreshPoints describe(const SequencedBatch& batch);

  std::map<std::uint64_t, FreshPoints> points_;  // By the first sequence number.
  std::unordered_map<Hash128, KnownSeriesPtr, Hash> known_;
};

}  // namespace obs::store
