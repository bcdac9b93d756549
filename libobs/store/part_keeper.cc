#include "libobs/store/part_keeper.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "libobs/store/catalog_blobs.h"
#include "libobs/store/part_damage.h"
#include "libobs/store/part_repair.h"
#include "libobs/store/rollup_blobs.h"

namespace obs::store {
namespace {

// 32 MiB a second: 2 GiB of a day's parts take a minute, and a disk has the rest for itself.
constexpr std::uint64_t kBytesASecond = std::uint64_t{32} << 20;
constexpr Duration kInterval = kDay;
// How soon rollups follow a part that came without.
constexpr Duration kGlance = 10 * kSecond;

constexpr int kLowestPriority = 19;

}  // namespace

Result<bool> set_aside_if_damaged(Fs& fs, const std::string& dir, PartTable& table,
                                  const Part& part, Timestamp now) {
  OBS_TRY(const std::string hashes, table.blob(part.id, kBlockHashes));
  const auto damage = find_damage(fs, dir, part, hashes);
  if (!damage) return false;
  OBS_TRY_VOID(table.set_aside(part, *damage, now));
  return true;
}

PartKeeper::PartKeeper(Fs& fs, const Clock& clock, std::string dir, PartTable& table,
                       Engine& engine)
    : fs_(fs), clock_(clock), dir_(std::move(dir)), table_(table), engine_(engine), thread_([this] {
        run();
      }) {}

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
  Duration next = clock_.monotonic();
  do {
    while (fill_one()) {
    }
    mend_missing();
    table_.remove_retired(PartTable::Retired::kDue);
    if (clock_.monotonic() < next) continue;
    if (!read_all()) return;
    next = clock_.monotonic() + kInterval;
  } while (pause(kGlance));
}

bool PartKeeper::read_all() {
  for (const Part& part : table_.parts()) {
    read(part);
    const auto bytes = static_cast<Duration>(part.bytes);
    if (!pause(bytes * kSecond / static_cast<Duration>(kBytesASecond))) return false;
  }
  return true;
}

// A part that cannot be read is tried once.
bool PartKeeper::fill_one() {
  auto without = table_.parts_without(model::Signal::kSpans, kSpanMetricsBlob);
  if (!without) return false;
  std::erase_if(*without, [this](const Part& part) { return tried_.count(part.id) != 0; });
  if (without->empty() || !pause(0)) return false;
  if (!connect()) return false;
  const std::lock_guard rewriting(table_.rewriting());
  tried_.insert(without->front().id);
  (void)fill_rollups(table_, dir_, *connection_, without->front());
  return true;
}

bool PartKeeper::connect() {
  if (connection_ != nullptr) return true;
  auto connection = engine_.connect();
  if (!connection) return false;
  connection_ = *std::move(connection);
  return true;
}

void PartKeeper::mend_missing() {
  for (const Part& part : table_.parts()) {
    if (look_at_index(fs_, dir_, part, false) == IndexState::kGood) continue;
    mend_index(part, false);
    if (!pause(0)) return;
  }
}

// Once a part, lest a disk without room be written to for ever.
void PartKeeper::mend_index(const Part& part, bool whole) {
  if (look_at_index(fs_, dir_, part, whole) == IndexState::kGood || !connect()) return;
  const std::lock_guard rewriting(table_.rewriting());
  if (!is_live(part) || !mended_.insert(part.id).second) return;
  (void)repair_notes(fs_, dir_, table_, *connection_, part);
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
  const auto hashes = table_.blob(part.id, kBlockHashes);
  if (!hashes) return;
  if (!find_damage(fs_, dir_, part, *hashes)) return mend_index(part, true);
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
