// What tail sampling needs to know of a program, and how its work is divided in a daemon.
//
// On a stream one stage does it all. A receiver keeps the undecided records itself, durably, and
// runs two programs: one up to the stage, which says of each record of a trace which conditions
// it meets, and one from the stage on, over the records that are kept. Between them a record is a
// line with a word in front:
//
//   met  := trace-id " " conditions TAB record                bit i: the record meets condition i
//   kept := reason " " policy " " threshold TAB record        policies count from 0
//
// Numbers are decimal.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/lang/ast.h"
#include "libobs/lang/tail_sample.h"
#include "libobs/model/ids.h"

namespace obs::lang {

// What a trace can be kept for. It meets a policy when each condition holds for one of its records.
struct TailPolicy {
  std::vector<const Expr*> conditions;  // They live as long as the stage.
  std::size_t when = 0;                 // Index of the stage's `when` whose limit it shares.
};
// One for a `when` with `with`; else one for each of its alternatives, `a or b or c`, so that a
// trace can say which it met. Conditions count through all of them, from 0.
std::vector<TailPolicy> tail_policies(const TailSampleStage& stage);

constexpr std::size_t kMaxTailConditions = 64;
std::size_t tail_condition_count(const TailSampleStage& stage);

// The stage's options; of `memory` bytes it takes half at most.
TailSampleOptions tail_options(const TailSampleStage& stage, std::size_t memory);

struct MetLine {
  model::TraceId trace;
  std::uint64_t conditions = 0;
  std::string_view record;
};
void append_met(std::string& out, const MetLine& met);
// nullopt for a line that is a record of no trace.
std::optional<MetLine> parse_met(std::string_view line);

struct KeptLine {
  TailDecision decision;
  std::string_view record;
};
void append_kept(std::string& out, const KeptLine& kept);
std::optional<KeptLine> parse_kept(std::string_view line);

}  // namespace obs::lang
