// Runs a program over text, cut into chunks as a test likes. For the tests of lang.

#pragma once

#include <string>
#include <string_view>

#include "libobs/lang/engine.h"

namespace obs::test {

struct RunOptions {
  lang::EngineOptions engine;
  std::size_t chunk_bytes = 1 << 20;
  unsigned threads = 1;
};

struct RunResult {
  std::string output;
  lang::Counters counters;
  std::string error;  // Of the program or of the run; empty when all went well.
};

// Whole lines: a chunk is as many as fit, at least one.
RunResult run_program(std::string_view program, std::string_view input, RunOptions options = {});
// The output alone, or "! error".
std::string run(std::string_view program, std::string_view input);

}  // namespace obs::test
