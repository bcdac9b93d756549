// RedisSealer: makes stream entries of batches, on threads beside the one that speaks to Redis.
//
// Splitting a batch by slot, encoding and compressing it takes a hundred times as long as sending
// it (0.3 ms for a thousand logs, one for a thousand spans). Done on the thread that sends, each
// entry would wait for those behind it, and each answer too: at half load that was where the
// slowest hundredth of requests spent its time.

#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "libobs/codec/envelope.h"
#include "libobs/places/batch_queue.h"

namespace obs::places {

// A batch that is being written: the entries it became, still to be answered.
struct RedisWrite {
  QueuedBatch item;
  std::size_t entries = 0;
  std::optional<Error> error;  // The first of the answers that was one.
};

struct SealedEntry {
  std::shared_ptr<RedisWrite> write;
  std::string key;  // Of its slot.
  codec::Envelope envelope;
};

class RedisSealer {
 public:
  // `queue` outlives it. `on_sealed` is called, on threads of its own and outside any lock, when
  // something was sealed, or was settled because it holds no record.
  RedisSealer(BatchQueue& queue, std::string stream, std::function<void()> on_sealed);
  // The queue is closed.
  ~RedisSealer();

  // The next entry. Those of one batch follow each other, and batches that one thread pushed come
  // in their order; a large one holds up nobody else's. nullopt: none is sealed. Any thread.
  std::optional<SealedEntry> next();

 private:
  // A batch from when it is taken until it may go.
  struct Work {
    std::thread::id writer;
    std::vector<SealedEntry> entries;
    bool done = false;
  };
  using Works = std::list<Work>;

  void run(std::size_t lane);
  bool wait_for_room();
  std::optional<std::pair<QueuedBatch, Works::iterator>> take();
  void seal(QueuedBatch item, Works::iterator work);
  void release();  // Holding the lock.

  BatchQueue& queue_;
  const std::string stream_;
  const std::function<void()> on_sealed_;
  std::mutex turn_;  // Who holds it takes from the queue, so that `works_` has the queue's order.
  std::mutex mutex_;
  std::condition_variable room_;
  Works works_;
  std::deque<SealedEntry> sealed_;
  std::size_t sealed_bytes_ = 0;
  std::vector<std::thread> lanes_;
};

}  // namespace obs::places
