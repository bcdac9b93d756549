#include "libobs/store/point_parts.h"

#include <algorithm>
#include <utility>

#include "libobs/base/clock.h"

namespace obs::store {
namespace {

PlannedPart plan_series(const std::vector<ListedSeries>& unlisted) {
  Part part;
  part.signal = model::Signal::kMetrics;
  part.partition = kSeriesPartition;
  part.rows = unlisted.size();
  part.min_time = kSeriesMinTime;
  part.max_time = kSeriesMaxTime;
  part.min_seq = kSeriesSeq;
  part.max_seq = kSeriesSeq;
  part.group_rows = row_group_size(part.signal, 0);
  part.schema = kSeriesSchema;
  return {std::move(part), std::make_shared<const SeriesScan>(unlisted)};
}

// The day's rows that are distributions, or those that are not; in the same order.
std::vector<RowRef> select_shape(const RowSet& set, const std::vector<RowRef>& rows,
                                 PointShape shape) {
  std::vector<RowRef> selected;
  for (const RowRef ref : rows) {
    const model::MetricColumns& points = set.batches()[ref.batch].batch->metrics;
    const bool is_number = points.distribution[ref.row] == nullptr;
    if (is_number == (shape == PointShape::kNumbers)) selected.push_back(ref);
  }
  return selected;
}

// Most often all are of one day, and need not be sorted by time before they are by series.
std::vector<PartitionRows> split_by_day(const RowSet& set, std::size_t max_days) {
  std::vector<RowRef> rows = set.all_rows();
  const auto [first, last] = std::minmax_element(
      rows.begin(), rows.end(), [&](RowRef a, RowRef b) { return set.time(a) < set.time(b); });
  std::string day = to_date(set.time(*first));
  if (day != to_date(set.time(*last))) return partition_by_day(set, max_days);
  return {{std::move(day), std::move(rows)}};
}

Part describe_points(const RowSet& set, const PartitionRows& rows, PointShape shape) {
  Part part = describe_part(set, rows);
  part.schema = shape == PointShape::kNumbers ? kNumbersSchema : kDistributionsSchema;
  for (const RowRef row : rows.rows) {
    part.min_time = std::min(part.min_time, set.time(row));
    part.max_time = std::max(part.max_time, set.time(row));
  }
  return part;
}

}  // namespace

std::vector<PlannedPart> plan_point_parts(std::shared_ptr<const RowSet> set,
                                          std::shared_ptr<const PointSeries> series,
                                          std::size_t max_days) {
  std::vector<PlannedPart> planned;
  if (!series->unlisted.empty()) planned.push_back(plan_series(series->unlisted));
  for (const PartitionRows& day : split_by_day(*set, max_days)) {
    for (const PointShape shape : {PointShape::kNumbers, PointShape::kDistributions}) {
      PartitionRows rows{day.partition, select_shape(*set, day.rows, shape)};
      if (rows.rows.empty()) continue;
      Part part = describe_points(*set, rows, shape);
      sort_by_series(*set, *series, rows.rows);
      planned.push_back({std::move(part), std::make_shared<const PointScan>(shape, set, series,
                                                                            std::move(rows.rows))});
    }
  }
  return planned;
}

}  // namespace obs::store
