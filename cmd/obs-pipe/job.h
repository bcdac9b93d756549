// What to run over what: the program and the files of a command line.

#pragma once

#include <string>
#include <vector>

#include "cmd/obs-pipe/options.h"
#include "libobs/lang/ast.h"
#include "libobs/lang/engine.h"

namespace obs::pipe {

struct Job {
  std::string text;  // Of the program.
  std::string name;  // Of the program's file; empty when it is an argument.
  std::vector<std::string> files;
};

// The program is the first argument, or that of -f. An argument that is no program but names a file
// is an input; without a program everything passes. kInvalidArgument when there is neither program
// nor input, only a terminal, and when a program stands among the files.
Result<Job> make_job(const PipeOptions& options);

// kInvalidArgument shows where the program is wrong.
Result<lang::Program> parse_job(const Job& job);
Result<lang::Plan> compile_job(const Job& job, const lang::EngineOptions& options);

}  // namespace obs::pipe
