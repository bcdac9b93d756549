// A compiled program, run by any number of threads at a time.

#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "libobs/base/result.h"
#include "libobs/lang/engine.h"

namespace obs::places {

class LanePool {
 public:
  explicit LanePool(lang::Plan plan) : plan_(std::make_unique<lang::Plan>(std::move(plan))) {}

  // Runs whole lines through the stages, and appends what comes out. `lines` is made longer for the
  // time of the run. The counters are those of this run alone. Any thread.
  Result<lang::Counters> run(std::string& lines, std::string& out) const;

 private:
  std::unique_ptr<lang::Lane> take_lane() const;

  // Lanes at rest. Making one compiles regular expressions.
  struct Idle {
    std::mutex mutex;
    std::vector<std::unique_ptr<lang::Lane>> lanes;
  };

  std::unique_ptr<lang::Plan> plan_;
  std::unique_ptr<Idle> idle_ = std::make_unique<Idle>();
};

}  // namespace obs::places
