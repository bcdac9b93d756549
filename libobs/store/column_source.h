// Rows that come as columns of a file, with no chunks of DuckDB's in between. Internal to
// libobs/store.

#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "libobs/base/result.h"
#include "libobs/store/parquet_column.h"

namespace obs::store {

// One thread, and one run through the rows.
class ColumnSource {
 public:
  virtual ~ColumnSource() = default;
  // The columns in the order of the file; fill() adds to these. They may go before the source does,
  // but not before its last fill(). To be called once.
  virtual std::vector<std::unique_ptr<ParquetColumn>> make_columns() = 0;
  // Adds `most` rows at most to every column, and answers how many; 0: there are no more.
  virtual Result<std::size_t> fill(std::size_t most) = 0;
};

}  // namespace obs::store
