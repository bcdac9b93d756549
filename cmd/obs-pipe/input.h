// The inputs of obs-pipe: files, pipes and compressed files as chunks of whole lines.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "libobs/base/result.h"
#include "libobs/lang/pump.h"

namespace obs::pipe {

struct InputOptions {
  std::string format = "ndjson";  // Of decode_chunks().
  bool strict = false;            // Bad lines of a format are refused,
  bool skip_invalid = false;      // or left out.
  std::size_t max_line = 64 * kMiB;
  bool merge = false;   // In the order of time, rather than that of the files.
  bool follow = false;  // Files go on when they are at their end.
};

// The files in their order; `-` is stdin. All are opened at once, so that a missing one is an error
// before anything is read. gzip and zstd are told by their first bytes, and are
// inflated as they are read.
//
// Regular files are read by every thread at its own place; pipes by one at a time, as soon as a
// whole line is there. Followed files have no end. What is longer than `max_line` is cut to one
// byte more than that.
Result<std::unique_ptr<lang::ChunkSource>> open_inputs(const std::vector<std::string>& paths,
                                                       const InputOptions& options);

}  // namespace obs::pipe
