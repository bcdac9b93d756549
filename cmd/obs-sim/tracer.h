// The tracer: walks one request through the shop, operation by operation, and has everything it
// meets recorded.
//
// A walk is simulated whole when it begins; the table of operations has no cycles, so it ends.

#pragma once

#include "cmd/obs-sim/recorder.h"

namespace obs::sim {

class Tracer {
 public:
  Tracer(const Weather& weather, Recorder& recorder, Timeline& timeline)
      : weather_(weather), recorder_(recorder), timeline_(timeline) {}

  // One trace that begins with `entry`. The same seed makes the same trace.
  void run(Op entry, Timestamp start, std::uint64_t seed);

 private:
  struct Walk;  // What one trace carries along.
  struct Parent {
    Place place;
    bool is_remote = false;
    std::optional<Place> link;
  };
  struct Outcome {
    Timestamp end = 0;
    Fault fault;
    bool hit = true;
  };

  Outcome perform(Walk& walk, Op op, Instance at, const Parent& parent, Timestamp start,
                  int attempt = 1);
  Outcome perform_steps(Walk& walk, const Operation& operation, const Effect& effect,
                        const Place& place, Timestamp start);
  Outcome take_step(Walk& walk, const Step& step, const Place& caller, Timestamp start);
  Outcome call(Walk& walk, Op op, const Place& caller, Timestamp start);
  void consume(Walk& walk, Op op, const Place& producer, Timestamp sent);
  void record_business(const Walk& walk, Op op, const Place& place, const Outcome& outcome);

  const Weather& weather_;
  Recorder& recorder_;
  Timeline& timeline_;
};

}  // namespace obs::sim
