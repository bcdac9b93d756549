// What a search found in one row group: copies of the cells that were asked for. Internal to
// libobs/store.

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/arena.h"
#include "libobs/base/result.h"
#include "libobs/store/column_out.h"
#include "libobs/store/parquet_rows.h"
#include "libobs/store/row_schema.h"
#include "libobs/store/scan_search.h"

namespace obs::store {

// A column of the records found.
struct FoundColumn {
  enum class Kind : std::uint8_t {
    kOfSignal,
    kRest,  // The attributes that their part keeps in JSON.
    kHot,   // An attribute that it has in a column, as text; else NULL.
    kHotJson,
  };
  Kind kind = Kind::kOfSignal;
  std::string name;
  CellType type = CellType::kText;
  std::string key;  // Of the attribute.
};

class FoundRows {
 public:
  // These rows of the group that `cells` are of. Fails as ParquetRows does.
  static Result<FoundRows> read(const SearchedPart& part, ParquetRows& cells,
                                std::span<const std::uint32_t> rows,
                                std::span<const FoundColumn> columns);

  std::size_t rows() const { return rows_; }
  std::size_t bytes() const { return arena_->bytes() + rows_ * columns_.size() * sizeof(Cell); }

  // Writes `count` rows from `first` on into a column, from row `at` of it on.
  void fill(std::size_t column, std::size_t first, std::size_t count, ColumnOut& out,
            std::size_t at) const;

 private:
  struct Cell {
    std::string_view text;
    std::int64_t number = 0;
    bool is_null = true;
  };
  struct Cells {
    CellType type = CellType::kText;
    std::vector<Cell> cells;
  };
  class Reader;

  FoundRows() : arena_(std::make_unique<Arena>()) {}

  std::size_t rows_ = 0;
  std::vector<Cells> columns_;
  std::unique_ptr<Arena> arena_;
};

}  // namespace obs::store
