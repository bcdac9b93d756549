// Columns of a Parquet file that are filled without vectors: numbers one after another, alike or
// absent; and text. Internal to libobs/store.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libobs/store/parquet_column.h"
#include "libobs/store/parquet_page.h"

namespace obs::store {

// T: int32_t, int64_t or double; what their bits mean is the column's affair.
template <class T>
class ParquetNumbers : public ParquetColumn {
 public:
  // No list. Timestamps have 64 bits, and so may unsigned ones.
  static std::unique_ptr<ParquetNumbers> make(std::string name, ParquetMeaning meaning);

  using ParquetColumn::add;  // Out of DuckDB's vectors.
  void add(std::span<const T> cells) {
    values_.insert(values_.end(), cells.begin(), cells.end());
    note_cells(1, cells.size());
  }
  void add_same(T cell, std::size_t count) {
    values_.insert(values_.end(), count, cell);
    note_cells(1, count);
  }
  void add_nulls(std::size_t count) {
    note_cells(0, count);
    shape_.nulls += count;
  }
  // Room for cells, which the caller fills before anything else is called.
  std::span<T> add_room(std::size_t count) {
    values_.resize(values_.size() + count);
    note_cells(1, count);
    return std::span(values_).last(count);
  }

  std::size_t bytes() const override { return values_.size() * sizeof(T); }

 protected:
  using ParquetColumn::ParquetColumn;

  void note_cells(std::uint32_t level, std::size_t count) {
    shape_.definition.add(level, static_cast<std::uint32_t>(count));
    shape_.rows += count;
    shape_.cells += count;
  }

  std::vector<T> values_;
  ParquetShape shape_;
};

// Boolean cells, likewise.
class ParquetBooleans : public ParquetColumn {
 public:
  virtual void add_cell(bool cell) = 0;
  virtual void add_nulls(std::size_t count) = 0;

 protected:
  using ParquetColumn::ParquetColumn;
};

// Text cells one by one.
class ParquetTexts : public ParquetColumn {
 public:
  virtual void add_text(std::string_view cell) = 0;
  virtual void add_nulls(std::size_t count) = 0;

 protected:
  using ParquetColumn::ParquetColumn;
};

}  // namespace obs::store
