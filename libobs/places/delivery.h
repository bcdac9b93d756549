// Delivery: how a source hands batches to a sink without losing one.
//
// Each batch is written until the sink has it: when the sink answers kUnavailable it is written
// again after a pause that doubles from 50 ms to 2 s. What is in flight is bounded, so a slow sink
// slows its source. The source's ledger counts each batch as received when it is sent, and as sent
// or failed when it is settled.

#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "libobs/base/clock.h"
#include "libobs/pipeline/ledger.h"
#include "libobs/pipeline/sink.h"

namespace obs::places {

// Told what became of a batch in the end; never kUnavailable before stop was asked for. On any
// thread; must be quick and must not call the delivery.
using Settled = std::function<void(Result<void>)>;

class Delivery {
 public:
  // `sink` and `ledger` outlive it. Once `stop` is asked for, a batch that the sink still refuses
  // is tried for `grace` more and then settled as kUnavailable.
  Delivery(pipeline::Sink& sink, pipeline::Ledger& ledger, std::size_t max_bytes,
           std::stop_token stop, Duration grace = 5 * kSecond);
  // finish() must have returned.
  ~Delivery();

  // Hands a batch over. Waits while `max_bytes` or more are in flight. Any thread. A batch without
  // a `settled` of its own that cannot be delivered makes this and every later send fail with its
  // error.
  Result<void> send(model::BatchPtr batch, Settled settled = {});

  // Waits until every batch is settled; the error of the first that could not be delivered.
  Result<void> finish();

  std::size_t bytes_in_flight() const;

 private:
  // Everything an ack needs, shared with the acks that are out: the sink may hold them longer than
  // the Delivery lives only if finish() was not called, which is a bug, but not one to crash on.
  struct State;
  void retry_loop(const std::stop_token& quit);

  std::shared_ptr<State> state_;
  std::jthread retrier_;
};

}  // namespace obs::places
