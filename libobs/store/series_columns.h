// The columns of a part of series. Internal to libobs/store.

#pragma once

#include <array>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "libobs/store/column_source.h"
#include "libobs/store/parquet_numbers.h"
#include "libobs/store/series.h"

namespace obs::store {

// Their names, in the order of the file.
inline constexpr std::array<std::string_view, 14> kSeriesColumns = {
    "series_id", "project", "service",     "resource_id", "resource",     "scope",      "name",
    "type",      "unit",    "description", "temporality", "is_monotonic", "attributes", "extra"};

class SeriesColumns final : public ColumnSource {
 public:
  explicit SeriesColumns(SeriesList series) : series_(std::move(series)) {}

  std::vector<std::unique_ptr<ParquetColumn>> make_columns() override;
  Result<std::size_t> fill(std::size_t most) override;

 private:
  void add(const NewSeries& series);

  using Numbers = ParquetNumbers<std::int32_t>;
  struct Columns {
    Numbers* id;
    ParquetTexts* project;
    ParquetTexts* service;
    Numbers* resource_id;
    ParquetTexts* resource;
    ParquetTexts* scope;
    ParquetTexts* name;
    ParquetTexts* type;
    ParquetTexts* unit;
    ParquetTexts* description;
    ParquetTexts* temporality;
    ParquetBooleans* is_monotonic;
    ParquetTexts* attributes;
    ParquetTexts* extra;
  };

  const SeriesList series_;
  Columns columns_{};
  std::size_t next_ = 0;
};

}  // namespace obs::store
