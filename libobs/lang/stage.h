// Stages at work: each takes records one by one and hands on what it makes of them.
//
// A chain of stages with its Flow belongs to one thread. Every lane has a chain of its own for the
// stages without memory; one more, run in order, has the others.

#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libobs/lang/ast.h"
#include "libobs/lang/engine.h"
#include "libobs/lang/expression.h"
#include "libobs/lang/record.h"
#include "libobs/lang/spill_file.h"

namespace obs::lang {

class Flow;

class Operator {
 public:
  virtual ~Operator() = default;
  // Hands on to the stage behind it with flow.push(record, next).
  virtual void push(Record& record, Flow& flow, std::size_t next) = 0;
  // No record follows: hands on what it held back.
  virtual void finish(Flow&, std::size_t) {}
  // True once it lets nothing more through.
  virtual bool is_done() const { return false; }
  // Takes over what the same stage of another chain gathered, for stages that gather in parallel.
  virtual void merge(Operator&, Flow&) {}
  // Hands on what finish() would by now, and keeps it. False: the stage does not gather rows.
  virtual bool peek(Flow&, std::size_t) { return false; }
};
using Operators = std::vector<std::unique_ptr<Operator>>;

class Flow {
 public:
  // `memory`: what the stages of the chain may hold together. What is more goes to `spill`, or is
  // refused.
  Flow(const FieldTable& fields, const EngineOptions& options, SpillFile& spill, std::size_t memory)
      : options_(options), fields_(fields), spill_(spill), memory_(memory) {}

  // `copies`: is told how many records each line of `out` stands for.
  void use(Operators& stages, std::string& out, std::vector<std::uint64_t>* copies = nullptr) {
    stages_ = &stages;
    out_ = &out;
    out_copies_ = copies;
  }

  void push(Record& record, std::size_t stage);
  // False once the stage lets nothing more through.
  bool wants_more(std::size_t stage) const {
    return !error_ && (stage >= stages_->size() || !(*stages_)[stage]->is_done());
  }
  // A line that a stage made, as a record of its own to the stage, one. The line is copied.
  void push_line(std::string_view line, std::size_t stage);
  // A record beside the one that is being pushed, which reads a copy of the line; for the stage
  // before `stage`.
  Record& spare(std::string_view line, std::size_t stage);
  const EngineOptions& options() const { return options_; }
  Counters& counters() { return counters_; }
  // Counts up with each use, over all chunks: the order of arrival.
  std::uint64_t next_ordinal() { return ordinal_++; }
  void begin_chunk(std::uint64_t chunk) { ordinal_ = chunk << 32; }
  // How many records like the one that is being pushed there are.
  std::uint64_t copies() const { return copies_; }
  void set_copies(std::uint64_t copies) { copies_ = copies; }

  // The chain cannot go on; the first reason counts.
  void fail(Error error);
  const std::optional<Error>& error() const { return error_; }
  // Records of these lines may stand for more than themselves; see weight_of() in grouping.h.
  bool may_be_weighted() const { return may_be_weighted_; }
  // The lines are followed by kScanPadding readable bytes.
  void look_for_weights(std::string_view lines);
  // Accounts for bytes that a stage holds; fails beyond the bound. `what` names the stage.
  void hold(std::size_t bytes, std::string_view what);
  // The same for a stage that can put them aside: false when it is time to.
  bool try_hold(std::size_t bytes) {
    held_ += bytes;
    return held_ <= memory_;
  }
  void release(std::size_t bytes) { held_ -= bytes; }
  SpillFile& spill() { return spill_; }
  std::size_t memory() const { return memory_; }
  // What finish() hands on leaves in pieces, so that it need not be in memory all at once.
  using Drain = std::function<Result<void>(std::string& lines)>;
  void drain_to(const Drain* drain) { drain_ = drain; }
  // Fails the chain with the error of a result.
  void check(Result<void> result) {
    if (!result) fail(std::move(result).error());
  }

 private:
  struct Spare {
    std::string line;
    std::unique_ptr<Record> record;
  };

  void drain_some();

  const EngineOptions& options_;
  const FieldTable& fields_;
  SpillFile& spill_;
  std::size_t memory_;
  const Drain* drain_ = nullptr;
  Operators* stages_ = nullptr;
  std::string* out_ = nullptr;
  std::vector<std::uint64_t>* out_copies_ = nullptr;
  Counters counters_;
  std::uint64_t ordinal_ = 0;
  std::uint64_t copies_ = 1;
  std::size_t held_ = 0;
  bool may_be_weighted_ = false;
  std::optional<Error> error_;
  std::deque<Spare> spares_;
};

// What compiling stages needs to know.
struct StageContext {
  FieldTable& fields;
  const EngineOptions& options;

  ExpressionContext expressions() const { return {fields, options.now}; }
};

// One a stage of the language. stage_reshape.cc:
std::unique_ptr<Operator> make_where(const WhereStage& stage, const StageContext& context);
std::unique_ptr<Operator> make_signal_filter(model::Signal signal, const StageContext& context);
std::unique_ptr<Operator> make_set(const SetStage& stage, const StageContext& context);
std::unique_ptr<Operator> make_rename(const RenameStage& stage, const StageContext& context);
std::unique_ptr<Operator> make_keep(const KeepStage& stage, const StageContext& context);
std::unique_ptr<Operator> make_drop(const DropStage& stage, const StageContext& context);
std::unique_ptr<Operator> make_unroll(const UnrollStage& stage, const StageContext& context);
std::unique_ptr<Operator> make_format(const FormatStage& stage, const StageContext& context);
// stage_parse.cc:
std::unique_ptr<Operator> make_parse(const ParseStage& stage, const StageContext& context);
// stage_redact.cc; null when the stage needs a key and there is none:
std::unique_ptr<Operator> make_redact(const RedactStage& stage, const StageContext& context);
// stage_sample.cc:
std::unique_ptr<Operator> make_sample(const SampleStage& stage, const StageContext& context);
// stage_tail_sample.cc:
std::unique_ptr<Operator> make_tail_sample(const TailSampleStage& stage,
                                           const StageContext& context);
// stage_patterns.cc:
std::unique_ptr<Operator> make_patterns(const PatternsStage& stage, const StageContext& context);
// stage_route.cc; null without a way to deliver:
std::unique_ptr<Operator> make_route(const RouteStage& stage, const StageContext& context);
std::unique_ptr<Operator> make_tee(const TeeStage& stage, const StageContext& context);
// stage_order.cc:
std::unique_ptr<Operator> make_head(const HeadStage& stage);
std::unique_ptr<Operator> make_tail(const TailStage& stage);
// stage_sort.cc.
// `wanted`: how many of the first are of interest, since `head` follows.
std::unique_ptr<Operator> make_sort(const SortStage& stage, std::uint64_t wanted,
                                    const StageContext& context);
// stage_limit.cc:
std::unique_ptr<Operator> make_dedup(const DedupStage& stage, const StageContext& context);
std::unique_ptr<Operator> make_throttle(const ThrottleStage& stage, const StageContext& context);
// stage_stats.cc; `every` is stage_windows.cc:
std::unique_ptr<Operator> make_stats(const StatsStage& stage, const StageContext& context);
std::unique_ptr<Operator> make_windows(const StatsStage& stage, const StageContext& context);
std::unique_ptr<Operator> make_top(const TopStage& stage, const StageContext& context);

}  // namespace obs::lang
