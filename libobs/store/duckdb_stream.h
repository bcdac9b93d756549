// Rows out of a running DuckDB statement, a chunk at a time. Internal to libobs/store.

#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "libobs/base/arena.h"
#include "libobs/store/duckdb_handle.h"
#include "libobs/store/duckdb_value.h"
#include "libobs/store/rows.h"

namespace obs::store {

class DuckdbStream final : public RowStream {
 public:
  // Starts a statement whose columns all have readers. Streaming: nothing is computed beyond a few
  // chunks ahead. `owners` outlive the stream.
  static Result<std::unique_ptr<DuckdbStream>> start(const DuckdbApi& api, PreparedHandle prepared,
                                                     std::vector<std::shared_ptr<void>> owners);

  const std::vector<Column>& columns() const override { return columns_; }
  Result<bool> next(std::span<const model::Value>& row) override;

 private:
  DuckdbStream(const DuckdbApi& api, PreparedHandle prepared, ResultHandle result,
               std::vector<std::shared_ptr<void>> owners);
  Result<void> describe_columns();
  Result<bool> fetch();
  model::Value to_cell(model::Value value);

  const DuckdbApi* api_;
  std::vector<std::shared_ptr<void>> owners_;  // First, so that they go last.
  PreparedHandle prepared_;
  ResultHandle result_;
  ChunkHandle chunk_;
  std::vector<Column> columns_;
  std::vector<ValueReader> readers_;
  std::vector<VectorView> views_;
  std::vector<model::Value> row_;
  std::optional<Arena> arena_;  // What the current chunk's values needed beyond the vectors.
  bool ended_ = false;
  idx_t next_row_ = 0;
  idx_t chunk_rows_ = 0;
};

}  // namespace obs::store
