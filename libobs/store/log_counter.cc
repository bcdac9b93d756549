#include "libobs/store/log_counter.h"

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "libobs/store/scan_condition.h"

namespace obs::store {
namespace {

using model::Signal;

// OTLP's words are of four numbers each: a cube knows words only.
bool is_word(std::int32_t severity) { return severity == 0 || severity % 4 == 1; }

// Minutes that lie whole within the filter's times: [first, end).
struct WholeMinutes {
  std::int64_t first = std::numeric_limits<std::int64_t>::min();
  std::int64_t end = std::numeric_limits<std::int64_t>::max();

  explicit WholeMinutes(const ScanFilter& filter) {
    if (filter.since) first = minute_of(*filter.since) + (*filter.since % kMinute != 0 ? 1 : 0);
    if (filter.until) end = minute_of(*filter.until);
  }
};

class Counter {
 public:
  void add(const Cube& cube, const ScanFilter& filter, const WholeMinutes& minutes) {
    for (const auto& [group, cells] : cube) {
      if (!may_match(group, filter)) continue;
      auto& counts = groups_[{group.service, word_place(group.severity)}];
      for (const CubeCell& cell : cells) {
        if (cell.minute < minutes.first || cell.minute >= minutes.end) continue;
        counts.push_back({cell.minute * kMinute, cell.count});
      }
    }
  }

  Result<void> add(RowStream& rows) {
    std::span<const model::Value> row;
    for (;;) {
      OBS_TRY(const bool more, rows.next(row));
      if (!more) return {};
      std::optional<std::string> service;
      if (row[1].is_string()) service = row[1].as_string();
      const SeverityClass severity =
          row[2].is_string() ? severity_class(0, row[2].as_string()) : SeverityClass::kNone;
      groups_[{std::move(service), word_place(severity)}].push_back(
          {row[0].as_int(), static_cast<std::uint64_t>(row[3].as_int())});
    }
  }

  LogCounts finish() {
    LogCounts all;
    for (auto& [key, minutes] : groups_) {
      settle(minutes);
      if (minutes.empty()) continue;
      all.push_back({key.first, std::string(severity_word(key.second)), std::move(minutes)});
    }
    return all;
  }

 private:
  // Numbers beyond OTLP's have no word either.
  static SeverityClass word_place(SeverityClass severity) {
    return severity == SeverityClass::kBeyond ? SeverityClass::kNone : severity;
  }

  static void settle(std::vector<LogMinute>& minutes) {
    std::sort(minutes.begin(), minutes.end(),
              [](const LogMinute& a, const LogMinute& b) { return a.minute < b.minute; });
    std::size_t kept = 0;
    for (const LogMinute& minute : minutes) {
      if (kept > 0 && minutes[kept - 1].minute == minute.minute) {
        minutes[kept - 1].count += minute.count;
      } else {
        minutes[kept++] = minute;
      }
    }
    minutes.resize(kept);
  }

  std::map<std::pair<std::optional<std::string>, SeverityClass>, std::vector<LogMinute>> groups_;
};

// The filter's own parts of the first and last minute, as a condition; empty when there are none.
std::string edges_condition(const ScanFilter& filter, const WholeMinutes& minutes) {
  std::string edges;
  if (filter.since && *filter.since % kMinute != 0) {
    edges = fmt::format("epoch_ns(time) < {}", minutes.first * kMinute);
  }
  if (filter.until && *filter.until % kMinute != 0) {
    edges +=
        fmt::format("{}epoch_ns(time) >= {}", edges.empty() ? "" : " OR ", minutes.end * kMinute);
  }
  return edges;
}

// Slices that hold records of the first or last minute.
std::vector<PartSlice> edge_slices(ScanPlanner& planner, std::span<const SnapshotPart> parts,
                                   const ScanFilter& filter, const WholeMinutes& minutes) {
  std::map<std::size_t, PartSlice> slices;
  const auto add = [&](std::optional<Timestamp> since, std::optional<Timestamp> until) {
    ScanFilter edge = filter;
    if (since) edge.since = since;
    if (until) edge.until = until;
    ScanExplanation explanation;
    for (PartSlice& slice : planner.plan(Signal::kLogs, parts, edge, explanation)) {
      const auto [known, is_new] = slices.try_emplace(slice.part, slice);
      if (is_new || !known->second.blocks || !slice.blocks) continue;
      known->second.blocks->insert(known->second.blocks->end(), slice.blocks->begin(),
                                   slice.blocks->end());
    }
  };
  if (filter.since && *filter.since % kMinute != 0) add({}, minutes.first * kMinute);
  if (filter.until && *filter.until % kMinute != 0) add(minutes.end * kMinute, {});
  std::vector<PartSlice> all;
  for (auto& [part, slice] : slices) all.push_back(std::move(slice));
  return all;
}

}  // namespace

Result<LogCounts> count_logs(ScanPlanner& planner, std::span<const SnapshotPart> parts,
                             const ScanFilter& given, const CountRowsBySql& count_rows) {
  ScanFilter filter;
  std::tie(filter.since, filter.until, filter.project) =
      std::tie(given.since, given.until, given.project);
  filter.services = given.services;
  filter.least_severity = given.least_severity;

  Counter counter;
  const WholeMinutes minutes(filter);
  CountRows rest{{}, true, to_condition(Signal::kLogs, filter)};
  std::vector<bool> has_cube(parts.size());
  ScanExplanation explanation;
  for (PartSlice& slice : planner.plan(Signal::kLogs, parts, filter, explanation)) {
    const Cube* cube = is_word(filter.least_severity) && minutes.first < minutes.end
                           ? planner.cube_of(parts[slice.part].part)
                           : nullptr;
    if (cube == nullptr) {
      rest.slices.push_back(std::move(slice));
      continue;
    }
    has_cube[slice.part] = true;
    counter.add(*cube, filter, minutes);
  }
  OBS_TRY(const auto counted, count_rows(rest));
  if (counted != nullptr) OBS_TRY_VOID(counter.add(*counted));

  const std::string edges = edges_condition(filter, minutes);
  if (edges.empty()) return counter.finish();
  CountRows edge{edge_slices(planner, parts, filter, minutes), false,
                 fmt::format("{} AND ({})", rest.condition, edges)};
  std::erase_if(edge.slices, [&](const PartSlice& slice) { return !has_cube[slice.part]; });
  OBS_TRY(const auto at_edges, count_rows(edge));
  if (at_edges != nullptr) OBS_TRY_VOID(counter.add(*at_edges));
  return counter.finish();
}

}  // namespace obs::store
