// Points of numbers on their way into a part, whether from a flush or from parts that are merged.
// Internal to libobs/store.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "libobs/base/clock.h"
#include "libobs/base/result.h"
#include "libobs/model/value.h"

namespace obs::store {

// What few points have, each as JSON.
struct PointText {
  std::optional<std::string_view> exemplars;
  std::optional<std::string_view> extra;

  bool empty() const { return !exemplars && !extra; }
};

struct NumberRow {
  Timestamp time = 0;
  Timestamp start_time = 0;       // 0: none.
  std::uint64_t arrival = 0;      // The first sequence number of its batch…
  std::uint32_t arrival_row = 0;  // …and its place there.
  std::uint32_t flags = 0;
  model::Value value;               // kInt, kDouble or kNone.
  const PointText* text = nullptr;  // Lives as long as its source.
};

// Rows of one series, by time.
struct SeriesRows {
  std::uint32_t series = 0;
  std::span<const NumberRow> rows;
};

// One thread, and one run through the rows.
class NumberSource {
 public:
  virtual ~NumberSource() = default;
  // The rows of the next series, or more of them of the same one; no rows: the end. Valid until the
  // next call.
  virtual Result<SeriesRows> next() = 0;
};

}  // namespace obs::store
