// The rows of several parts, one after the other, as rows of one new part. Internal to
// libobs/store.

#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "libobs/store/part.h"
#include "libobs/store/table_function.h"

namespace obs::store {

// Why not simply COPY from read_parquet: a file's last vector is seldom full, and COPY ends a row
// group at the first vector that brings it over its size. So groups would drift away from the
// numbers in column block. Here all vectors but the last are full, and blocks are numbered anew.
//
// It can be read once.
class MergeScan final : public TableSource {
 public:
  // `files` are read on `connection`, which nobody else uses meanwhile, and which is not the one
  // that runs the COPY. They are to become `merged`. Of their rows only those for which `filter`
  // holds, a condition in SQL (empty: all). Opens the first of them, and fails if that does.
  static Result<std::shared_ptr<MergeScan>> start(DuckdbConnection& connection, const Part& merged,
                                                  std::span<const std::string> files,
                                                  const std::string& filter = {});

  void describe(const DuckdbApi& api, const AddColumn& add) const override;
  idx_t row_count() const override { return rows_; }
  std::unique_ptr<TableCursor> open(const DuckdbApi& api,
                                    std::vector<idx_t> columns) const override;

 private:
  MergeScan(DuckdbChunks chunks, std::uint32_t rows_a_block, idx_t rows)
      : chunks_(std::make_unique<DuckdbChunks>(std::move(chunks))),
        rows_a_block_(rows_a_block),
        rows_(rows) {}

  std::unique_ptr<DuckdbChunks> chunks_;
  std::uint32_t rows_a_block_;
  idx_t rows_;
};

}  // namespace obs::store
