#include "libobs/store/newest.h"

#include <map>

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

std::optional<Timestamp> start_by_counts(ScanPlanner& planner, std::span<const SnapshotPart> parts,
                                         std::span<const PartSlice> slices,
                                         const ScanFilter& filter, std::uint64_t records) {
  std::map<std::int64_t, std::uint64_t> minutes;
  for (const PartSlice& slice : slices) {
    const Cube* cube = planner.cube_of(parts[slice.part].part);
    if (cube != nullptr) add_counts(*cube, filter, minutes);
  }
  std::uint64_t counted = 0;
  for (auto minute = minutes.rbegin(); minute != minutes.rend(); ++minute) {
    counted += minute->second;
    if (counted >= records) return minute->first * kMinute;
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
