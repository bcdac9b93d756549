// The columns of parts of points: of numbers and of distributions, which refer to their series, and
// of the series themselves. Internal to libobs/store.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "libobs/store/column_out.h"
#include "libobs/store/point_value.h"
#include "libobs/store/row_schema.h"
#include "libobs/store/series_index.h"

namespace obs::store {

// Consecutive rows of a part.
struct PointSlice {
  RowSlice rows;
  const PointSeries& series;
  std::span<const StoredNumber> numbers;  // As long as the rows; of distributions none.
};

struct PointColumn {
  std::string_view name;
  CellType type;
  void (*fill)(const PointSlice& slice, ColumnOut& out);
};

// Columns that hold a number, in the order of numbers_columns().
inline constexpr std::string_view kNumberColumns[] = {"value_units", "value_offset",
                                                      "value_divisor", "value_raw"};
void fill_units(std::span<const StoredNumber> numbers, ColumnOut& out);
void fill_offset(std::span<const StoredNumber> numbers, ColumnOut& out);
void fill_divisor(std::span<const StoredNumber> numbers, ColumnOut& out);
void fill_raw(std::span<const StoredNumber> numbers, ColumnOut& out);

std::span<const PointColumn> numbers_columns();
std::span<const PointColumn> distributions_columns();

struct SeriesColumn {
  std::string_view name;
  CellType type;
  void (*fill)(std::span<const ListedSeries> series, ColumnOut& out);
};
std::span<const SeriesColumn> series_columns();

}  // namespace obs::store
