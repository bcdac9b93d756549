// Parts of numbers as rows of one new part: series after series, each gathered from all of them.
// Nothing needs to be sorted, since each part is by series and time already. Internal to
// libobs/store.

#pragma once

#include <memory>
#include <span>
#include <vector>

#include "libobs/base/fs.h"
#include "libobs/base/result.h"
#include "libobs/store/duckdb_sql.h"
#include "libobs/store/numbers_part.h"
#include "libobs/store/table_function.h"

namespace obs::store {

class NumbersMerge final : public TableSource {
 public:
  // `files` in the order of time. kUnsupported: one of them is for DuckDB to read, or has points
  // with exemplars or extra.
  static Result<std::shared_ptr<const NumbersMerge>> start(Fs& fs, std::span<const PartFile> files);

  void describe(const DuckdbApi& api, const AddColumn& add) const override;
  idx_t row_count() const override;
  std::unique_ptr<TableCursor> open(const DuckdbApi& api,
                                    std::vector<idx_t> columns) const override;

 private:
  explicit NumbersMerge(std::vector<NumbersPart> parts) : parts_(std::move(parts)) {}

  const std::vector<NumbersPart> parts_;
};

}  // namespace obs::store
