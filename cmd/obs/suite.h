// The suite: which programs there are, and where this installation has them.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/result.h"

namespace obs::suite {

struct Program {
  std::string_view name;
  std::string_view summary;
};

// All of them but obs itself, in the order data flows.
std::span<const Program> programs();

// The path of a program: beside this executable, else on PATH. kNotFound says where it was sought.
Result<std::string> find_program(std::string_view name);

// Becomes `obs-NAME` with these arguments; returns only when it cannot. kInvalidArgument: there is
// no such program, with what may have been meant.
Error run_program(std::string_view name, std::span<char* const> arguments);

// "obs ingest  receive telemetry…", a line each: the end of `obs --help`.
std::string describe_programs();

}  // namespace obs::suite
