#include "libobs/store/point_scan.h"

#include <algorithm>
#include <utility>

#include "libobs/store/row_scan.h"

namespace obs::store {
namespace {

class DistributionCursor final : public TableCursor {
 public:
  DistributionCursor(const DuckdbApi& api, const RowSet& set, const PointSeries& series,
                     std::span<const RowRef> refs, std::vector<idx_t> wanted)
      : api_(api), set_(set), series_(series), refs_(refs), wanted_(std::move(wanted)) {}

  Result<idx_t> fill(duckdb_data_chunk chunk) override {
    const std::size_t count = std::min<std::size_t>(refs_.size() - next_, api_.vector_size());
    const PointSlice slice{{set_, refs_.subspan(next_, count), next_, 0}, series_};
    for (std::size_t i = 0; i < wanted_.size(); ++i) {
      if (wanted_[i] >= distributions_columns().size()) continue;
      ColumnOut out(api_, api_.data_chunk_get_vector(chunk, i));
      distributions_columns()[wanted_[i]].fill(slice, out);
    }
    next_ += count;
    return idx_t{count};
  }

 private:
  const DuckdbApi& api_;
  const RowSet& set_;
  const PointSeries& series_;
  std::span<const RowRef> refs_;
  std::vector<idx_t> wanted_;
  std::size_t next_ = 0;
};

}  // namespace

DistributionScan::DistributionScan(std::shared_ptr<const RowSet> set,
                                   std::shared_ptr<const PointSeries> series,
                                   std::vector<RowRef> refs)
    : set_(std::move(set)), series_(std::move(series)), refs_(std::move(refs)) {}

void DistributionScan::describe(const DuckdbApi& api, const AddColumn& add) const {
  for (const PointColumn& column : distributions_columns()) {
    add(std::string(column.name), make_type(api, column.type).get());
  }
}

// The statement keeps the source, and so what the cursor refers to.
std::unique_ptr<TableCursor> DistributionScan::open(const DuckdbApi& api,
                                                    std::vector<idx_t> columns) const {
  return std::make_unique<DistributionCursor>(api, *set_, *series_, refs_, std::move(columns));
}

// By counting, which takes a tenth of the time of comparing. Ids are dense where most series have
// points; where they are not, counting would take memory for those that have none.
SeriesPlaces::SeriesPlaces(const PointSeries& series, std::span<const RowRef> rows) {
  if (rows.empty()) return;
  const auto by_id = [&](RowRef a, RowRef b) { return series.id(a) < series.id(b); };
  const auto [least, greatest] = std::minmax_element(rows.begin(), rows.end(), by_id);
  first_ = series.id(*least);
  std::size_t ids = std::size_t{series.id(*greatest)} - first_ + 1;
  if (ids > 8 * rows.size()) {
    for (const RowRef row : rows) ranked_.push_back(series.id(row));
    std::sort(ranked_.begin(), ranked_.end());
    ranked_.erase(std::unique(ranked_.begin(), ranked_.end()), ranked_.end());
    ids = ranked_.size();
  }
  ends_.resize(ids + 1);
  for (const RowRef row : rows) ++ends_[rank_of(series.id(row)) + 1];
  for (std::size_t rank = 1; rank < ends_.size(); ++rank) ends_[rank] += ends_[rank - 1];
  ends_.pop_back();
}

std::size_t SeriesPlaces::find_rank(std::uint32_t id) const {
  const auto found = std::lower_bound(ranked_.begin(), ranked_.end(), id);
  return static_cast<std::size_t>(found - ranked_.begin());
}

void group_by_series(const PointSeries& series, std::vector<RowRef>& rows) {
  SeriesPlaces places(series, rows);
  std::vector<RowRef> sorted(rows.size());
  for (const RowRef row : rows) sorted[places.next(series.id(row))] = row;
  rows = std::move(sorted);
}

void sort_by_series(const RowSet& set, const PointSeries& series, std::vector<RowRef>& rows) {
  group_by_series(series, rows);
  const auto time = [&](RowRef ref) {
    return set.batches()[ref.batch].batch->metrics.time[ref.row];
  };
  const auto before = [&](RowRef a, RowRef b) { return time(a) < time(b); };
  for (auto begin = rows.begin(); begin != rows.end();) {
    const std::uint32_t id = series.id(*begin);
    const auto end =
        std::find_if(begin, rows.end(), [&](RowRef row) { return series.id(row) != id; });
    if (!std::is_sorted(begin, end, before)) std::stable_sort(begin, end, before);
    begin = end;
  }
}

}  // namespace obs::store
