// Chosen rows out of a row group of a Parquet file that ParquetWriter wrote: reads the pages in
// which they are, and of these what it takes. Where one row of many thousands is wanted, that is
// some hundred times less than a general reader inflates. Internal to libobs/store.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "libobs/base/result.h"
#include "libobs/store/parquet_file.h"

namespace obs::store {

// Keeps the pages it has read: asking for rows near those asked for before costs little. One
// thread.
class ParquetRows {
 public:
  // `file` outlives it, and its column is one that was found.
  ParquetRows(const ParquetFile& file, std::size_t group);
  ~ParquetRows();
  ParquetRows(ParquetRows&&) noexcept;

  // The cells of these rows of the row group, which ascend; nullopt for NULL. kMalformed names the
  // column, and where in the file the page begins that is damaged. kUnsupported: the column has
  // another type.
  //
  // Text lives as long as this object.
  Result<std::vector<std::optional<std::string_view>>> texts(std::size_t column,
                                                             std::span<const std::uint32_t> rows);
  // Of columns of integers, of 32 bits (with their sign) or 64; and of booleans, as 0 and 1.
  Result<std::vector<std::optional<std::int64_t>>> numbers(std::size_t column,
                                                           std::span<const std::uint32_t> rows);

 private:
  class Column;
  Result<Column*> find_column(std::size_t column);
  template <class T>
  Result<std::vector<std::optional<T>>> read(std::size_t column,
                                             std::span<const std::uint32_t> rows);

  const ParquetFile& file_;
  const std::size_t group_;
  std::map<std::size_t, std::unique_ptr<Column>> columns_;
};

}  // namespace obs::store
