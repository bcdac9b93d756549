// The sink that runs a program over each batch before another sink gets it: --pipe of a receiver.

#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "libobs/base/metrics.h"
#include "libobs/pipeline/ledger.h"
#include "libobs/pipeline/sink.h"
#include "libobs/places/batch_program.h"

namespace obs::places {

// A batch is acked once the inner sink has acked all that the program left of it, at once when
// nothing is left. The ledger of stage "pipe" counts what was filtered and sampled when the rest is
// acknowledged: a batch that failed is written again, and then counts again.
//
// The program runs on the thread that writes. It may be replaced at any time: a batch sees one
// program, whole.
class PipeSink final : public pipeline::Sink {
 public:
  using Warn = std::function<void(std::string_view)>;

  // The registry outlives it. `warn` is told of the first record that a program makes unusable, on
  // any thread.
  PipeSink(std::unique_ptr<pipeline::Sink> inner, ProgramPtr program, Registry& registry,
           Warn warn);

  // From the next batch on; or, when the new one could not be made, counts that and leaves the old
  // one. Any thread.
  Result<void> replace(Result<ProgramPtr> program);

  void write(model::BatchPtr batch, pipeline::Ack ack) override;
  void give_up_after(Duration grace) override { inner_->give_up_after(grace); }
  Result<void> close() override { return inner_->close(); }
  std::vector<pipeline::Health> health() const override { return inner_->health(); }

 private:
  struct Delivery;
  void count(const Processed& processed);
  ProgramPtr program() const;

  const std::unique_ptr<pipeline::Sink> inner_;
  pipeline::Ledger ledger_;
  const Warn warn_;
  Counter& taken_;
  Counter& refused_;
  Counter& errors_;
  std::vector<Counter*> redacted_;  // By Secret.
  mutable std::mutex mutex_;
  ProgramPtr program_;
  bool has_warned_ = false;  // Of what this program does.
};

}  // namespace obs::places
