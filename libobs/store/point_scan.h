// Distributions on their way into parts, as chunks, by series and time. Internal to libobs/store.

#pragma once

#include <cstdint>
#include <memory>
#include <span>
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

// Where rows go when they are put in the order of their series.
class SeriesPlaces {
 public:
  SeriesPlaces(const PointSeries& series, std::span<const RowRef> rows);

  // Of the next row of that series, in the order in which they come.
  std::size_t next(std::uint32_t id) { return ends_[rank_of(id)]++; }
  // After the last next(): calls on_end(id, end) for each series that has rows, by id.
  template <class OnEnd>
  void each_end(OnEnd on_end) const {
    std::size_t begin = 0;
    for (std::size_t rank = 0; rank < ends_.size(); ++rank) {
      if (ends_[rank] == begin) continue;
      on_end(ranked_.empty() ? first_ + static_cast<std::uint32_t>(rank) : ranked_[rank],
             ends_[rank]);
      begin = ends_[rank];
    }
  }

 private:
  std::size_t rank_of(std::uint32_t id) const {
    return ranked_.empty() ? id - first_ : find_rank(id);
  }
  std::size_t find_rank(std::uint32_t id) const;

  std::uint32_t first_ = 0;            // Of ids that are dense;
  std::vector<std::uint32_t> ranked_;  // else all of them, in order.
  std::vector<std::size_t> ends_;      // Of the rows that are there already, by rank.
};

// Sorts rows by series; those of the same one stay in the order they had.
void group_by_series(const PointSeries& series, std::vector<RowRef>& rows);
// Sorts rows by series and time; those of the same series and time stay in the order they had.
void sort_by_series(const RowSet& set, const PointSeries& series, std::vector<RowRef>& rows);

}  // namespace obs::store
