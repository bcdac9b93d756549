#include "libobs/store/newest.h"

#include <algorithm>
#include <limits>
#include <map>
#include <vector>

namespace obs::store {
namespace {

// Read at once rather than looked at first.
constexpr std::size_t kFewGroups = 8;
constexpr std::size_t kFirstGroups = 4;
constexpr std::size_t kGrowth = 4;

// OTLP's words are of four numbers each: a cube knows words only.
bool is_word(std::int32_t severity) { return severity == 0 || severity % 4 == 1; }

bool are_counted(const ScanFilter& filter, const NewestQuery& query) {
  return query.signal == model::Signal::kLogs && query.is_whole && filter.trace_id.empty() &&
         filter.phrases.empty() && filter.substrings.empty() && filter.attributes.empty() &&
         filter.resource.empty() && is_word(filter.least_severity);
}

// Adds the records of whole minutes before `until`. A minute that reaches beyond counts nothing:
// fewer are counted than there are, which is safe.
void add_counts(const Cube& cube, const ScanFilter& filter,
                std::map<std::int64_t, std::uint64_t>& minutes) {
  for (const auto& [group, cells] : cube) {
    if (!may_match(group, filter)) continue;
    for (const CubeCell& cell : cells) {
      if (filter.until && cell.minute >= minute_of(*filter.until)) continue;
      if (filter.since && cell.minute <= minute_of(*filter.since)) continue;
      minutes[cell.minute] += cell.count;
    }
  }
}

// The latest of the minutes after `before` with so many records in it and those that follow.
std::optional<Timestamp> find_start(const std::map<std::int64_t, std::uint64_t>& minutes,
                                    std::int64_t before, std::uint64_t records) {
  std::uint64_t counted = 0;
  for (auto minute = minutes.rbegin(); minute != minutes.rend(); ++minute) {
    if (minute->first <= before) break;
    counted += minute->second;
    if (counted >= records) return minute->first * kMinute;
  }
  return std::nullopt;
}

// The latest parts first: minutes that none of the others reaches are counted whole, and mostly the
// newest records are there, so that the cubes of the others need not be read.
std::optional<Timestamp> start_by_counts(ScanPlanner& planner, std::span<const SnapshotPart> parts,
                                         std::span<const PartSlice> slices,
                                         const ScanFilter& filter, std::uint64_t records) {
  std::vector<const Part*> latest;
  for (const PartSlice& slice : slices) latest.push_back(&parts[slice.part].part);
  std::sort(latest.begin(), latest.end(),
            [](const Part* a, const Part* b) { return a->max_time > b->max_time; });
  std::map<std::int64_t, std::uint64_t> minutes;
  for (std::size_t i = 0; i < latest.size(); ++i) {
    const Cube* cube = planner.cube_of(*latest[i]);
    if (cube != nullptr) add_counts(*cube, filter, minutes);
    const std::int64_t reached = i + 1 < latest.size() ? minute_of(latest[i + 1]->max_time)
                                                       : std::numeric_limits<std::int64_t>::min();
    if (const auto start = find_start(minutes, reached, records)) return start;
  }
  return std::nullopt;
}

// The first so many groups as slices.
std::vector<PartSlice> take(std::span<const PlannedGroup> groups, std::size_t count) {
  std::map<std::size_t, PartSlice> slices;
  for (const PlannedGroup& group : groups.first(count)) {
    PartSlice& slice = slices[group.part];
    slice.part = group.part;
    if (!group.block) continue;
    if (!slice.blocks) slice.blocks.emplace();
    slice.blocks->push_back(*group.block);
    slice.sections.push_back(group.sections);
  }
  std::vector<PartSlice> all;
  all.reserve(slices.size());
  for (auto& [part, slice] : slices) all.push_back(std::move(slice));
  return all;
}

}  // namespace

Result<std::optional<Timestamp>> find_newest_start(ScanPlanner& planner,
                                                   std::span<const SnapshotPart> parts,
                                                   const ScanFilter& filter,
                                                   const NewestQuery& query,
                                                   const NewestProbe& probe) {
  ScanExplanation explanation;
  const auto slices = planner.plan(query.signal, parts, filter, explanation);
  const auto groups = planner.groups_of(parts, slices);
  if (groups.size() <= kFewGroups) return std::optional<Timestamp>();
  if (are_counted(filter, query)) {
    const auto start = start_by_counts(planner, parts, slices, filter, query.records);
    if (start) return start;
  }
  for (std::size_t count = kFirstGroups; count < groups.size(); count *= kGrowth) {
    OBS_TRY(const auto start, probe(take(groups, count)));
    if (start) return start;
  }
  return std::optional<Timestamp>();
}

}  // namespace obs::store
