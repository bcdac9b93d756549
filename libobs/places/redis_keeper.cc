#include "libobs/places/redis_keeper.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "libobs/places/redis_slots.h"

namespace obs::places {
namespace {

// Five a lease: one or two may be late.
constexpr Duration kBeat = kSecond;
constexpr Duration kSweep = kMinute;
constexpr Duration kReconnect = 500 * kMillisecond;

}  // namespace

RedisKeeper::RedisKeeper(const RedisSettings& settings, const RedisGroup& group,
                         pipeline::Ledger& ledger, Registry& registry, Warn warn)
    : settings_(settings),
      group_(group),
      ledger_(ledger),
      warn_(std::move(warn)),
      claimed_count_(registry.counter("obs_places_redis_entries_claimed_total",
                                      "Stream entries taken over from dead consumers.")),
      lost_count_(registry.counter("obs_places_redis_entries_lost_total",
                                   "Stream entries deleted before they were acknowledged.")),
      buried_count_(registry.counter("obs_places_redis_entries_buried_total",
                                     "Stream entries nobody could read, moved to NAME:dead.")),
      trimmed_count_(registry.counter("obs_places_redis_entries_trimmed_total",
                                      "Stream entries deleted after every group was done.")),
      pending_([this] { wake_.raise(); }) {}

RedisKeeper::~RedisKeeper() = default;

void RedisKeeper::start() {
  thread_ = std::thread([this] { run(); });
}

void RedisKeeper::stop() {
  stopping_ = true;
  wake_.raise();
  if (thread_.joinable()) thread_.join();
  if (!connection_) return;
  // Without these the entries are claimed and stored twice under one id, which stores notice.
  if (say()) (void)group_.leave(*connection_);
}

std::vector<int> RedisKeeper::slots() const {
  std::lock_guard lock(mutex_);
  return slots_;
}

std::vector<SlotEntry> RedisKeeper::take_claimed() {
  std::lock_guard lock(mutex_);
  return std::exchange(claimed_, {});
}

void RedisKeeper::run() {
  while (!stopping_) {
    auto done = connection_ ? work() : connect();
    if (done) {
      rest();
      continue;
    }
    if (connection_) lost_ = true;
    connection_.reset();
    (void)net::wait_ready(-1, false, false, nullptr, kReconnect);
  }
}

void RedisKeeper::rest() {
  const Duration left = next_beat_ - system_clock().monotonic();
  if (left > 0) (void)net::wait_ready(-1, false, false, &wake_, left);
}

Result<void> RedisKeeper::connect() {
  OBS_TRY(connection_, RedisConnection::open(settings_));
  next_beat_ = 0;
  return {};
}

Result<void> RedisKeeper::work() {
  wake_.lower();  // Before taking the words, so that none goes unsaid.
  OBS_TRY_VOID(say());
  return system_clock().monotonic() < next_beat_ ? Result<void>() : beat();
}

Result<void> RedisKeeper::say() {
  auto words = pending_.take_words();
  if (words.is_empty()) return {};
  auto said = group_.acknowledge(*connection_, words.acknowledged);
  if (said) said = group_.bury(*connection_, words.buried);
  if (!said) {
    pending_.unsaid(std::move(words));
    return said;
  }
  pending_.said(words);
  buried_count_.add(words.buried.size());
  for (const auto& [slot, ids] : words.acknowledged) trimmable_.insert(slot);
  for (const Burial& burial : words.buried) {
    trimmable_.insert(burial.slot);
    if (warn_) {
      warn_(fmt::format("{}: entry {} of slot {} cannot be read and was moved to {}:dead: {}",
                        settings_.name, burial.id, burial.slot, settings_.stream, burial.reason));
    }
  }
  return {};
}

Result<void> RedisKeeper::beat() {
  OBS_TRY(const auto living, group_.beat(*connection_));
  next_beat_ = system_clock().monotonic() + kBeat;
  {
    std::lock_guard lock(mutex_);
    slots_ = own_slots(group_.consumer(), living);
  }
  OBS_TRY_VOID(claim(living));
  return trim(living);
}

Result<void> RedisKeeper::claim(const std::vector<std::string>& living) {
  {
    std::lock_guard lock(mutex_);
    if (!claimed_.empty()) return {};  // The source is busy enough.
  }
  std::lock_guard no_recovery(claiming_);
  OBS_TRY(Claim claim, group_.claim(*connection_, slots(), living));
  const auto is_held = [this](const SlotEntry& entry) {
    return !pending_.hold(entry.slot, entry.entry.id);
  };
  auto& entries = claim.entries;
  entries.erase(std::remove_if(entries.begin(), entries.end(), is_held), entries.end());
  claimed_count_.add(entries.size());
  lost_count_.add(claim.deleted);
  for (std::uint64_t i = 0; i < claim.deleted; ++i) {
    ledger_.count_undecodable("deleted from the stream before it was read", 0);
  }
  std::lock_guard lock(mutex_);
  claimed_ = std::move(entries);
  return {};
}

Result<void> RedisKeeper::trim(const std::vector<std::string>& living) {
  const std::vector<int> owned = slots();
  std::vector<int> due;
  const bool sweep = system_clock().monotonic() >= next_sweep_;
  for (int slot : owned) {
    // Once in a while all of them: another group may have been the last to acknowledge.
    if (sweep || trimmable_.count(slot)) due.push_back(slot);
  }
  trimmable_.clear();
  OBS_TRY(const std::uint64_t trimmed, group_.trim(*connection_, due));
  trimmed_count_.add(trimmed);
  if (!sweep) return {};
  next_sweep_ = system_clock().monotonic() + kSweep;
  OBS_TRY(const auto expired, group_.sweep(*connection_, owned, living));
  for (const std::string& name : expired) {
    if (warn_) {
      warn_(fmt::format("{}: nobody of group {} was seen for a week: it was removed",
                        settings_.name, name));
    }
  }
  return {};
}

}  // namespace obs::places
