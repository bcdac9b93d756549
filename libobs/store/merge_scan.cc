#include "libobs/store/merge_scan.h"

#include <algorithm>
#include <numeric>

#include "libobs/store/duckdb_sql.h"
#include "libobs/store/row_schema.h"

namespace obs::store {
namespace {

// Copies stretches of vectors: the selection 0, 1, 2, … that DuckDB's copy wants.
class StretchCopier {
 public:
  explicit StretchCopier(const DuckdbApi& api)
      : api_(api), selection_(api.create_selection_vector(api.vector_size())) {
    std::uint32_t* rows = api.selection_vector_get_data_ptr(selection_);
    std::iota(rows, rows + api.vector_size(), 0);
  }
  StretchCopier(const StretchCopier&) = delete;
  StretchCopier& operator=(const StretchCopier&) = delete;
  ~StretchCopier() { api_.destroy_selection_vector(selection_); }

  void copy(duckdb_vector from, idx_t first, idx_t count, duckdb_vector to, idx_t at) {
    api_.vector_copy_sel(from, to, selection_, first + count, first, at);
  }

 private:
  const DuckdbApi& api_;
  duckdb_selection_vector selection_;
};

class MergeCursor final : public TableCursor {
 public:
  MergeCursor(DuckdbChunks& chunks, std::vector<idx_t> columns, std::uint32_t rows_a_block)
      : chunks_(chunks),
        api_(chunks.api()),
        copier_(api_),
        columns_(std::move(columns)),
        block_column_(chunks.column_count()),
        rows_a_block_(rows_a_block) {}

  Result<idx_t> fill(duckdb_data_chunk out) override {
    idx_t filled = 0;
    while (filled < api_.vector_size()) {
      if (taken_ == available_) {
        OBS_TRY(const bool more, chunks_.next());
        if (!more) break;
        taken_ = 0;
        available_ = api_.data_chunk_get_size(chunks_.chunk());
      }
      const idx_t count = std::min(available_ - taken_, api_.vector_size() - filled);
      copy(out, filled, count);
      taken_ += count;
      filled += count;
    }
    number_blocks(out, filled);
    return filled;
  }

 private:
  void copy(duckdb_data_chunk out, idx_t at, idx_t count) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i] >= block_column_) continue;
      copier_.copy(api_.data_chunk_get_vector(chunks_.chunk(), columns_[i]), taken_, count,
                   api_.data_chunk_get_vector(out, i), at);
    }
  }

  void number_blocks(duckdb_data_chunk out, idx_t rows) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i] != block_column_) continue;
      auto* blocks =
          static_cast<std::uint32_t*>(api_.vector_get_data(api_.data_chunk_get_vector(out, i)));
      for (idx_t row = 0; row < rows; ++row) {
        blocks[row] = static_cast<std::uint32_t>((done_ + row) / rows_a_block_);
      }
    }
    done_ += rows;
  }

  DuckdbChunks& chunks_;
  const DuckdbApi& api_;
  StretchCopier copier_;
  std::vector<idx_t> columns_;
  idx_t block_column_;  // The last; the others are as they were.
  std::uint32_t rows_a_block_;
  idx_t taken_ = 0;  // Of the current chunk's rows.
  idx_t available_ = 0;
  idx_t done_ = 0;
};

}  // namespace

Result<std::shared_ptr<MergeScan>> MergeScan::start(DuckdbConnection& connection,
                                                    const Part& merged,
                                                    std::span<const std::string> files,
                                                    const std::string& filter) {
  std::string sql = "SELECT * EXCLUDE (block) FROM (" + select_from(merged.signal, files, {}) + ")";
  if (!filter.empty()) sql += " WHERE " + filter;
  OBS_TRY(auto chunks, connection.query_chunks(sql));
  return std::shared_ptr<MergeScan>(
      new MergeScan(std::move(chunks), merged.group_rows, merged.rows));
}

void MergeScan::describe(const DuckdbApi& api, const AddColumn& add) const {
  for (idx_t i = 0; i < chunks_->column_count(); ++i) {
    add(chunks_->column_name(i), chunks_->column_type(i).get());
  }
  const TypeHandle block(api, api.create_logical_type(DUCKDB_TYPE_UINTEGER));
  add("block", block.get());
}

std::unique_ptr<TableCursor> MergeScan::open(const DuckdbApi&, std::vector<idx_t> columns) const {
  return std::make_unique<MergeCursor>(*chunks_, std::move(columns), rows_a_block_);
}

}  // namespace obs::store
