// Distributions on their way into parts, as chunks, by series and time; and the series of points.
// Internal to libobs/store.

#pragma once

#include <memory>
#include <vector>

#include "libobs/store/point_columns.h"
#include "libobs/store/table_function.h"

namespace obs::store {

class DistributionScan final : public TableSource {
 public:
  // Rows by series and time: see sort_by_series().
  DistributionScan(std::shared_ptr<const RowSet> set, std::shared_ptr<const PointSeries> series,
                   std::vector<RowRef> refs);

  void describe(const DuckdbApi& api, const AddColumn& add) const override;
  idx_t row_count() const override { return refs_.size(); }
  std::unique_ptr<TableCursor> open(const DuckdbApi& api,
                                    std::vector<idx_t> columns) const override;

 private:
  std::shared_ptr<const RowSet> set_;
  std::shared_ptr<const PointSeries> series_;
  std::vector<RowRef> refs_;
};

class SeriesScan final : public TableSource {
 public:
  explicit SeriesScan(std::vector<ListedSeries> series) : series_(std::move(series)) {}

  void describe(const DuckdbApi& api, const AddColumn& add) const override;
  idx_t row_count() const override { return series_.size(); }
  std::unique_ptr<TableCursor> open(const DuckdbApi& api,
                                    std::vector<idx_t> columns) const override;

 private:
  std::vector<ListedSeries> series_;
};

// Sorts rows by series; those of the same one stay in the order they had.
void group_by_series(const PointSeries& series, std::vector<RowRef>& rows);
// Sorts rows by series and time; those of the same series and time stay in the order they had.
void sort_by_series(const RowSet& set, const PointSeries& series, std::vector<RowRef>& rows);

}  // namespace obs::store
