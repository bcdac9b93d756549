// What every main shares: options, exit codes, messages, colour and logging.
//
//   int main(int argc, char** argv) { return obs::app::run<IngestOptions>(argc, argv, ingest); }
//
// An Options type has `kName`, `kSummary` (one line), and `void declare(CLI::App&)`. The body
// returns Result<void>, or Result<int> when success has more than one exit code.

#pragma once

#include <functional>
#include <string_view>

#include <CLI/CLI.hpp>

#include "libobs/base/result.h"

namespace obs::app {

enum ExitCode : int {
  kExitDone = 0,
  kExitNo = 1,  // The answer is no: --assert, --exit-status.
  kExitUsage = 2,
  kExitBadData = 3,
  kExitIo = 4,  // I/O or a peer; worth a retry.
  kExitBug = 70,
  kExitInterrupted = 130,
};

// The exit code an error deserves: kInvalidArgument is usage, kMalformed and kLimitExceeded bad
// data, kInternal a bug, the rest I/O.
int exit_code(const Error& error);

// Parses the command line and environment (OBS_<NAME>_<FLAG>), prints --help and --version, runs
// the body, prints its error as "<program>: <message>" and returns the exit code.
int run_app(CLI::App& app, int argc, char** argv, const std::function<Result<int>()>& body);

template <class Options, class Body>
int run(int argc, char** argv, Body body) {
  Options options;
  CLI::App app{std::string(Options::kSummary), std::string(Options::kName)};
  options.declare(app);
  return run_app(app, argc, argv, [&]() -> Result<int> {
    auto result = body(options);
    if (!result) return fail(std::move(result).error());
    if constexpr (std::is_same_v<decltype(result), Result<int>>) {
      return result;
    } else {
      return kExitDone;
    }
  });
}

}  // namespace obs::app
