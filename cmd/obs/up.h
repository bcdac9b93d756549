// obs up: the suite on this machine, as one.

#pragma once

#include <string>
#include <vector>

#include "libobs/base/result.h"

namespace obs::suite {

struct UpOptions {
  std::string http = "127.0.0.1:4318";
  std::vector<std::string> to;  // Empty: the default store.
  bool sim = false;
  double rate = 10;
  std::vector<std::string> incidents;
  bool verbose = false;
};

// Runs until SIGINT or SIGTERM. Fails when a program cannot be started, or ends by itself.
Result<int> run_up(const UpOptions& options);

}  // namespace obs::suite
