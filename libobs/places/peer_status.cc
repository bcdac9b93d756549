#include "libobs/places/peer_status.h"

#include <fmt/format.h>

namespace obs::places {

void PeerStatus::note(std::string_view problem) {
  const std::lock_guard lock(mutex_);
  problem_ = problem;
}

std::vector<pipeline::Health> PeerStatus::health() const {
  const std::lock_guard lock(mutex_);
  return {{name_, problem_.empty(), problem_}};
}

bool PeerStatus::end_after(Duration grace) {
  Duration never = kNever;
  return deadline_.compare_exchange_strong(never, system_clock().monotonic() + grace);
}

Result<void> PeerStatus::take_outcome() {
  const std::uint64_t records = given_up_.exchange(0);
  if (records == 0) return {};
  return fail(Errc::kUnavailable,
              fmt::format("{} did not take {} records before we had to end; they are not there",
                          name_, records));
}

}  // namespace obs::places
