// ParquetWriter: rows as a Parquet file, for columns of numbers that a general writer does not know
// how to make small, and that cost too much there: a column of NULLs is a few bytes here, and so is
// one number a series. Any reader of Parquet can read what it writes. Internal to libobs/store.
//
// Version 2 pages, one or more a column and row group; RLE_DICTIONARY, DELTA_BINARY_PACKED,
// BYTE_STREAM_SPLIT or PLAIN, then zstd. It holds one row group in memory.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "libobs/base/fs.h"
#include "libobs/base/result.h"
#include "libobs/store/column_source.h"
#include "libobs/store/duckdb_handle.h"
#include "libobs/store/parquet_column.h"
#include "libobs/store/table_function.h"
#include "libobs/store/thrift_compact.h"

namespace obs::store {

// By column.
using ParquetChoices = std::map<std::string, ParquetChoice>;

struct ParquetOptions {
  std::uint32_t group_rows = 0;
  ParquetPacking packing;
  std::vector<std::pair<std::string, std::string>> metadata;  // The file's keys and values.
  // A row group ends here too, for rows with very long text.
  std::size_t group_bytes = std::size_t{64} << 20;
  // Of the file before, kept up to date; nullptr: there was none like this.
  ParquetChoices* choices = nullptr;
};

class ParquetWriter {
 public:
  ParquetWriter(File& file, ParquetOptions options);

  // Writes all of it, and answers how many rows there were. kUnsupported, before anything is
  // written: a column has a type that is not made here. After another failure the file is of no
  // use. Does not sync.
  Result<std::uint64_t> write(const DuckdbApi& api, const TableSource& source);
  // Likewise of rows that come as columns.
  Result<std::uint64_t> write(ColumnSource& source);

 private:
  struct Group {
    std::uint64_t rows = 0;
    std::vector<ParquetChunk> chunks;
  };

  Result<void> describe(const DuckdbApi& api, const TableSource& source);
  void add(const DuckdbApi& api, duckdb_data_chunk chunk, idx_t rows);
  Result<void> note_rows(std::uint64_t rows);
  Result<void> finish(std::uint64_t rows);
  void recall_choices();
  Result<void> end_group();
  Result<void> append(std::string_view bytes);
  std::string footer(std::uint64_t rows) const;
  void write_group(ThriftWriter& footer, const Group& group) const;

  File& file_;
  const ParquetOptions options_;
  std::vector<std::unique_ptr<ParquetColumn>> columns_;
  std::vector<TypeHandle> types_;
  std::vector<Group> groups_;
  std::uint64_t group_rows_ = 0;
  std::uint64_t written_ = 0;
};

}  // namespace obs::store
