#include "libobs/places/lane_pool.h"

#include <utility>

#include "libobs/lang/field_scan.h"

namespace obs::places {

// What the lane counts is counted from its beginning on.
Result<lang::Counters> LanePool::run(std::string& lines, std::string& out) const {
  auto lane = take_lane();
  const lang::Counters before = lane->counters();
  const std::size_t size = lines.size();
  lines.append(lang::kScanPadding, '\0');
  // One that failed is not used again.
  const auto done = lane->run(std::string_view(lines).substr(0, size), 0, out);
  lines.resize(size);
  if (!done) return fail(done.error().error);
  lang::Counters counters = lane->counters();
  counters.sampled -= before.sampled;
  counters.errors -= before.errors;
  for (std::size_t i = 0; i < counters.redacted.size(); ++i)
    counters.redacted[i] -= before.redacted[i];
  const std::lock_guard lock(idle_->mutex);
  idle_->lanes.push_back(std::move(lane));
  return counters;
}

std::unique_ptr<lang::Lane> LanePool::take_lane() const {
  {
    const std::lock_guard lock(idle_->mutex);
    if (!idle_->lanes.empty()) {
      auto lane = std::move(idle_->lanes.back());
      idle_->lanes.pop_back();
      return lane;
    }
  }
  return std::make_unique<lang::Lane>(*plan_);
}

}  // namespace obs::places
