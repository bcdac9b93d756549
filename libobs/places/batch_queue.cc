#include "libobs/places/batch_queue.h"

#include <utility>

#include <fmt/format.h>

#include "libobs/base/bytes.h"
#include "libobs/model/batch_memory.h"

namespace obs::places {

BatchQueue::BatchQueue(std::string name, std::size_t max_bytes, pipeline::Ledger& ledger)
    : name_(std::move(name)), max_bytes_(max_bytes), ledger_(ledger) {}

std::optional<Error> BatchQueue::find_refusal() const {
  if (closed_) return Error{Errc::kUnavailable, fmt::format("{} is being closed", name_)};
  if (refusal_) return Error{Errc::kUnavailable, *refusal_};
  if (bytes_ < max_bytes_) return std::nullopt;
  return Error{Errc::kUnavailable,
               fmt::format("{} is slow: {} MiB wait for it", name_, bytes_ / kMiB)};
}

void BatchQueue::push(model::BatchPtr batch, pipeline::Ack ack) {
  const std::size_t bytes = model::memory_bytes(*batch);
  const auto signal = batch->signal;
  const auto records = batch->size();
  ledger_.count(signal, pipeline::Outcome::kReceived, records);
  std::unique_lock lock(mutex_);
  if (auto refusal = find_refusal()) {
    // Never under the lock: an ack may take its time, and may push elsewhere.
    lock.unlock();
    ledger_.count(signal, pipeline::Outcome::kFailed, records);
    return ack(fail(*std::move(refusal)));
  }
  bytes_ += bytes;
  waiting_.push_back({std::move(batch), std::move(ack), bytes, std::this_thread::get_id()});
  lock.unlock();
  changed_.notify_one();
}

void BatchQueue::refuse(std::optional<std::string> reason) {
  std::lock_guard lock(mutex_);
  refusal_ = std::move(reason);
}

std::optional<QueuedBatch> BatchQueue::take(Duration wait) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::nanoseconds(wait),
                    [&] { return closed_ || !waiting_.empty(); });
  if (waiting_.empty()) return std::nullopt;
  QueuedBatch item = std::move(waiting_.front());
  waiting_.pop_front();
  ++taken_;
  return item;
}

void BatchQueue::settle(QueuedBatch&& item, Result<void> outcome, std::uint64_t rejected) {
  const auto signal = item.batch->signal;
  const std::uint64_t records = item.batch->size();
  if (outcome) {
    ledger_.count(signal, pipeline::Outcome::kSent, records - rejected);
    ledger_.count(signal, pipeline::Outcome::kRejected, rejected);
  } else {
    ledger_.count(signal, pipeline::Outcome::kFailed, records);
  }
  // The batch goes before its ack: who is acked may count on its memory.
  item.batch.reset();
  item.ack(std::move(outcome));
  std::lock_guard lock(mutex_);
  bytes_ -= item.bytes;
  --taken_;
}

std::uint64_t BatchQueue::fail_waiting(const Error& error) {
  std::deque<QueuedBatch> failed;
  {
    std::lock_guard lock(mutex_);
    failed.swap(waiting_);
    taken_ += failed.size();
  }
  std::uint64_t records = 0;
  for (QueuedBatch& item : failed) {
    records += item.batch->size();
    settle(std::move(item), fail(error));
  }
  return records;
}

void BatchQueue::close() {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
}

bool BatchQueue::is_over() const {
  std::lock_guard lock(mutex_);
  return closed_ && waiting_.empty();
}

bool BatchQueue::is_drained() const {
  std::lock_guard lock(mutex_);
  return closed_ && waiting_.empty() && taken_ == 0;
}

}  // namespace obs::places
