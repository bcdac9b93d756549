#include "libobs/store/point_parts.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "libobs/base/clock.h"
#include "libobs/store/fresh_numbers.h"
#include "libobs/store/point_shape.h"
#include "libobs/store/series_columns.h"

namespace obs::store {
namespace {

PlannedPart plan_series(SeriesList unlisted) {
  Part part;
  part.signal = model::Signal::kMetrics;
  part.partition = kSeriesPartition;
  part.rows = unlisted->size();
  part.min_time = kSeriesMinTime;
  part.max_time = kSeriesMaxTime;
  part.min_seq = kSeriesSeq;
  part.max_seq = kSeriesSeq;
  part.group_rows = row_group_size(part.signal, 0);
  part.schema = kSeriesSchema;
  return {std::move(part), std::make_shared<SeriesColumns>(std::move(unlisted))};
}

const model::MetricColumns& points_of(const RowSet& set, RowRef ref) {
  return set.batches()[ref.batch].batch->metrics;
}

// Whether all points of a set are numbers, as they mostly are: then nothing has to be selected.
bool has_numbers_alone(const RowSet& set) {
  return std::all_of(set.batches().begin(), set.batches().end(), [](const RowBatch& batch) {
    const auto& distributions = batch.batch->metrics.distribution;
    return std::all_of(distributions.begin(), distributions.end(),
                       [](const model::Distribution* one) { return one == nullptr; });
  });
}

// The day's rows that are distributions, or those that are not; in the same order.
std::vector<RowRef> select_shape(const RowSet& set, const std::vector<RowRef>& rows,
                                 PointShape shape) {
  std::vector<RowRef> selected;
  selected.reserve(rows.size());
  for (const RowRef ref : rows) {
    const bool is_number = points_of(set, ref).distribution[ref.row] == nullptr;
    if (is_number == (shape == PointShape::kNumbers)) selected.push_back(ref);
  }
  return selected;
}

struct TimeRange {
  Timestamp min = std::numeric_limits<Timestamp>::max();
  Timestamp max = std::numeric_limits<Timestamp>::min();

  void add(Timestamp time) {
    min = std::min(min, time);
    max = std::max(max, time);
  }
};

// Most often all are of one day, and need not be sorted by time before they are by series.
std::vector<PartitionRows> split_by_day(const RowSet& set, std::size_t max_days) {
  TimeRange range;
  for (const RowBatch& batch : set.batches()) {
    for (const Timestamp time : batch.batch->metrics.time) range.add(time);
  }
  std::string day = to_date(range.min);
  if (day != to_date(range.max)) return partition_by_day(set, max_days);
  return {{std::move(day), set.all_rows()}};
}

// Rows of a row group, so that all are about as large as the usual one: a small one at the end
// would cost as much as they do beside its rows.
std::uint32_t even_groups(std::uint64_t rows, std::uint64_t usual) {
  constexpr std::uint64_t kVector = 2048;
  const std::uint64_t groups = std::max<std::uint64_t>((rows + usual / 2) / usual, 1);
  const std::uint64_t even = (rows + groups - 1) / groups;
  return static_cast<std::uint32_t>((even + kVector - 1) / kVector * kVector);
}

Part describe_points(const RowSet& set, const PartitionRows& rows, PointShape shape) {
  Part part = describe_part(set, rows);
  part.schema = shape == PointShape::kNumbers ? kNumbersSchema : kDistributionsSchema;
  if (shape == PointShape::kNumbers) part.group_rows = even_groups(part.rows, part.group_rows);
  TimeRange range;
  for (const RowRef ref : rows.rows) range.add(points_of(set, ref).time[ref.row]);
  part.min_time = range.min;
  part.max_time = range.max;
  return part;
}

PartRows scan_distributions(std::shared_ptr<const RowSet> set,
                            std::shared_ptr<const PointSeries> series, std::vector<RowRef> rows) {
  sort_by_series(*set, *series, rows);
  return std::make_shared<const DistributionScan>(std::move(set), std::move(series),
                                                  std::move(rows));
}

}  // namespace

std::vector<PlannedPart> plan_point_parts(std::shared_ptr<const RowSet> set,
                                          std::shared_ptr<const PointSeries> series,
                                          std::size_t max_days) {
  std::vector<PlannedPart> planned;
  if (!series->unlisted->empty()) planned.push_back(plan_series(series->unlisted));
  const bool has_numbers = has_numbers_alone(*set);
  for (PartitionRows& day : split_by_day(*set, max_days)) {
    for (const PointShape shape : {PointShape::kNumbers, PointShape::kDistributions}) {
      PartitionRows rows{day.partition, has_numbers ? std::exchange(day.rows, {})
                                                    : select_shape(*set, day.rows, shape)};
      if (rows.rows.empty()) continue;
      Part part = describe_points(*set, rows, shape);
      planned.push_back(
          {std::move(part),
           shape == PointShape::kNumbers
               ? PartRows(std::make_shared<FreshNumbers>(set, series, std::move(rows.rows)))
               : scan_distributions(set, series, std::move(rows.rows))});
    }
  }
  return planned;
}

}  // namespace obs::store
