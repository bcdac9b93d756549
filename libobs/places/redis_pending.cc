#include "libobs/places/redis_pending.h"

namespace obs::places {

bool PendingEntries::hold(int slot, const std::string& id) {
  std::lock_guard lock(mutex_);
  return held_.emplace(slot, id).second;
}

void PendingEntries::acknowledge(int slot, const std::string& id) {
  {
    std::lock_guard lock(mutex_);
    words_.acknowledged[slot].push_back(id);
  }
  notify_();
}

void PendingEntries::bury(int slot, const std::string& id, std::string reason) {
  {
    std::lock_guard lock(mutex_);
    words_.buried.push_back({slot, id, std::move(reason)});
  }
  notify_();
}

void PendingEntries::release(int slot, const std::string& id) {
  std::lock_guard lock(mutex_);
  held_.erase({slot, id});
}

PendingEntries::Words PendingEntries::take_words() {
  std::lock_guard lock(mutex_);
  return std::exchange(words_, {});
}

void PendingEntries::said(const Words& words) {
  std::lock_guard lock(mutex_);
  for (const auto& [slot, ids] : words.acknowledged) {
    for (const std::string& id : ids) held_.erase({slot, id});
  }
  for (const Burial& burial : words.buried) held_.erase({burial.slot, burial.id});
}

void PendingEntries::unsaid(Words words) {
  std::lock_guard lock(mutex_);
  for (auto& [slot, ids] : words.acknowledged) {
    auto& list = words_.acknowledged[slot];
    list.insert(list.end(), ids.begin(), ids.end());
  }
  words_.buried.insert(words_.buried.end(), words.buried.begin(), words.buried.end());
}

std::size_t PendingEntries::size() const {
  std::lock_guard lock(mutex_);
  return held_.size();
}

}  // namespace obs::places
