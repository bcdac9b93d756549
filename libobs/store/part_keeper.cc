#include "libobs/store/part_keeper.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "libobs/store/part_damage.h"

namespace obs::store {
namespace {

// 32 MiB a second: 2 GiB of a day's parts take a minute, and a disk has the rest for itself.
constexpr std::uint64_t kBytesASecond = std::uint64_t{32} << 20;
constexpr Duration kInterval = kDay;

constexpr int kLowestPriority = 19;

}  // namespace

Result<bool> set_aside_if_damaged(Fs& fs, const std::string& dir, PartTable& table,
                                  const Part& part, Timestamp now) {
  OBS_TRY(const std::string hashes, table.block_hashes(part.id));
  const auto damage = find_damage(fs, dir, part, hashes);
  if (!damage) return false;
  OBS_TRY_VOID(table.set_aside(part, *damage, now));
  return true;
}

PartKeeper::PartKeeper(Fs& fs, const Clock& clock, std::string dir, PartTable& table)
    : fs_(fs), clock_(clock), dir_(std::move(dir)), table_(table), thread_([this] { run(); }) {}

PartKeeper::~PartKeeper() { stop(); }

void PartKeeper::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void PartKeeper::run() {
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kLowestPriority);
  for (const Part& part : table_.parts()) look(part);
  do {
    for (const Part& part : table_.parts()) {
      read(part);
      const auto pages = static_cast<Duration>(part.bytes);
      if (!pause(pages * kSecond / static_cast<Duration>(kBytesASecond))) return;
    }
  } while (pause(kInterval));
}

// Nobody may merge it away between our look and the commit: so it is looked at again.
void PartKeeper::look(const Part& part) {
  if (!find_misshape(fs_, dir_, part)) return;
  const std::lock_guard rewriting(table_.rewriting());
  const auto damage = find_misshape(fs_, dir_, part);
  if (damage && is_live(part)) (void)table_.set_aside(part, *damage, clock_.now());
}

// A catalog that cannot be written now is tried again with the next round.
void PartKeeper::read(const Part& part) {
  const auto hashes = table_.block_hashes(part.id);
  if (!hashes || !find_damage(fs_, dir_, part, *hashes)) return;
  const std::lock_guard rewriting(table_.rewriting());
  if (is_live(part)) (void)set_aside_if_damaged(fs_, dir_, table_, part, clock_.now());
}

bool PartKeeper::is_live(const Part& part) const {
  const auto parts = table_.parts();
  return std::any_of(parts.begin(), parts.end(),
                     [&](const Part& other) { return other.id == part.id; });
}

bool PartKeeper::pause(Duration duration) {
  std::unique_lock lock(mutex_);
  return !wake_.wait_for(lock, std::chrono::nanoseconds(duration), [this] { return stopping_; });
}

}  // namespace obs::store
