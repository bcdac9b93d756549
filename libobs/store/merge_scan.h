// The rows of several parts, one after the other, as rows of one new part. Internal to
// libobs/store.

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "libobs/store/duckdb_connection.h"
#include "libobs/store/duckdb_sql.h"
#include "libobs/store/part.h"
#include "libobs/store/table_function.h"

namespace obs::store {

// Rows of files with the same columns, read by one statement.
struct MergeSource {
  HotAttributes hot;
  std::string sql;
};

// Why not simply COPY from read_parquet: a file's last vector is seldom full, and COPY ends a row
// group at the first vector that brings it over its size. So groups would drift away from the
// numbers in column block. Here all vectors but the last are full, and blocks are numbered anew.
//
// It can be read once.
class MergeScan final : public TableSource {
 public:
  // `files` are read on `connection`, which lives as long as the scan, which nobody else uses
  // meanwhile, and which is not the one that runs the COPY. They are to become `merged`, whose
  // hot attributes are cut down to those that the files' rows allow, and whose row groups to what
  // their largest rows allow. Of their rows only those for which `filter` holds, a condition in SQL
  // over the columns of the files (empty: all). Opens the first of them, and fails if that does.
  static Result<std::shared_ptr<MergeScan>> start(DuckdbConnection& connection, Part& merged,
                                                  std::span<const PartFile> files,
                                                  const std::string& filter = {});

  void describe(const DuckdbApi& api, const AddColumn& add) const override;
  idx_t row_count() const override { return rows_; }
  std::unique_ptr<TableCursor> open(const DuckdbApi& api,
                                    std::vector<idx_t> columns) const override;

 private:
  MergeScan(DuckdbConnection& connection, const Part& merged, std::vector<MergeSource> sources,
            DuckdbChunks first)
      : connection_(connection),
        signal_(merged.signal),
        hot_(merged.hot),
        rows_a_block_(merged.group_rows),
        rows_(merged.rows),
        sources_(std::move(sources)),
        first_(std::make_unique<DuckdbChunks>(std::move(first))) {}

  DuckdbConnection& connection_;
  model::Signal signal_;
  HotAttributes hot_;
  std::uint32_t rows_a_block_;
  idx_t rows_;
  std::vector<MergeSource> sources_;
  std::unique_ptr<DuckdbChunks> first_;  // Of the first source.
};

}  // namespace obs::store
