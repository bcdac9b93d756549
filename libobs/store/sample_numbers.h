// Numbers of one series while they are gathered: the arrays that SampleSeries has, so that they
// need not be copied again. Internal to libobs/store.

#pragma once

#include <cstdint>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/store/numbers_part.h"

namespace obs::store {

// OTLP's flag of a point that says: there was nothing to record.
inline constexpr std::uint32_t kNoRecordedValue = 1;

// The staleness marker.
double stale_number();

// The first three are as long as each other.
struct SampleNumbers {
  std::vector<Timestamp> times;
  std::vector<double> values;
  std::vector<Timestamp> start_times;
  std::vector<std::uint64_t> arrivals;  // Shorter where they were not read: 0.

  void reserve(std::size_t expected);
  // Rows of a cursor that are alike and in [begin, end), but for those that are no samples: they
  // have neither a value nor a flag that says so.
  void add(const NumbersCursor& rows, std::uint32_t begin, std::uint32_t end, bool with_arrival);

  // Whether each time is after the one before.
  bool in_order() const;
  bool has_same_times() const;
  // By time; of one time the last to arrive. The arrivals are of no use then.
  void settle();

 private:
  void add_stale(const NumbersCursor& rows, std::uint32_t begin, std::uint32_t end,
                 bool with_arrival);
  std::vector<std::uint32_t> order() const;
};

}  // namespace obs::store
