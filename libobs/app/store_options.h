// The options of every command that writes a store: when its log becomes parts, for how long a
// batch that comes twice is known, and how long records are kept.

#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "libobs/base/result.h"
#include "libobs/store/writer.h"

namespace obs::app {

struct StoreOptions {
  std::string flush_age = "10s";
  std::string dedup_window = "10m";
  std::vector<std::string> retain;

  void declare(CLI::App& app);

  // Puts them into `writer`. kInvalidArgument names the option and says what would be right.
  Result<void> apply(store::WriterOptions& writer) const;
};

}  // namespace obs::app
