// Numbers of one series while they are gathered: the arrays that SampleSeries has, so that they
// need not be copied again. Internal to libobs/store.

#pragma once

#include <cstdint>
#include <vector>

#include "libobs/base/clock.h"

namespace obs::store {

// The first three are as long as each other.
struct SampleNumbers {
  std::vector<Timestamp> times;
  std::vector<double> values;
  std::vector<Timestamp> start_times;
  std::vector<std::uint64_t> arrivals;  // Shorter where they were not read: 0.

  // Whether each time is after the one before.
  bool in_order() const;
  bool has_same_times() const;
  // By time; of one time the last to arrive. The arrivals are of no use then.
  void settle();
  void append(const SampleNumbers& later);

 private:
  std::vector<std::uint32_t> order() const;
};

}  // namespace obs::store
