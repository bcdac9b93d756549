#include "libobs/store/committer.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "libobs/model/batch_memory.h"

namespace obs::store {
namespace {

using pipeline::Outcome;
using Fate = PendingWrite::Fate;

// A write of more than this takes longer than the sync after it; who waits behind is better served
// by a group of its own.
constexpr std::size_t kGroupMemory = std::size_t{8} << 20;

// How often a disk that failed is tried, without anyone writing: readiness must come back by
// itself.
constexpr std::chrono::milliseconds kProbeInterval{500};

Outcome to_outcome(Fate fate) {
  switch (fate) {
    case Fate::kStored: return Outcome::kSent;
    case Fate::kDuplicate: return Outcome::kDeduplicated;
    case Fate::kFailed: break;
  }
  return Outcome::kFailed;
}

}  // namespace

Committer::Committer(const Clock& clock, GroupCommit commit, CommitterOptions options,
                     std::size_t held, pipeline::Ledger& ledger, Registry& registry,
                     TakeSegment take_segment)
    : clock_(clock),
      commit_(std::move(commit)),
      options_(options),
      ledger_(ledger),
      syncs_(registry.counter("obs_store_wal_syncs_total", "Group commits of the WAL.")),
      bytes_(registry.counter("obs_store_wal_bytes_written_total", "Bytes written to the WAL.")),
      take_segment_(std::move(take_segment)),
      memory_(held),
      thread_([this] { run(); }) {}

Committer::~Committer() { stop(); }

void Committer::write(model::BatchPtr batch, pipeline::Ack ack) {
  const model::Signal signal = batch->signal;
  const std::size_t records = batch->size();
  const std::size_t memory = model::memory_bytes(*batch);
  ledger_.count(signal, Outcome::kReceived, records);
  const char* refusal = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      refusal = "the store is closing";
    } else if (memory_ + std::min(memory, options_.memory / 2) > options_.memory) {
      // A huge batch waits for half of the memory, not for all, or beside a sender who never pauses
      // it would be refused for ever.
      refusal = "the store's queue is full; try again later";
    } else {
      memory_ += memory;
      queue_.push_back({std::move(batch), std::move(ack), memory, Fate::kFailed, {}});
    }
  }
  if (refusal == nullptr) return wake_.notify_one();
  ledger_.count(signal, Outcome::kFailed, records);
  ack(fail(Errc::kUnavailable, refusal));
}

void Committer::seal() {
  std::unique_lock lock(mutex_);
  const std::uint64_t mine = ++seals_wanted_;
  wake_.notify_one();
  sealed_.wait(lock, [&] { return seals_done_ >= mine || finished_; });
}

void Committer::release(std::size_t memory) {
  const std::lock_guard lock(mutex_);
  memory_ -= memory;
}

void Committer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

std::string Committer::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

void Committer::run() {
  for (bool last = false; !last;) {
    std::unique_lock lock(mutex_);
    wait_for_work(lock);
    Group group = take_group();
    const bool probe = group.empty() && !failure_.empty() && !stopping_;
    const std::uint64_t seals = seals_wanted_;
    const bool seal = seals > seals_done_;
    last = stopping_ && queue_.empty();
    lock.unlock();

    if (!group.empty() || probe) commit(group);
    if (seal || last || is_full() || is_old()) end_segment();
    lock.lock();
    seals_done_ = seals;
    finished_ = last;
    sealed_.notify_all();
  }
}

// Until there is something to do, the segment's age included.
void Committer::wait_for_work(std::unique_lock<std::mutex>& lock) {
  const auto has_work = [this] {
    return !queue_.empty() || stopping_ || seals_wanted_ > seals_done_;
  };
  std::chrono::nanoseconds longest = std::chrono::hours(1);
  if (!failure_.empty()) longest = kProbeInterval;
  if (const MemSegment* active = commit_.active()) {
    const Duration left = active->oldest + options_.flush_age - clock_.monotonic();
    longest = std::min(longest, std::chrono::nanoseconds(std::max<Duration>(left, 0)));
  }
  wake_.wait_for(lock, longest, has_work);
}

Committer::Group Committer::take_group() {
  Group group;
  std::size_t memory = 0;
  while (!queue_.empty() && memory < kGroupMemory) {
    memory += queue_.front().memory;
    group.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return group;
}

void Committer::commit(Group& group) {
  const std::uint64_t before = commit_.bytes_written();
  auto done = commit_.commit(group);
  bytes_.add(commit_.bytes_written() - before);
  syncs_.add();
  {
    const std::lock_guard lock(mutex_);
    failure_ = done ? std::string() : done.error().message;
    for (const PendingWrite& write : group) {
      if (write.fate != Fate::kStored) memory_ -= write.memory;
    }
  }
  settle(group);
}

void Committer::settle(Group& group) {
  for (PendingWrite& write : group) {
    ledger_.count(write.batch->signal, to_outcome(write.fate), write.batch->size());
    if (write.fate == Fate::kFailed) {
      write.ack(fail(std::move(write.error)));
    } else {
      write.ack({});
    }
  }
}

bool Committer::is_full() const {
  const MemSegment* active = commit_.active();
  if (active == nullptr) return false;
  const std::uint64_t most = *std::max_element(active->rows.begin(), active->rows.end());
  // Three fifths of the memory: what comes while this segment is flushed still finds room.
  return most >= options_.flush_rows || active->wal_bytes >= options_.flush_bytes ||
         active->memory >= options_.memory / 5 * 3;
}

bool Committer::is_old() const {
  const MemSegment* active = commit_.active();
  return active != nullptr && clock_.monotonic() - active->oldest >= options_.flush_age;
}

void Committer::end_segment() {
  if (MemSegmentPtr segment = commit_.take(is_full())) take_segment_(std::move(segment));
}

}  // namespace obs::store
