// A program of the pipeline language that runs over batches, between a receiver and its sink.
//
// It has the stages that look at one record alone: where, parse, set, rename, keep, drop, redact
// and sample; and one tailsample, whose records somebody else keeps until they are decided
// (tail_keeper.h). The others would have to remember what is not acknowledged yet, and are refused.
//
// A record stays a record of its signal: `keep` always keeps signal, time, observed_time, project
// and _error, and a program that sets, renames or drops `signal` is refused. `_error` becomes an
// attribute.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/result.h"
#include "libobs/lang/engine.h"
#include "libobs/lang/redact.h"
#include "libobs/model/batch.h"
#include "libobs/places/lane_pool.h"
#include "libobs/places/tail_keeper.h"

namespace obs::places {

struct ProgramText {
  std::string text;
  std::string name;        // Of its file, for messages; empty when there is none.
  std::string redact_key;  // The secret of `redact … with hash`.
};

// What became of a batch. The records of `batches`, sampled, filtered, rejected and undecided are
// together those it had.
struct Processed {
  // None, one, or one a project when the program sets that. The very batch when nothing changed.
  std::vector<model::BatchPtr> batches;
  // Records of traces, for a `tailsample`; they point into `text`.
  std::vector<TailRecord> undecided;
  std::string text;
  std::uint64_t sampled = 0;
  std::uint64_t filtered = 0;
  std::uint64_t rejected = 0;   // The program made of them what is no record.
  std::string first_rejection;  // Why.
  std::uint64_t errors = 0;     // Records on which a stage failed; most have an `_error`.
  lang::RedactCounts redacted;
};

class BatchProgram {
 public:
  // kInvalidArgument shows the place in the program. now() is the time of this call.
  static Result<std::shared_ptr<const BatchProgram>> compile(const ProgramText& source);

  // Any thread. The ids of what comes out follow from the batch's: the first has the same, so that
  // a request which is sent again is known again, whatever program is there by then.
  Result<Processed> run(const model::BatchPtr& batch) const;

  // The rules of its `tailsample`; null when it has none.
  const TailRules* tail() const { return rules_ ? &*rules_ : nullptr; }

  // Runs what follows `tailsample` over the records of an output. Their ids are made from `id`.
  Result<Processed> finish(const TailOutput& output, const model::BatchId& id) const;

 private:
  BatchProgram() = default;

  Processed redact(const model::BatchPtr& batch) const;

  std::optional<LanePool> lanes_;  // The program, up to its `tailsample`.
  std::optional<LanePool> rest_;   // From there on.
  std::optional<TailRules> rules_;
  // All stages, when each is `redact`: columns need not become lines for it.
  std::vector<lang::Redactor> redactors_;
};

using ProgramPtr = std::shared_ptr<const BatchProgram>;

}  // namespace obs::places
