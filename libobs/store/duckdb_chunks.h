// A running DuckDB statement's rows, a chunk of vectors at a time. Internal to libobs/store.

#pragma once

#include <memory>
#include <vector>

#include "libobs/store/duckdb_handle.h"

namespace obs::store {

class DuckdbChunks {
 public:
  // Starts a prepared statement. Streaming: nothing is computed beyond a few chunks ahead. `owners`
  // (the connection, the instance) live as long.
  static Result<DuckdbChunks> start(const DuckdbApi& api, PreparedHandle prepared,
                                    std::vector<std::shared_ptr<void>> owners);

  const DuckdbApi& api() const { return *api_; }
  idx_t column_count() { return api_->column_count(result_.get()); }
  const char* column_name(idx_t column) { return api_->column_name(result_.get(), column); }
  TypeHandle column_type(idx_t column) {
    return TypeHandle(*api_, api_->column_logical_type(result_.get(), column));
  }

  // Moves to the next chunk; false at the end. What the one before pointed to is gone.
  Result<bool> next();
  duckdb_data_chunk chunk() const { return chunk_.get(); }
  // Gives the current chunk away, so that what it points to outlives next().
  ChunkHandle take_chunk() { return std::exchange(chunk_, ChunkHandle(*api_)); }

 private:
  DuckdbChunks(const DuckdbApi& api, PreparedHandle prepared, ResultHandle result,
               std::vector<std::shared_ptr<void>> owners)
      : api_(&api),
        owners_(std::move(owners)),
        prepared_(std::move(prepared)),
        result_(std::move(result)),
        chunk_(api) {}

  const DuckdbApi* api_;
  std::vector<std::shared_ptr<void>> owners_;  // First, so that they go last.
  PreparedHandle prepared_;
  ResultHandle result_;
  ChunkHandle chunk_;
  bool ended_ = false;
};

}  // namespace obs::store
