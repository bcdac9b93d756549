// obs key: a new API key for the file that obs-ingest --keys reads.

#pragma once

#include <string>
#include <vector>

#include "libobs/base/result.h"

namespace obs::suite {

struct KeyOptions {
  std::string name;
  std::string project = "default";
  std::vector<std::string> signals;  // Empty: all.
  std::vector<std::string> origins;  // Empty: any.
};

// Prints the line for the file to standard output and the key itself, which is nowhere else, to
// standard error.
Result<void> run_key(const KeyOptions& options);

}  // namespace obs::suite
