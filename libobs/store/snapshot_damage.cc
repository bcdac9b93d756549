#include "libobs/store/snapshot_damage.h"

#include <algorithm>
#include <limits>

namespace obs::store {

Result<void> SnapshotDamage::leave_out(Sqlite& catalog, const SnapshotFilter& filter,
                                       Missing missing, std::vector<Part>& parts) {
  sentences_.clear();
  OBS_TRY(const auto all, read_set_aside(catalog));
  for (const SetAsidePart& aside : all) {
    constexpr auto kAnySeq = std::numeric_limits<std::uint64_t>::max();
    if (!may_match(filter, aside.part.min_time, aside.part.max_time, kAnySeq)) continue;
    sentences_.push_back(aside.sentence());
  }
  parts.erase(std::remove_if(parts.begin(), parts.end(),
                             [&](const Part& part) { return is_damaged(part, missing); }),
              parts.end());
  parts_ = parts;
  return {};
}

bool SnapshotDamage::is_damaged(const Part& part, Missing missing) {
  auto known = damaged_.find(part.id);
  if (known == damaged_.end() && looked_at_.insert(part.id).second) {
    const auto damage = find_misshape(fs_, dir_, part);
    const bool is_missing = damage && damage->reason == kPartMissing;
    if (is_missing && missing == Missing::kMayBeMerged) {
      looked_at_.erase(part.id);
    } else if (damage) {
      known = damaged_.emplace(part.id, *damage).first;
    }
  }
  if (known == damaged_.end()) return false;
  sentences_.push_back(known->second.sentence());
  return true;
}

void SnapshotDamage::add(const std::vector<std::string>& sentences) {
  sentences_.insert(sentences_.end(), sentences.begin(), sentences.end());
}

std::vector<std::string> SnapshotDamage::find(Sqlite& catalog) {
  std::vector<std::string> found;
  for (const Part& part : parts_) {
    const auto hashes = read_blob(catalog, part.id, kBlockHashes);
    const auto damage = find_damage(fs_, dir_, part, hashes ? *hashes : std::string());
    if (!damage || damage->reason == kPartMissing) continue;
    found.push_back(damage->sentence());
    damaged_.emplace(part.id, *damage);
  }
  return found;
}

}  // namespace obs::store
