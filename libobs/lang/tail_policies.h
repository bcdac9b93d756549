// What tail sampling needs to know of a program, and how its work is divided in a daemon.
//
// On a stream one stage does it all. A receiver keeps the undecided records itself, durably, and
// runs two programs: one up to the stage, which says of each record of a trace which policy it
// meets, and one from the stage on, over the records that are kept. Between them a record is a line
// with a word in front:
//
//   met  := trace-id " " ( policy | "-" ) TAB record          policies count from 0
//   kept := reason " " policy " " threshold TAB record        decimal numbers

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

// The alternatives of the stage's condition, `a or b or c`: each is a policy of its own, so that a
// trace can say which it met. They live as long as the stage.
std::vector<const Expr*> tail_policies(const TailSampleStage& stage);

// The stage's options; of `memory` bytes it takes half at most.
TailSampleOptions tail_options(const TailSampleStage& stage, std::size_t memory);

struct MetLine {
  model::TraceId trace;
  std::uint32_t policy = TailSampler::kNoPolicy;
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
