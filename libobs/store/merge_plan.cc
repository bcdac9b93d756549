#include "libobs/store/merge_plan.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "libobs/store/hot_choice.h"
#include "libobs/store/point_shape.h"
#include "libobs/store/row_schema.h"
#include "libobs/store/row_set.h"

namespace obs::store {
namespace {

// A flush of points is final with fewer rows: at full load it is memory that calls for it, and what
// a merge would save in bytes is a tenth.
constexpr std::uint64_t kPointsShare = 2;

// Rows take about so many times more in memory than in a part.
constexpr std::uint64_t kInflation = 8;

// Late records of a day come mostly within an hour of its end.
bool is_past(const Part& part, Timestamp now) {
  const bool is_day = part.partition != kSpreadPartition && part.partition != kSeriesPartition;
  return is_day && part.partition < to_date(now - kHour);
}

std::uint64_t rows_of(std::span<const Part> parts) {
  std::uint64_t rows = 0;
  for (const Part& part : parts) rows += part.rows;
  return rows;
}

std::uint64_t bytes_of(std::span<const Part> parts) {
  std::uint64_t bytes = 0;
  for (const Part& part : parts) bytes += part.bytes;
  return bytes;
}

bool is_worthwhile(const std::vector<Part>& small, const MergeOptions& options, Timestamp now) {
  if (small.size() < 2) return false;
  const bool past = is_past(small.front(), now);
  const std::size_t enough = past ? std::min(options.past_parts, options.parts) : options.parts;
  return small.size() >= enough || rows_of(small) >= options.rows ||
         bytes_of(small) >= kMaxMergedBytes;
}

}  // namespace

bool is_large(const Part& part, std::uint64_t final_rows) {
  const bool is_points = part.signal == model::Signal::kMetrics;
  const std::uint64_t enough = is_points ? final_rows / kPointsShare : final_rows;
  return part.rows >= enough || part.bytes >= kMaxMergedBytes / 2;
}

bool is_final(const Part& part, std::uint64_t final_rows) {
  return is_large(part, final_rows) || part.level >= kMaxLevel;
}

std::vector<Part> take_first(std::vector<Part> small, const MergeOptions& options) {
  std::sort(small.begin(), small.end(), [](const Part& a, const Part& b) {
    return std::tie(a.min_time, a.id) < std::tie(b.min_time, b.id);
  });
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  std::size_t count = 0;
  while (count < small.size()) {
    if (count >= 2 && (rows >= options.rows || bytes >= kMaxMergedBytes)) break;
    rows += small[count].rows;
    bytes += small[count++].bytes;
  }
  small.resize(count);
  return small;
}

std::vector<Part> choose_merge(std::span<const Part> parts, const MergeOptions& options,
                               Timestamp now, const std::set<std::int64_t>& skip) {
  using Key = std::tuple<model::Signal, PointShape, std::string, int>;
  std::map<Key, std::vector<Part>> small;
  for (const Part& part : parts) {
    if (part.final || skip.count(part.id) != 0) continue;
    small[{part.signal, shape_of(part.schema), part.partition, part.level}].push_back(part);
  }
  for (auto& [key, group] : small) {
    if (is_worthwhile(group, options, now)) return take_first(std::move(group), options);
  }
  return {};
}

Part describe_merged(std::span<const Part> parts, const MergeOptions& options) {
  Part merged = parts.front();
  merged.id = 0;
  merged.path.clear();
  merged.rows = rows_of(parts);
  merged.bytes = bytes_of(parts);  // About; until it is written.
  ++merged.level;
  merged.final = is_final(merged, options.final_rows);
  merged.group_rows = row_group_size(merged.signal, bytes_of(parts) * kInflation / merged.rows);
  if (shape_of(merged.schema) == PointShape::kFlat) merged.schema = kRowSchemaVersion;
  std::vector<HotInput> inputs;
  for (const Part& part : parts) inputs.push_back({part.hot, part.rows});
  merged.hot = choose_hot_attributes(inputs);
  for (const Part& part : parts) {
    merged.min_time = std::min(merged.min_time, part.min_time);
    merged.max_time = std::max(merged.max_time, part.max_time);
    merged.min_seq = std::min(merged.min_seq, part.min_seq);
    merged.max_seq = std::max(merged.max_seq, part.max_seq);
  }
  return merged;
}

}  // namespace obs::store
