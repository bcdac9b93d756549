#include "libobs/store/sample_parts.h"

#include <algorithm>
#include <future>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "libobs/store/duckdb_sql.h"
#include "libobs/store/sample_distributions.h"

namespace obs::store {
namespace {

using Ids = std::vector<std::uint32_t>;

// Fewer rows are read sooner than another thread is started.
constexpr std::uint64_t kRowsForTwo = 50'000;

bool may_have(const Part& part, const SampleRange& range) {
  return part.max_time >= range.since && part.min_time < range.until;
}

// Rows of the part that are in the range, if they are spread evenly.
double rows_in(const Part& part, const SampleRange& range) {
  const auto begin = static_cast<double>(std::max(part.min_time, range.since));
  const auto end = static_cast<double>(std::min(part.max_time, range.until));
  const double all = static_cast<double>(part.max_time) - static_cast<double>(part.min_time) + 1;
  return static_cast<double>(part.rows) * std::clamp((end - begin + 1) / all, 0.0, 1.0);
}

// Of some series: the rows of a part that are theirs, or few more.
// Where that is most of them the rest is read too: a filter costs DuckDB a copy of all that passes.
std::string condition_of(const Ids& ids, std::uint64_t all, const SampleRange& range) {
  const bool is_most = 2 * ids.size() >= all;
  std::string condition =
      is_most ? "true" : fmt::format("series_id BETWEEN {} AND {}", ids.front(), ids.back());
  const bool is_dense = ids.back() - ids.front() < 4 * ids.size();
  if (!is_most && !is_dense)
    condition += fmt::format(" AND series_id IN ({})", fmt::join(ids, ", "));
  if (range.since != SampleRange().since) {
    condition += fmt::format(" AND time >= make_timestamp_ns({})", range.since);
  }
  if (range.until != SampleRange().until) {
    condition += fmt::format(" AND time < make_timestamp_ns({})", range.until);
  }
  return condition;
}

Ids all_of(TargetIds ids) {
  Ids all;
  for (const Ids& some : ids) all.insert(all.end(), some.begin(), some.end());
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace

void SampleParts::set(std::vector<Part> parts, std::vector<std::string> paths) {
  parts_.clear();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    parts_.push_back({std::move(parts[i]), std::move(paths[i]), nullptr, {}});
  }
  std::sort(parts_.begin(), parts_.end(), [](const PinnedPart& a, const PinnedPart& b) {
    return std::pair(a.part.min_time, a.part.id) < std::pair(b.part.min_time, b.part.id);
  });
}

double SampleParts::count(const SampleRange& range) const {
  double rows = 0;
  for (const PinnedPart& part : parts_) {
    if (!is_series(part.part) && may_have(part.part, range)) rows += rows_in(part.part, range);
  }
  return rows;
}

Result<SampleRows> SampleParts::read(TargetIds ids, const SampleRange& range, std::uint64_t known,
                                     bool with_arrival) {
  const Ids all = all_of(ids);
  // A little more than there are on average, so that most arrays never grow.
  const double a_series = count(range) / static_cast<double>(known + 1);
  const auto expected = static_cast<std::size_t>(1.1 * a_series) + 8;
  SampleRows rows(ids, expected);
  if (all.empty()) return rows;
  std::vector<std::string> foreign;
  OBS_TRY(const auto groups, find_groups(range, foreign));
  OBS_TRY_VOID(read_on_two(groups, ids, range, with_arrival, expected, rows));
  OBS_TRY_VOID(read_by_duckdb(foreign, all, range, known, with_arrival, rows));
  return rows;
}

// In the order of time, and of series within a part. What is not ours to read goes to `foreign`.
Result<std::vector<SampleParts::Group>> SampleParts::find_groups(
    const SampleRange& range, std::vector<std::string>& foreign) {
  std::vector<Group> groups;
  for (PinnedPart& part : parts_) {
    if (shape_of(part.part.schema) != PointShape::kNumbers || !may_have(part.part, range)) {
      continue;
    }
    if (part.numbers == nullptr) {
      auto opened = NumbersPart::open(fs_, part.path);
      if (!opened && opened.error().code != Errc::kUnsupported) return fail(opened.error());
      if (opened) part.numbers = std::make_shared<const NumbersPart>(std::move(*opened));
    }
    if (part.numbers == nullptr) {
      foreign.push_back(part.path);
      continue;
    }
    for (std::size_t i = 0; i < part.numbers->group_count(); ++i) {
      groups.push_back({part.numbers.get(), i});
    }
  }
  return groups;
}

Result<void> SampleParts::read_groups(std::span<const Group> groups, TargetIds ids,
                                      const SampleRange& range, bool with_arrival,
                                      SampleRows& rows) {
  const Ids all = all_of(ids);
  for (const Group& one : groups) {
    const auto [first, last] = one.part->series_bounds(one.group);
    const auto next = std::lower_bound(all.begin(), all.end(), first);
    if (next == all.end() || *next > last) continue;
    OBS_TRY_VOID(rows.add_group(*one.part, one.group, range, with_arrival));
  }
  return {};
}

// The targets of lesser ids here, the others on another thread: then nothing needs to be put
// together again, and most row groups have series of one side only.
Result<void> SampleParts::read_on_two(std::span<const Group> groups, TargetIds ids,
                                      const SampleRange& range, bool with_arrival,
                                      std::size_t expected, SampleRows& rows) {
  if (expected * ids.size() < kRowsForTwo) {
    return read_groups(groups, ids, range, with_arrival, rows);
  }
  const Ids all = all_of(ids);
  const std::uint32_t middle = all[all.size() / 2];
  std::vector<Ids> lower(ids.size());
  std::vector<Ids> upper(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (!ids[i].empty()) (ids[i].front() < middle ? lower : upper)[i] = ids[i];
  }
  SampleRows below(lower, expected);
  SampleRows above(upper, expected);
  auto other = std::async(std::launch::async,
                          [&] { return read_groups(groups, upper, range, with_arrival, above); });
  Result<void> first = read_groups(groups, lower, range, with_arrival, below);
  Result<void> second = other.get();
  if (!first) return first;
  if (!second) return second;
  OBS_TRY_VOID(rows.take_over(std::move(below)));
  return rows.take_over(std::move(above));
}

Result<void> SampleParts::read_by_duckdb(const std::vector<std::string>& numbers, const Ids& ids,
                                         const SampleRange& range, std::uint64_t known,
                                         bool with_arrival, SampleRows& rows) {
  const std::string condition = condition_of(ids, known, needed(range));
  if (!numbers.empty()) {
    OBS_TRY(DuckdbConnection * duckdb, connection());
    OBS_TRY(auto chunks, duckdb->query_chunks(
                             select_numbers(read_parquet_sql(numbers), condition, with_arrival)));
    OBS_TRY_VOID(rows.add_numbers(chunks));
  }
  const auto distributions = paths_of(PointShape::kDistributions, range);
  if (distributions.empty()) return {};
  OBS_TRY(DuckdbConnection * duckdb, connection());
  OBS_TRY(auto stream,
          duckdb->query(select_distributions(read_parquet_sql(distributions), condition)));
  return rows.add_distributions(*stream);
}

Result<void> SampleParts::read_exemplars(TargetIds ids, const SampleRange& range,
                                         const ExemplarsFound& visit) {
  const Ids all = all_of(ids);
  if (all.empty()) return {};
  std::unordered_map<std::uint32_t, std::size_t> targets;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    for (const std::uint32_t id : ids[i]) targets[id] = i;
  }
  for (const PointShape shape : {PointShape::kNumbers, PointShape::kDistributions}) {
    OBS_TRY(const auto paths, paths_with_exemplars(shape, range));
    if (paths.empty()) continue;
    OBS_TRY(DuckdbConnection * duckdb, connection());
    OBS_TRY(auto rows, duckdb->query(fmt::format(
                           "SELECT series_id, time, exemplars FROM {} WHERE exemplars "
                           "IS NOT NULL AND {}",
                           read_parquet_sql(paths), condition_of(all, ~std::uint64_t{0}, range))));
    std::span<const model::Value> row;
    for (;;) {
      OBS_TRY(const bool more, rows->next(row));
      if (!more) break;
      const auto target = targets.find(static_cast<std::uint32_t>(row[0].as_int()));
      if (target == targets.end() || !row[2].is_string()) continue;
      visit(target->second, row[1].as_int(), row[2].as_string());
    }
  }
  return {};
}

// Most parts have none, and their footers say so.
Result<std::vector<std::string>> SampleParts::paths_with_exemplars(PointShape shape,
                                                                   const SampleRange& range) {
  std::vector<std::string> paths;
  for (PinnedPart& part : parts_) {
    if (shape_of(part.part.schema) != shape || !may_have(part.part, range)) continue;
    if (!part.has_exemplars) {
      OBS_TRY(std::shared_ptr<const Mapping> mapping, fs_.map(part.path));
      const auto file = ParquetFile::open(std::move(mapping));
      if (!file && file.error().code != Errc::kUnsupported) return fail(file.error());
      part.has_exemplars = !file || has_values(*file, "exemplars");
    }
    if (*part.has_exemplars) paths.push_back(part.path);
  }
  return paths;
}

Result<DuckdbConnection*> SampleParts::connection() {
  if (connection_ == nullptr) {
    OBS_TRY(database_, DuckdbDatabase::open(options_));
    OBS_TRY(connection_, database_->connect_raw());
  }
  return connection_.get();
}

// The range as far as it cuts through parts.
SampleRange SampleParts::needed(SampleRange range) const {
  const auto all_of = [&](auto holds) {
    return std::all_of(parts_.begin(), parts_.end(), [&](const PinnedPart& part) {
      return is_series(part.part) || !may_have(part.part, range) || holds(part.part);
    });
  };
  const bool begins_before = all_of([&](const Part& part) { return part.min_time >= range.since; });
  const bool ends_after = all_of([&](const Part& part) { return part.max_time < range.until; });
  if (begins_before) range.since = SampleRange().since;
  if (ends_after) range.until = SampleRange().until;
  return range;
}

std::vector<std::string> SampleParts::paths_of(PointShape shape, const SampleRange& range) const {
  std::vector<std::string> paths;
  for (const PinnedPart& part : parts_) {
    if (shape_of(part.part.schema) == shape && may_have(part.part, range)) {
      paths.push_back(part.path);
    }
  }
  return paths;
}

}  // namespace obs::store
