// Pages of a Parquet file, version 2: levels, then values, compressed where that helps. Pure.
// Internal to libobs/store.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/store/parquet_column.h"
#include "libobs/store/parquet_encoding.h"

namespace obs::store {

// Definition or repetition levels, as they come.
class ParquetLevels {
 public:
  void add(std::uint32_t level, std::uint32_t count) {
    if (count == 0) return;
    if (!runs_.empty() && runs_.back().value == level) {
      runs_.back().count += count;
    } else {
      runs_.push_back({level, count});
    }
  }
  std::span<const ParquetRun> runs() const { return runs_; }
  void clear() { runs_.clear(); }

 private:
  std::vector<ParquetRun> runs_;
};

// The levels of a page. Of a column that is no list there are definition levels alone, 0 or 1; of a
// list 0 to 3: NULL, empty, an item that is NULL, an item.
struct ParquetShape {
  std::uint64_t rows = 0;
  std::uint64_t cells = 0;
  std::uint64_t nulls = 0;
  ParquetLevels definition;
  ParquetLevels repetition;  // 1: another item of the row's list.
};

// Takes the shape of a column that is no list apart, page by page.
class ParquetShapeCutter {
 public:
  // `shape` outlives the cutter.
  explicit ParquetShapeCutter(const ParquetShape& shape) : runs_(shape.definition.runs()) {}
  // The rows up to so many values; `is_last`: and all NULLs behind them.
  ParquetShape cut(std::uint64_t values, bool is_last);

 private:
  std::span<const ParquetRun> runs_;
  std::uint32_t used_ = 0;  // Of the first run.
};

// Values that are encoded, and how.
struct ParquetValues {
  ParquetEncoding encoding = ParquetEncoding::kPlain;
  std::string bytes;
};

// Compresses the bytes, unless they are hardly fewer then.
struct ParquetPacked {
  ParquetPacked(std::string bytes, int zstd_level);

  std::uint64_t plain_size;
  bool is_compressed;
  std::string bytes;
};

// Append a page, and note it in the chunk.
void append_dictionary_page(std::string& out, std::uint64_t begin, std::uint64_t count,
                            std::string plain, int zstd_level, ParquetChunk& chunk);
void append_data_page(std::string& out, std::uint64_t begin, const ParquetShape& shape,
                      bool is_list, ParquetValues values, int zstd_level, ParquetChunk& chunk);

}  // namespace obs::store
