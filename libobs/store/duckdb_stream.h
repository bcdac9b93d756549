// Rows out of a running DuckDB statement. Internal to libobs/store.

#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "libobs/base/arena.h"
#include "libobs/store/duckdb_chunks.h"
#include "libobs/store/duckdb_value.h"
#include "libobs/store/rows.h"

namespace obs::store {

class DuckdbStream final : public RowStream {
 public:
  // The columns of the statement all have readers.
  static Result<std::unique_ptr<DuckdbStream>> start(DuckdbChunks chunks);

  const std::vector<Column>& columns() const override { return columns_; }
  Result<bool> next(std::span<const model::Value>& row) override;

 private:
  explicit DuckdbStream(DuckdbChunks chunks) : chunks_(std::move(chunks)) {}
  Result<void> describe_columns();
  Result<bool> fetch();
  model::Value to_cell(model::Value value);

  DuckdbChunks chunks_;
  std::vector<Column> columns_;
  std::vector<ValueReader> readers_;
  std::vector<VectorView> views_;
  std::vector<model::Value> row_;
  std::optional<Arena> arena_;  // What the current chunk's values needed beyond the vectors.
  idx_t next_row_ = 0;
  idx_t chunk_rows_ = 0;
};

}  // namespace obs::store
