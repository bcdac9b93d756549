// The rows of several parts of points of one shape, as rows of one new part. Internal to
// libobs/store.

#pragma once

#include <memory>
#include <span>
#include <string>

#include "libobs/store/duckdb_connection.h"
#include "libobs/store/duckdb_sql.h"
#include "libobs/store/part.h"
#include "libobs/store/point_shape.h"
#include "libobs/store/table_function.h"

namespace obs::store {

// DuckDB sorts the rows by series and time; numbers are then encoded anew, since their runs are
// those of neighbours. It can be read once.
class PointMergeScan final : public TableSource {
 public:
  // As MergeScan::start().
  static Result<std::shared_ptr<PointMergeScan>> start(DuckdbConnection& connection,
                                                       const Part& merged,
                                                       std::span<const PartFile> files,
                                                       const std::string& filter = {});

  void describe(const DuckdbApi& api, const AddColumn& add) const override;
  idx_t row_count() const override { return rows_; }
  std::unique_ptr<TableCursor> open(const DuckdbApi& api,
                                    std::vector<idx_t> columns) const override;

 private:
  PointMergeScan(DuckdbChunks chunks, const Part& merged)
      : chunks_(std::make_unique<DuckdbChunks>(std::move(chunks))),
        shape_(shape_of(merged.schema)),
        rows_(merged.rows) {}

  std::unique_ptr<DuckdbChunks> chunks_;
  const PointShape shape_;
  const idx_t rows_;
};

// The scan that the part `merged` needs, of whatever signal and schema: a MergeScan, a NumbersMerge
// where that will do, or this.
Result<std::shared_ptr<const TableSource>> start_merge(DuckdbConnection& connection, Part& merged,
                                                       std::span<const PartFile> files,
                                                       const std::string& filter = {});

}  // namespace obs::store
