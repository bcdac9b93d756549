// The sink that runs a program over each batch before another sink gets it: --pipe of a receiver.

#pragma once

#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/metrics.h"
#include "libobs/pipeline/ledger.h"
#include "libobs/pipeline/sink.h"
#include "libobs/places/batch_program.h"

namespace obs::places {

// kInvalidArgument: the program has a `tailsample`, and `state` is no directory for it.
Result<void> check_state(const BatchProgram& program, const std::string& state);

// A batch is acked once the inner sink has acked all that the program left of it, at once when
// nothing is left, and once what a `tailsample` has to decide is in its journal. The ledger of
// stage "pipe" counts what was filtered and sampled when the rest is acknowledged: a batch that
// failed is written again, and then counts again.
//
// The program runs on the thread that writes. It may be replaced at any time: a batch sees one
// program, whole.
class PipeSink final : public pipeline::Sink {
 public:
  using Warn = std::function<void(std::string_view)>;

  // With the keeper that the program needs, in the directory `state`.
  static Result<std::unique_ptr<PipeSink>> open(std::unique_ptr<pipeline::Sink> inner,
                                                ProgramPtr program, const std::string& state,
                                                Registry& registry, Warn warn);

  // The registry outlives it. `warn` is told of the first record that a program makes unusable, on
  // any thread.
  // `keeper` is there when the program has a `tailsample`, and has not been started.
  PipeSink(std::unique_ptr<pipeline::Sink> inner, ProgramPtr program, Registry& registry, Warn warn,
           std::unique_ptr<TailKeeper> keeper = nullptr);
  // Ends the keeper's thread if close() did not: it must not find the inner sink half gone.
  ~PipeSink() override;

  // From the next batch on; or, when the new one could not be made or has a `tailsample` where the
  // old one had none, or the other way round, counts that and leaves the old one. Any thread.
  Result<void> replace(Result<ProgramPtr> program);

  void write(model::BatchPtr batch, pipeline::Ack ack) override;
  void give_up_after(Duration grace) override { inner_->give_up_after(grace); }
  Result<void> close() override;
  std::vector<pipeline::Health> health() const override { return inner_->health(); }

 private:
  using Records = std::array<std::uint64_t, model::kSignalCount>;  // By signal.
  using Done = std::function<void(Result<void>)>;
  void count(const Processed& processed);
  void hand_over(const Processed& processed, const model::Batch& batch, pipeline::Ack ack);
  void deliver(const TailOutput& output, const model::BatchId& id, Done done);
  void count_delivered(const Processed& processed, const Records& records, const Records& sent,
                       bool has_failed);
  void start_keeper();
  ProgramPtr program() const;

  pipeline::Ledger ledger_;
  const Warn warn_;
  Counter& taken_;
  Counter& refused_;
  Counter& errors_;
  std::vector<Counter*> redacted_;  // By Secret.
  mutable std::mutex mutex_;
  ProgramPtr program_;
  bool has_warned_ = false;  // Of what this program does.
  const std::unique_ptr<TailKeeper> keeper_;
  const std::unique_ptr<pipeline::Sink> inner_;  // Its acks may call the keeper until it is gone.
};

}  // namespace obs::places
