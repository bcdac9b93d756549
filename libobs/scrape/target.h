// Targets: what a scrape config and a group of addresses come to after relabeling. Pure.

#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "libobs/scrape/config.h"

namespace obs::scrape {

using ScrapeConfigPtr = std::shared_ptr<const ScrapeConfig>;

struct Target {
  ScrapeConfigPtr config;
  Labels labels;  // Those that its series get; job and instance among them.
  std::string url;
  Duration interval = 0;
  Duration timeout = 0;
  std::string key;  // The same for the same target, scraped the same way.
};

// Targets of the groups, each once. What is wrong with one goes to `problems`, and it is left out;
// beyond the config's target_limit all are.
std::vector<Target> make_targets(const ScrapeConfigPtr& config, std::span<const TargetGroup> groups,
                                 std::vector<std::string>& problems);

}  // namespace obs::scrape
