// How a program is laid out over lanes and the part that runs in order. Internal to the engine.

#pragma once

#include <memory>
#include <optional>
#include <string>

#include "libobs/lang/engine.h"
#include "libobs/lang/stage.h"

namespace obs::lang {

struct Plan::Parts {
  Program program;
  EngineOptions options;
  std::size_t lane_stages = 0;  // The first so many stages run in lanes.
  bool gathers = false;         // The next one too: each lane gathers, and the lanes are merged.
  std::optional<std::string> needle;
  std::size_t text_from = SIZE_MAX;  // Behind this stage (`format`), lines are text.
  bool makes_rows = false;
  bool waits_for_end = false;
  std::unique_ptr<SpillFile> spill = std::make_unique<SpillFile>();  // Of all that run the plan.
};

Result<std::unique_ptr<Plan::Parts>, Diagnostic> lay_out(Program program,
                                                         const EngineOptions& options);
Operators make_lane_operators(const Plan::Parts& parts, FieldTable& fields);
Operators make_finish_operators(const Plan::Parts& parts, FieldTable& fields);
std::string explain_layout(const Plan::Parts& parts);

}  // namespace obs::lang
