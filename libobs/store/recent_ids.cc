#include "libobs/store/recent_ids.h"

#include <cstring>

namespace obs::store {

// Ids are hashes or random already.
std::size_t RecentIds::Hash::operator()(const model::BatchId& id) const {
  std::size_t hash = 0;
  std::memcpy(&hash, id.bytes.data(), sizeof(hash));
  return hash;
}

void RecentIds::add(const model::BatchId& id, Timestamp time) {
  if (id.is_zero() || window_ <= 0) return;
  const bool fresh = met_.insert_or_assign(id, time).second;
  if (fresh) order_.push_back(id);
  forget_before(time - window_);
}

bool RecentIds::contains(const model::BatchId& id, Timestamp now) {
  forget_before(now - window_);
  return met_.find(id) != met_.end();
}

void RecentIds::forget_before(Timestamp time) {
  while (!order_.empty()) {
    const auto oldest = met_.find(order_.front());
    if (oldest->second >= time && order_.size() <= kMaxIds) return;
    met_.erase(oldest);
    order_.pop_front();
  }
}

}  // namespace obs::store
