#include "libobs/places/sent_stretches.h"

namespace obs::places {

void SentStretches::add(const std::string& id, std::uint64_t from, std::uint64_t to,
                        std::size_t batches) {
  sent_[id][from] = {to, batches, false};
}

void SentStretches::answered(const std::string& id, std::uint64_t from, bool taken) {
  const std::lock_guard lock(mutex_);
  answers_.push_back({id, from, taken});
}

std::set<std::string> SentStretches::hear() {
  std::vector<Answer> answers;
  {
    const std::lock_guard lock(mutex_);
    answers.swap(answers_);
  }
  for (const Answer& answer : answers) {
    const auto stretches = sent_.find(answer.id);
    if (stretches == sent_.end()) continue;
    const auto found = stretches->second.find(answer.from);
    if (found == stretches->second.end()) continue;
    --found->second.unsettled;
    found->second.failed = found->second.failed || !answer.taken;
  }
  std::set<std::string> ids;
  for (const auto& [id, stretches] : sent_) {
    if (stretches.begin()->second.unsettled == 0) ids.insert(id);
  }
  return ids;
}

std::optional<std::uint64_t> SentStretches::take_done(const std::string& id) {
  const auto found = sent_.find(id);
  if (found == sent_.end()) return std::nullopt;
  auto& stretches = found->second;
  std::optional<std::uint64_t> done;
  while (!stretches.empty()) {
    const Sent& first = stretches.begin()->second;
    if (first.unsettled > 0 || first.failed) break;
    done = first.to;
    stretches.erase(stretches.begin());
  }
  if (stretches.empty()) sent_.erase(found);
  return done;
}

}  // namespace obs::places
