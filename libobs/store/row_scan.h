// Records in memory as rows that DuckDB can read. Internal to libobs/store.

#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "libobs/store/hot_attributes.h"
#include "libobs/store/row_schema.h"
#include "libobs/store/row_set.h"
#include "libobs/store/table_function.h"

namespace obs::store {

TypeHandle make_type(const DuckdbApi& api, CellType type);

// The columns of a signal's rows, then those of its hot attributes.
void describe_rows(model::Signal signal, std::span<const HotAttribute> hot, const DuckdbApi& api,
                   const TableSource::AddColumn& add);

class RowScan final : public TableSource {
 public:
  // Sees the rows of each chunk before it is filled, if anyone wants to.
  using OnRows = std::function<void(std::span<const RowRef> rows)>;

  // The rows `refs` of the set, in this order. `rows_a_block` numbers them in column block; 0: they
  // have none. `hot` is what choose_hot_attributes() said of these rows, or nothing.
  RowScan(std::shared_ptr<const RowSet> set, std::vector<RowRef> refs, std::uint32_t rows_a_block,
          HotAttributes hot = {}, OnRows on_rows = {})
      : set_(std::move(set)),
        refs_(std::move(refs)),
        rows_a_block_(rows_a_block),
        hot_(std::move(hot)),
        on_rows_(std::move(on_rows)) {}

  void describe(const DuckdbApi& api, const AddColumn& add) const override {
    describe_rows(set_->signal(), hot_, api, add);
  }
  idx_t row_count() const override { return refs_.size(); }
  std::unique_ptr<TableCursor> open(const DuckdbApi& api,
                                    std::vector<idx_t> columns) const override;

 private:
  std::shared_ptr<const RowSet> set_;
  std::vector<RowRef> refs_;
  std::uint32_t rows_a_block_;
  HotAttributes hot_;
  OnRows on_rows_;
};

}  // namespace obs::store
