// The command line of obs-sim(1), and what it means.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cmd/obs-sim/simulation.h"
#include "libobs/app/run.h"

namespace obs::sim {

struct SimOptions {
  static constexpr std::string_view kName = "obs-sim";
  static constexpr std::string_view kSummary =
      "Simulate a shop of a dozen services, with incidents of known cause";

  std::string to = "-";
  std::uint64_t seed = 1;
  double rate = 5;
  std::string start = "now";
  std::string duration;
  std::string metric_interval = "15s";
  std::vector<std::string> signals = {"logs", "spans", "metrics"};
  std::vector<std::string> incidents;
  bool list_incidents = false;
  bool fast = false;
  bool flat = false;
  bool verbose = false;

  void declare(CLI::App& app);
};

// A run: what to simulate, until when, and how fast.
struct Plan {
  SimulationOptions simulation;
  std::optional<Timestamp> end;
  bool fast = false;
  std::array<bool, model::kSignalCount> wanted{};

  bool wants(model::Signal signal) const { return wanted[static_cast<std::size_t>(signal)]; }
};

Result<Plan> make_plan(const SimOptions& options, Timestamp now);

}  // namespace obs::sim
