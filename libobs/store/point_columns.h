// The columns of parts of distributions; those of numbers are in number_columns.h, and those of
// their series in series_columns.h. Internal to libobs/store.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "libobs/store/column_out.h"
#include "libobs/store/row_schema.h"
#include "libobs/store/series_index.h"

namespace obs::store {

// Consecutive rows of a part.
struct PointSlice {
  RowSlice rows;
  const PointSeries& series;
};

struct PointColumn {
  std::string_view name;
  CellType type;
  void (*fill)(const PointSlice& slice, ColumnOut& out);
};

std::span<const PointColumn> distributions_columns();

}  // namespace obs::store
