// Doubles that survive a column. DuckDB's dictionaries take -0.0 for 0.0 and every NaN for any
// other, so that a column may give back another one of them; and which NaN it is matters
// (Prometheus marks staleness so). Columns hold the plain form, and `extra` says under the column's
// name what the number really was, where that is another. Internal to libobs/store.

#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "libobs/model/batch.h"
#include "libobs/store/row_json.h"

namespace obs::store {

// The number a column can be trusted with.
inline double to_plain(double number) {
  if (std::isnan(number)) return std::numeric_limits<double>::quiet_NaN();
  return number + 0.0;  // Makes -0.0 into 0.0.
}

inline bool is_plain(double number) {
  return std::bit_cast<std::uint64_t>(number) == std::bit_cast<std::uint64_t>(to_plain(number));
}

// Adds those numbers of a data point that are not plain.
void add_exact_numbers(ExtraJson& extra, const model::Value& value);
void add_exact_numbers(ExtraJson& extra, const model::Distribution& distribution);

}  // namespace obs::store
