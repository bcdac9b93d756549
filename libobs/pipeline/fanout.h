// Fanout: one sink that writes to several.

#pragma once

#include <memory>
#include <vector>

#include "libobs/pipeline/sink.h"

namespace obs::pipeline {

// Acks a batch once every sink has: with nothing wrong when nothing went wrong anywhere, else with
// the errors of those that failed. It is worth a retry (kUnavailable) only when none of them
// refused for good; a retry reaches the sinks that had succeeded too, which know the batch by its
// id or write it twice ("-", "file:").
class Fanout final : public Sink {
 public:
  // At least one.
  explicit Fanout(std::vector<std::unique_ptr<Sink>> sinks);

  void write(model::BatchPtr batch, Ack ack) override;
  void give_up_after(Duration grace) override;
  // Closes all of them, whatever the others said.
  Result<void> close() override;
  std::vector<Health> health() const override;

 private:
  std::vector<std::unique_ptr<Sink>> sinks_;
};

// The one sink itself, or a Fanout.
std::unique_ptr<Sink> join_sinks(std::vector<std::unique_ptr<Sink>> sinks);

}  // namespace obs::pipeline
