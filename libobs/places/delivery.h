// Delivery: how a source hands batches to a sink without losing one.
//
// Each batch is written until the sink has it. When the sink answers kUnavailable, everything is
// held back and one batch, the oldest, is written again after a pause that doubles from 50 ms to
// 2 s; once it is taken, the others follow one by one until the next refusal. So a sink whose queue
// is full is asked now and then, not offered all that waits again and again. What is in flight is
// bounded, so a slow sink slows its source. The source's ledger counts each batch as received when
// it is sent, and as sent or failed when it is settled.
//
// A stop ends in bounded time whatever the sink does: it is asked for `grace` more; what it has not
// answered a second later is settled as kUnavailable, and an answer that comes then is not heard.

#pragma once

#include <cstddef>
#include <functional>
#include <memory>
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
  // `sink` and `ledger` outlive it. Tells the sink of the stop (Sink::give_up_after).
  Delivery(pipeline::Sink& sink, pipeline::Ledger& ledger, std::size_t max_bytes,
           std::stop_token stop, Duration grace = pipeline::kStopGrace);
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
  // Everything an ack needs, shared with the acks that are out: a sink that was given up may hold
  // them longer than the Delivery lives.
  struct State;
  void retry_loop(const std::stop_token& quit);

  std::shared_ptr<State> state_;
  std::jthread retrier_;
};

}  // namespace obs::places
