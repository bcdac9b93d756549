// Notes from the rows of DuckDB's chunks: parts that are merged or read again. Internal to
// libobs/store.

#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/store/duckdb_value.h"
#include "libobs/store/note_taker.h"
#include "libobs/store/part_notes.h"

namespace obs::store {

// One thread.
class ChunkNotes {
 public:
  ChunkNotes(model::Signal signal, NoteTaker& notes) : signal_(signal), notes_(notes) {}

  void add(const DuckdbApi& api, duckdb_data_chunk chunk, std::span<const ChunkColumn> columns,
           idx_t rows);

 private:
  // A column of the current chunk; one that the part lacks is NULL throughout.
  struct Column {
    std::optional<VectorView> view;
    bool is_null(idx_t row) const { return !view || view->is_null(row); }
  };
  struct HotColumn {
    std::string key;
    duckdb_type type = DUCKDB_TYPE_INVALID;
    VectorView view;
  };

  void find_columns(const DuckdbApi& api, duckdb_data_chunk chunk,
                    std::span<const ChunkColumn> columns);
  Column* column_named(std::string_view name);
  void add_row(idx_t row);
  void add_attributes(idx_t row);
  void add_resource(idx_t row);
  void count(idx_t row, Timestamp time);

  const model::Signal signal_;
  NoteTaker& notes_;
  Column time_, text_, trace_id_, attributes_, resource_, service_, project_, severity_,
      severity_number_;
  std::vector<HotColumn> hot_;
  // Resources and services of this row group that were noted, by hash.
  std::set<std::uint64_t> seen_;
};

}  // namespace obs::store
