#include "libobs/store/merge_plan.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace obs::store {
namespace {

// So many small parts of a day that is over are merged, since few will follow; fewer are cheap to
// read.
constexpr std::size_t kPastParts = 8;

// Late records of a day come mostly within an hour of its end.
bool is_past(const Part& part, Timestamp now) {
  return part.partition != kSpreadPartition && part.partition < to_date(now - kHour);
}

std::uint64_t rows_of(std::span<const Part> parts) {
  std::uint64_t rows = 0;
  for (const Part& part : parts) rows += part.rows;
  return rows;
}

bool is_worthwhile(const std::vector<Part>& small, const MergeOptions& options, Timestamp now) {
  if (small.size() < 2) return false;
  const std::size_t enough = is_past(small.front(), now) ? kPastParts : options.parts;
  return small.size() >= enough || rows_of(small) >= options.rows;
}

// By time, as many as make a part of the wanted size.
std::vector<Part> take_first(std::vector<Part> small, const MergeOptions& options) {
  std::sort(small.begin(), small.end(), [](const Part& a, const Part& b) {
    return std::tie(a.min_time, a.id) < std::tie(b.min_time, b.id);
  });
  std::uint64_t rows = 0;
  std::size_t count = 0;
  while (count < small.size() && (rows < options.rows || count < 2)) rows += small[count++].rows;
  small.resize(count);
  return small;
}

}  // namespace

std::vector<Part> choose_merge(std::span<const Part> parts, const MergeOptions& options,
                               Timestamp now, const std::set<std::int64_t>& skip) {
  using Key = std::tuple<model::Signal, std::string, int>;
  std::map<Key, std::vector<Part>> small;
  for (const Part& part : parts) {
    if (part.final || skip.count(part.id) != 0) continue;
    small[{part.signal, part.partition, part.level}].push_back(part);
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
  merged.bytes = 0;
  merged.rows = rows_of(parts);
  ++merged.level;
  merged.final = merged.rows >= options.final_rows || merged.level >= kMaxLevel;
  for (const Part& part : parts) {
    merged.min_time = std::min(merged.min_time, part.min_time);
    merged.max_time = std::max(merged.max_time, part.max_time);
    merged.min_seq = std::min(merged.min_seq, part.min_seq);
    merged.max_seq = std::max(merged.max_seq, part.max_seq);
  }
  return merged;
}

}  // namespace obs::store
