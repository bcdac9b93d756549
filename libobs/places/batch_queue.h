// The queue between those who write to a sink and the thread of the sink that does the work.

#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "libobs/base/clock.h"
#include "libobs/pipeline/ledger.h"
#include "libobs/pipeline/sink.h"

namespace obs::places {

struct QueuedBatch {
  model::BatchPtr batch;
  pipeline::Ack ack;
  std::size_t bytes = 0;
  std::thread::id writer;  // Who pushed it.
};

// Any thread may call anything. Bounded by bytes: a batch is refused when those queued or being
// worked on already hold the bound, so that one batch of any size always fits an empty queue. Keeps
// the sink's ledger: what was pushed is received, what was settled sent, rejected or failed.
class BatchQueue {
 public:
  // `name` is what refusals call the sink: its address. `ledger` outlives the queue.
  BatchQueue(std::string name, std::size_t max_bytes, pipeline::Ledger& ledger);

  // Queues it, or acks kUnavailable at once: when the bound is reached, after close(), or while
  // refuse() says so.
  void push(model::BatchPtr batch, pipeline::Ack ack);

  // From now on push() acks kUnavailable with this reason; nullopt lets batches in again.
  void refuse(std::optional<std::string> reason);

  // The next batch. Waits for one at most `wait`; nullopt when none came or the queue is closed and
  // empty.
  std::optional<QueuedBatch> take(Duration wait);

  // Acks a batch that take() gave, and frees its share of the bound. `rejected` of its records the
  // peer took only to refuse them.
  void settle(QueuedBatch&& item, Result<void> outcome, std::uint64_t rejected = 0);

  // Acks everything that waits with the error; how many records that was.
  std::uint64_t fail_waiting(const Error& error);

  // Lets no more in; take() gives out what is left, then nullopt without waiting.
  void close();
  bool is_over() const;     // Closed, and nothing waits.
  bool is_drained() const;  // Closed, empty, and all that was taken is settled.

 private:
  std::optional<Error> find_refusal() const;  // Holding the lock.

  const std::string name_;
  const std::size_t max_bytes_;
  pipeline::Ledger& ledger_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;  // Something waits, or the queue is closed.
  std::deque<QueuedBatch> waiting_;
  std::optional<std::string> refusal_;
  std::size_t bytes_ = 0;  // Of those waiting and those taken and not settled.
  std::size_t taken_ = 0;
  bool closed_ = false;
};

}  // namespace obs::places
