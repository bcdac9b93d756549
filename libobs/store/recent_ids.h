// The batch ids met of late, so that a batch that comes again is not stored again. Internal to
// libobs/store.

#pragma once

#include <cstddef>
#include <deque>
#include <unordered_map>

#include "libobs/base/clock.h"
#include "libobs/model/ids.h"

namespace obs::store {

// Ids are remembered for the window, or until as many newer ones came as make 25 MB. One thread at
// a time.
class RecentIds {
 public:
  explicit RecentIds(Duration window) : window_(window) {}

  // Remembers an id met at `time`; times only rise, but for what is read back at the start. All
  // zero is no id.
  void add(const model::BatchId& id, Timestamp time);
  bool contains(const model::BatchId& id, Timestamp now);

 private:
  static constexpr std::size_t kMaxIds = std::size_t{1} << 18;
  struct Hash {
    std::size_t operator()(const model::BatchId& id) const;
  };
  void forget_before(Timestamp time);

  Duration window_;
  std::unordered_map<model::BatchId, Timestamp, Hash> met_;
  std::deque<model::BatchId> order_;
};

}  // namespace obs::store
