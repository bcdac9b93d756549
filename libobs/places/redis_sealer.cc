#include "libobs/places/redis_sealer.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "libobs/base/bytes.h"
#include "libobs/places/redis_slots.h"
#include "libobs/places/thread_turns.h"

namespace obs::places {
namespace {

// What is sealed and waits lies there twice, sealed and as it came. So it is a tenth of a second of
// a Redis that takes 40 MB/s, and the rest waits in the queue.
constexpr std::size_t kSealedBytes = 4 * kMiB;

// Who speaks to senders and to Redis goes first, and is done in microseconds. Redis' child, which
// takes a whole CPU while it rewrites the file, must not go first for milliseconds at a time: hence
// the slice.
constexpr int kNicer = 3;
constexpr Duration kSlice = 500 * kMicrosecond;  // One request of a thousand records.

// Two, so that a batch of 64 MiB does not keep out the others; more than four would do more than
// one Redis takes.
constexpr std::size_t kFewestLanes = 2;
constexpr std::size_t kMostLanes = 4;

// Where there are few CPUs each has a lane. The kernel takes two that are busy for balanced: beside
// Redis' child on one it left all of us on the other for up to 30 ms.
bool shares_out_cpus() { return count_cpus() <= kMostLanes; }

}  // namespace

RedisSealer::RedisSealer(BatchQueue& queue, std::string stream, std::function<void()> on_sealed)
    : queue_(queue), stream_(std::move(stream)), on_sealed_(std::move(on_sealed)) {
  const std::size_t count = std::clamp(count_cpus(), kFewestLanes, kMostLanes);
  for (std::size_t i = 0; i < count; ++i) lanes_.emplace_back([this, i] { run(i); });
}

RedisSealer::~RedisSealer() {
  for (std::thread& lane : lanes_) lane.join();
}

void RedisSealer::run(std::size_t lane) {
  ask_for_turns(kNicer, kSlice);
  if (shares_out_cpus()) (void)keep_to_cpu(lane);
  while (!queue_.is_over()) {
    if (!wait_for_room()) continue;
    if (auto taken = take()) seal(std::move(taken->first), taken->second);
  }
}

// Not for ever: the queue may be closed meanwhile, and given back.
bool RedisSealer::wait_for_room() {
  std::unique_lock lock(mutex_);
  return room_.wait_for(lock, std::chrono::seconds(1),
                        [this] { return sealed_bytes_ < kSealedBytes; });
}

std::optional<std::pair<QueuedBatch, RedisSealer::Works::iterator>> RedisSealer::take() {
  const std::lock_guard turn(turn_);
  auto item = queue_.take(kSecond);
  if (!item) return std::nullopt;
  const std::lock_guard lock(mutex_);
  works_.push_back({item->writer, {}, false});
  return std::pair(*std::move(item), std::prev(works_.end()));
}

void RedisSealer::seal(QueuedBatch item, Works::iterator work) {
  const auto parts = split_by_slot(item.batch);
  auto write = std::make_shared<RedisWrite>(RedisWrite{std::move(item), parts.size(), {}});
  if (parts.empty()) queue_.settle(std::move(write->item), {});
  std::vector<SealedEntry> entries;
  entries.reserve(parts.size());
  for (const SlotBatch& part : parts) {
    entries.push_back({write, slot_key(stream_, part.slot), codec::seal(*part.batch, true)});
  }
  {
    const std::lock_guard lock(mutex_);
    work->entries = std::move(entries);
    work->done = true;
    release();
  }
  on_sealed_();
}

// What is done may go once all that its writer pushed before has gone.
void RedisSealer::release() {
  std::vector<std::thread::id> waiting;
  for (auto work = works_.begin(); work != works_.end();) {
    const bool waits = std::find(waiting.begin(), waiting.end(), work->writer) != waiting.end();
    if (waits || !work->done) {
      waiting.push_back(work->writer);
      ++work;
      continue;
    }
    for (SealedEntry& entry : work->entries) {
      sealed_bytes_ += entry.envelope.payload.size();
      sealed_.push_back(std::move(entry));
    }
    work = works_.erase(work);
  }
}

std::optional<SealedEntry> RedisSealer::next() {
  const std::lock_guard lock(mutex_);
  if (sealed_.empty()) return std::nullopt;
  SealedEntry entry = std::move(sealed_.front());
  sealed_.pop_front();
  const bool was_full = sealed_bytes_ >= kSealedBytes;
  sealed_bytes_ -= entry.envelope.payload.size();
  if (was_full && sealed_bytes_ < kSealedBytes) room_.notify_all();
  return entry;
}

}  // namespace obs::places
