// The command line of obs-pipe(1).

#pragma once

#include <string>
#include <vector>

#include "libobs/app/run.h"
#include "libobs/lang/engine.h"

namespace obs::pipe {

struct PipeOptions {
  static constexpr std::string_view kName = "obs-pipe";
  static constexpr std::string_view kSummary =
      "Filter, reshape and aggregate a stream of ndjson with the pipeline language";

  std::vector<std::string> arguments;  // The program, unless -f; then files. Or "test", then files.
  std::string program_file;
  std::string format = "ndjson";  // Of the inputs.
  std::string output;
  std::string color = "auto";
  std::string tz = "UTC";
  std::string memory = "1GiB";
  std::string max_line = "64MiB";
  std::string redact_key;
  std::string junit;  // Of `test`.
  unsigned threads = 0;
  bool merge = false;
  bool follow = false;
  bool pretty = false;
  bool verify_redaction = false;
  bool strict = false;
  bool skip_invalid = false;
  bool explain = false;
  bool check = false;
  bool verbose = false;

  void declare(CLI::App& app);
};

// The sizes, flags and secrets as the engine takes them. kInvalidArgument names the option.
Result<lang::EngineOptions> to_engine_options(const PipeOptions& options);

// What --tz says when times stay as they are.
inline constexpr std::string_view kUtc = "UTC";
// Makes the zone that --tz names that of the process, before any thread is there. kInvalidArgument
// when there is no such zone.
Result<void> use_time_zone(const std::string& tz);

}  // namespace obs::pipe
