// Records in memory as rows that DuckDB can read. Internal to libobs/store.

#pragma once

#include <memory>
#include <vector>

#include "libobs/store/row_set.h"
#include "libobs/store/table_function.h"

namespace obs::store {

// The columns of a signal's rows.
void describe_rows(model::Signal signal, const DuckdbApi& api, const TableSource::AddColumn& add);

class RowScan final : public TableSource {
 public:
  // The rows `refs` of the set, in this order. `rows_a_block` numbers them in column block; 0: they
  // have none.
  RowScan(std::shared_ptr<const RowSet> set, std::vector<RowRef> refs, std::uint32_t rows_a_block)
      : set_(std::move(set)), refs_(std::move(refs)), rows_a_block_(rows_a_block) {}

  void describe(const DuckdbApi& api, const AddColumn& add) const override {
    describe_rows(set_->signal(), api, add);
  }
  idx_t row_count() const override { return refs_.size(); }
  std::unique_ptr<TableCursor> open(const DuckdbApi& api,
                                    std::vector<idx_t> columns) const override;

 private:
  std::shared_ptr<const RowSet> set_;
  std::vector<RowRef> refs_;
  std::uint32_t rows_a_block_;
};

}  // namespace obs::store
