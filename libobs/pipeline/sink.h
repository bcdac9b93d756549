// Sink and Source: where batches go to and come from.

#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/result.h"
#include "libobs/model/batch.h"

namespace obs::pipeline {

// Told once what became of a batch: nothing wrong means acknowledged, as the sink defines it
// (durable in the WAL, in Redis, handed to the reader). kUnavailable means a retry may succeed. May
// run on any thread, also before write() returns; must be quick and must not call the sink.
using Ack = std::function<void(Result<void>)>;

struct Health {
  std::string name;  // The dependency, such as "redis://127.0.0.1:6379/0".
  bool ready = true;
  std::string detail;  // Why not, when not.
};

// What a peer that is away gets once a program is told to end. With the second in which a call
// under way notices, half of the 10 s after which supervisors kill.
inline constexpr Duration kStopGrace = 4 * kSecond;

class Sink {
 public:
  virtual ~Sink() = default;

  // Takes a batch whose id is set. Never blocks for long: a sink whose queue is full acks
  // kUnavailable at once. Any thread.
  virtual void write(model::BatchPtr batch, Ack ack) = 0;

  // The end is near: what a peer that is away or stalls has not taken in `grace` from now, or what
  // is written after that, is acked kUnavailable at once. The first call counts. Returns at once;
  // any thread. Sinks that wait for no peer have nothing to do.
  virtual void give_up_after(Duration grace) { (void)grace; }

  // Waits until everything written before has been acked, kStopGrace at most if a peer is away, and
  // gives up what the sink holds. No write() may follow. kUnavailable: records were given up; each
  // ack said so.
  virtual Result<void> close() = 0;

  virtual std::vector<Health> health() const = 0;
};

// Pulls batches from somewhere and pushes them into a sink, on the calling thread.
class Source {
 public:
  virtual ~Source() = default;

  // Runs until the input is over or `stop` is asked for; then everything handed to the sink has
  // been acked. A sink that answers kUnavailable is tried again with back-off: a source never
  // drops. Fails when the input cannot be read, or the sink refuses for good.
  virtual Result<void> run(Sink& sink, std::stop_token stop) = 0;
};

}  // namespace obs::pipeline
