#include "libobs/store/day_partitions.h"

#include <algorithm>
#include <map>

#include "libobs/base/clock.h"
#include "libobs/store/row_schema.h"

namespace obs::store {
namespace {

std::int64_t day_of(Timestamp time) { return time / kDay - (time % kDay < 0 ? 1 : 0); }

// The days that get parts of their own, in order.
std::vector<std::int64_t> choose_days(const std::map<std::int64_t, std::size_t>& rows_by_day,
                                      std::size_t max_days) {
  std::vector<std::pair<std::size_t, std::int64_t>> by_rows;
  for (const auto& [day, rows] : rows_by_day) by_rows.emplace_back(rows, day);
  std::sort(by_rows.rbegin(), by_rows.rend());
  if (by_rows.size() > max_days) by_rows.resize(max_days);
  std::vector<std::int64_t> days;
  for (const auto& entry : by_rows) days.push_back(entry.second);
  std::sort(days.begin(), days.end());
  return days;
}

std::size_t place_of(const std::vector<std::int64_t>& days, std::int64_t day) {
  const auto found = std::lower_bound(days.begin(), days.end(), day);
  if (found == days.end() || *found != day) return days.size();
  return static_cast<std::size_t>(found - days.begin());
}

}  // namespace

std::vector<PartitionRows> partition_by_day(const RowSet& set, std::size_t max_days) {
  std::vector<RowRef> rows = set.all_rows();
  sort_by_time(set, rows);
  std::map<std::int64_t, std::size_t> rows_by_day;
  // Nearly always all rows are of one day, and it is seen at the ends.
  if (!rows.empty() && day_of(set.time(rows.front())) == day_of(set.time(rows.back()))) {
    return {{to_date(set.time(rows.front())), std::move(rows)}};
  }
  for (const RowRef row : rows) ++rows_by_day[day_of(set.time(row))];
  const std::vector<std::int64_t> days = choose_days(rows_by_day, max_days);

  std::vector<PartitionRows> partitions(days.size() + 1);
  for (const RowRef row : rows) {
    partitions[place_of(days, day_of(set.time(row)))].rows.push_back(row);
  }
  for (PartitionRows& partition : partitions) {
    if (!partition.rows.empty()) partition.partition = to_date(set.time(partition.rows.front()));
  }
  partitions.back().partition = kSpreadPartition;
  const auto is_empty = [](const PartitionRows& partition) { return partition.rows.empty(); };
  partitions.erase(std::remove_if(partitions.begin(), partitions.end(), is_empty),
                   partitions.end());
  return partitions;
}

Part describe_part(const RowSet& set, const PartitionRows& rows) {
  Part part;
  part.signal = set.signal();
  part.partition = rows.partition;
  part.rows = rows.rows.size();
  part.min_time = set.time(rows.rows.front());
  part.max_time = set.time(rows.rows.back());
  part.group_rows = row_group_size(set.signal(), set.row_bytes());
  part.schema = kRowSchemaVersion;
  part.min_seq = set.seq(rows.rows.front());
  for (const RowRef row : rows.rows) {
    part.min_seq = std::min(part.min_seq, set.seq(row));
    part.max_seq = std::max(part.max_seq, set.seq(row));
  }
  return part;
}

}  // namespace obs::store
