#include "libobs/store/point_parts.h"

#include <utility>

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

}  // namespace

std::vector<PlannedPart> plan_point_parts(std::shared_ptr<const RowSet> set,
                                          std::shared_ptr<const PointSeries> series,
                                          std::vector<PartitionRows> days) {
  std::vector<PlannedPart> planned;
  if (!series->unlisted.empty()) planned.push_back(plan_series(series->unlisted));
  for (const PartitionRows& day : days) {
    for (const PointShape shape : {PointShape::kNumbers, PointShape::kDistributions}) {
      PartitionRows rows{day.partition, select_shape(*set, day.rows, shape)};
      if (rows.rows.empty()) continue;
      Part part = describe_part(*set, rows);
      part.schema = shape == PointShape::kNumbers ? kNumbersSchema : kDistributionsSchema;
      sort_by_series(*series, rows.rows);
      planned.push_back({std::move(part), std::make_shared<const PointScan>(shape, set, series,
                                                                            std::move(rows.rows))});
    }
  }
  return planned;
}

}  // namespace obs::store
