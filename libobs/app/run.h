// What every main shares: options, exit codes, messages.
//
//   int main(int argc, char** argv) { return obs::app::run<IngestOptions>(argc, argv, ingest); }
//
// An Options type has `kName`, `kSummary` (one line), and `void declare(CLI::App&)`. The body takes
// the options and returns Result<void>, or Result<int> when success has more than one exit code.
//
// Each long option `--flush-rows` of obs-store, those of sub-commands included, may also come from
// the environment (OBS_STORE_FLUSH_ROWS) or from `--config FILE` (`flush-rows = …`, under
// `[SUB-COMMAND]` for its own; app/config.h). The command line wins over the environment, and that
// over the file.

#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <type_traits>

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
// data, kInternal a bug, the rest I/O. A reader of stdout that has gone (app/stdout.h) is no error:
// 0.
int exit_code(const Error& error);

// Parses the command line, environment and configuration, prints --help and --version, runs the
// body, prints its error as "<program>: <message>" and returns the exit code. SIGPIPE is ignored
// from here on.
int run_app(CLI::App& app, int argc, char** argv, const std::function<Result<int>()>& body);

// "OBS_STORE_FLUSH_ROWS" for "obs-store" and "flush-rows".
std::string environment_name(std::string_view program, std::string_view flag);

// The address of the store a tool uses when told none: $OBS_DIR, a path or an address, else
// "dir:./data".
std::string default_store();

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
      return static_cast<int>(kExitDone);
    }
  });
}

}  // namespace obs::app
