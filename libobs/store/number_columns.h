// The columns of a part of numbers (point_shape.h). Internal to libobs/store.

#pragma once

#include <array>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "libobs/store/column_source.h"
#include "libobs/store/number_rows.h"
#include "libobs/store/parquet_numbers.h"
#include "libobs/store/point_value.h"

namespace obs::store {

// Their names, in the order of the file.
inline constexpr std::array<std::string_view, 12> kNumbersColumns = {
    "series_id", "time",  "start_time", "value_units", "value_offset", "value_divisor",
    "value_raw", "flags", "arrival",    "arrival_row", "exemplars",    "extra"};

// Encodes the rows of a source.
class NumberColumns final : public ColumnSource {
 public:
  // `source` outlives it.
  explicit NumberColumns(NumberSource& source) : source_(source) {}

  std::vector<std::unique_ptr<ParquetColumn>> make_columns() override;
  Result<std::size_t> fill(std::size_t most) override;

 private:
  void add(std::span<const NumberRow> rows);
  void add_times(std::span<const NumberRow> rows);
  void add_numbers(std::span<const NumberRow> rows);
  void add_run(const NumberRun& run, const std::int64_t*& units, const double*& raw);
  void add_texts(std::span<const NumberRow> rows);

  using Narrow = ParquetNumbers<std::int32_t>;
  using Wide = ParquetNumbers<std::int64_t>;
  using Doubles = ParquetNumbers<double>;
  struct Columns {
    Narrow* series;
    Wide* time;
    Wide* start_time;
    Wide* units;
    Wide* offset;
    Doubles* divisor;
    Doubles* raw;
    Narrow* flags;
    Wide* arrival;
    Narrow* arrival_row;
    ParquetTexts* exemplars;
    ParquetTexts* extra;
  };

  NumberSource& source_;
  Columns columns_{};
  SeriesRows left_;  // Of the series that comes next.
  NumberEncoder encoder_;
  std::vector<model::Value> values_;
  EncodedNumbers encoded_;
};

}  // namespace obs::store
