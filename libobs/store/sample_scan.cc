#include "libobs/store/sample_scan.h"

#include <algorithm>
#include <future>
#include <iterator>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "libobs/store/catalog.h"
#include "libobs/store/duckdb_connection.h"
#include "libobs/store/duckdb_sql.h"
#include "libobs/store/fresh_samples.h"
#include "libobs/store/pins.h"
#include "libobs/store/point_shape.h"
#include "libobs/store/reader_catalog.h"
#include "libobs/store/sample_rows.h"
#include "libobs/store/series_reader.h"

namespace obs::store {
namespace {

// A part can vanish between the catalog's answer and our link to it, when a merge comes between.
constexpr int kAttempts = 5;

// Samples held at a time, about; a group of series has so many by the catalog's reckoning, which
// does not know how they are spread.
constexpr std::size_t kWantedSamples = kMaxSamples / 4;
constexpr std::size_t kMinGroup = 64;

struct PinnedPart {
  Part part;
  std::string path;
};

// A series as Prometheus knows it: some of the catalog, and points in the WAL.
struct Target {
  KnownSeriesPtr latest;
  std::vector<std::uint32_t> ids;
  std::vector<std::pair<const FreshPoints*, std::uint32_t>> fresh;
};

bool is_in(Timestamp time, const SampleRange& range) {
  return time >= range.since && time < range.until;
}

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

// Of a group of series: the rows of a part that are theirs, or few more.
// Where that is most of them the rest is read too: a filter costs DuckDB a copy of all that passes.
std::string condition_of(std::vector<std::uint32_t> ids, std::uint64_t all,
                         const SampleRange& range) {
  std::sort(ids.begin(), ids.end());
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

class StoreSamples final : public SampleScan {
 public:
  StoreSamples(Fs& fs, std::string dir, Sqlite catalog, std::unique_ptr<DuckdbDatabase> database,
               std::unique_ptr<DuckdbConnection> connection,
               std::unique_ptr<DuckdbConnection> second)
      : dir_(dir),
        catalog_(std::move(catalog)),
        series_(catalog_),
        pins_(fs, dir),
        fresh_rows_(fs, std::move(dir)),
        database_(std::move(database)),
        connection_(std::move(connection)),
        second_(std::move(second)) {}

  Result<void> refresh() override {
    for (int attempt = 1;; ++attempt) {
      auto taken = take_snapshot();
      if (taken) return {};
      if (taken.error().code != Errc::kNotFound || attempt == kAttempts) {
        return fail(std::move(taken).error().during("read store " + dir_));
      }
    }
  }

  Result<void> select(const SampleQuery& query, const Visit& visit) override {
    OBS_TRY(std::vector<Target> targets, find(query));
    OBS_TRY(const std::size_t group, group_size(query.range));
    for (std::size_t begin = 0; begin < targets.size(); begin += group) {
      const std::size_t count = std::min(group, targets.size() - begin);
      OBS_TRY_VOID(visit_group(std::span(targets).subspan(begin, count), query.range, visit));
    }
    return {};
  }

  Result<std::vector<std::string>> label_names(const SampleQuery& query) override {
    if (query.matchers.empty() && fresh_.batches().empty())
      return series_.label_names(query.project);
    std::set<std::string> names;
    OBS_TRY(const auto targets, find(query));
    for (const Target& target : targets) {
      for (const auto& [name, value] : target.latest->labels) names.insert(name);
    }
    return std::vector<std::string>(names.begin(), names.end());
  }

  Result<std::vector<std::string>> label_values(const SampleQuery& query,
                                                const std::string& label) override {
    if (query.matchers.empty() && fresh_.batches().empty()) {
      return series_.label_values(query.project, label);
    }
    std::set<std::string> values;
    OBS_TRY(const auto targets, find(query));
    for (const Target& target : targets) {
      const Labels& labels = target.latest->labels;
      if (label == kNameLabel) {
        for (std::string& name : names_of(target.latest->series, labels)) {
          values.insert(std::move(name));
        }
      } else if (const auto value = find_label(labels, label); !value.empty()) {
        values.emplace(value);
      }
    }
    return std::vector<std::string>(values.begin(), values.end());
  }

  Result<std::vector<Labels>> series(const SampleQuery& query) override {
    std::vector<Labels> all;
    OBS_TRY(const auto targets, find(query));
    for (const Target& target : targets) all.push_back(target.latest->labels);
    return all;
  }

  Result<std::vector<MetricMetadata>> metadata(const std::string& project) override {
    return series_.metadata(project);
  }

 private:
  // The WAL first, then the catalog: see Session.
  Result<void> take_snapshot() {
    OBS_TRY_VOID(fresh_rows_.map());
    OBS_TRY(CatalogState state, read_catalog(catalog_));
    std::vector<Part> parts;
    for (Part& part : state.parts) {
      if (part.signal == model::Signal::kMetrics) parts.push_back(std::move(part));
    }
    OBS_TRY(auto paths, pins_.pin(parts));
    fresh_rows_.settle(state.applied_segment);
    parts_.clear();
    for (std::size_t i = 0; i < parts.size(); ++i) {
      parts_.push_back({std::move(parts[i]), std::move(paths[i])});
    }
    std::sort(parts_.begin(), parts_.end(), [](const PinnedPart& a, const PinnedPart& b) {
      return std::pair(a.part.min_time, a.part.id) < std::pair(b.part.min_time, b.part.id);
    });
    return fresh_.update(fresh_rows_.find(model::Signal::kMetrics, {}));
  }

  // In the order of labels; series of the same labels are one.
  Result<std::vector<Target>> find(const SampleQuery& query) {
    OBS_TRY(const auto matchers, compile_matchers(query.matchers));
    OBS_TRY(const auto ids, series_.find(query.project, matchers, query.range));
    std::vector<Target> found;
    for (const std::uint32_t id : ids) {
      OBS_TRY(KnownSeriesPtr known, series_.get(id));
      found.push_back({std::move(known), {id}, {}});
    }
    add_fresh(query, matchers, found);
    std::stable_sort(found.begin(), found.end(), [](const Target& a, const Target& b) {
      return a.latest != b.latest && comes_before(*a.latest, *b.latest);
    });
    return unite(std::move(found));
  }

  void add_fresh(const SampleQuery& query, std::span<const CompiledMatcher> matchers,
                 std::vector<Target>& found) {
    std::map<KnownSeriesPtr, std::optional<std::size_t>> places;
    for (const auto& [seq, points] : fresh_.batches()) {
      if (points.batch.batch->project != query.project) continue;
      const std::vector<Timestamp>& times = points.batch.batch->metrics.time;
      for (std::uint32_t row = 0; row < times.size(); ++row) {
        if (!is_in(times[row], query.range)) continue;
        const KnownSeriesPtr& known = points.series[row];
        const auto [place, fresh] = places.try_emplace(known);
        if (fresh &&
            match_labels(matchers, known->labels, names_of(known->series, known->labels))) {
          place->second = found.size();
          found.push_back({known, {}, {}});
        }
        if (place->second) found[*place->second].fresh.emplace_back(&points, row);
      }
    }
  }

  static std::vector<Target> unite(std::vector<Target> sorted) {
    std::vector<Target> united;
    for (Target& target : sorted) {
      if (united.empty() || !has_same_labels(*united.back().latest, *target.latest)) {
        united.push_back(std::move(target));
        continue;
      }
      Target& same = united.back();
      same.latest = target.latest;
      std::move(target.ids.begin(), target.ids.end(), std::back_inserter(same.ids));
      std::move(target.fresh.begin(), target.fresh.end(), std::back_inserter(same.fresh));
    }
    return united;
  }

  Result<std::size_t> group_size(const SampleRange& range) {
    double rows = 0;
    for (const PinnedPart& part : parts_) {
      if (!is_series(part.part) && may_have(part.part, range)) rows += rows_in(part.part, range);
    }
    OBS_TRY(const std::uint64_t series, series_.count());
    const double a_series = std::max(rows / static_cast<double>(series + 1), 1.0);
    return std::max(static_cast<std::size_t>(kWantedSamples / a_series), kMinGroup);
  }

  Result<void> visit_group(std::span<Target> targets, const SampleRange& range,
                           const Visit& visit) {
    OBS_TRY(SampleRows rows, read(targets, range, false));
    if (rows.needs_arrival()) {
      OBS_TRY(rows, read(targets, range, true));
    }
    for (std::size_t i = 0; i < targets.size(); ++i) {
      for (const auto& [points, row] : targets[i].fresh) {
        OBS_TRY_VOID(rows.add_fresh(i, points->batch, row));
      }
      SampleSeries series = rows.take(i);
      if (series.times.empty() && series.distribution_times.empty()) continue;
      describe(*targets[i].latest, series);
      OBS_TRY_VOID(visit(series));
    }
    return {};
  }

  static void describe(const KnownSeries& known, SampleSeries& series) {
    series.labels = known.labels;
    series.type = known.series.type;
    series.unit = known.series.unit;
    series.temporality = known.series.temporality;
    series.is_monotonic = known.series.is_monotonic.value_or(false);
  }

  Result<SampleRows> read(std::span<const Target> targets, const SampleRange& range,
                          bool with_arrival) {
    std::vector<std::vector<std::uint32_t>> ids;
    std::vector<std::uint32_t> all;
    for (const Target& target : targets) {
      ids.push_back(target.ids);
      all.insert(all.end(), target.ids.begin(), target.ids.end());
    }
    SampleRows rows(ids);
    if (all.empty()) return rows;
    OBS_TRY(const std::uint64_t known, series_.count());
    const std::string condition = condition_of(std::move(all), known, needed(range));
    OBS_TRY_VOID(
        read_numbers(paths_of(PointShape::kNumbers, range), condition, with_arrival, ids, rows));
    if (const auto paths = paths_of(PointShape::kDistributions, range); !paths.empty()) {
      OBS_TRY(auto stream,
              connection_->query(select_distributions(read_parquet_sql(paths), condition)));
      OBS_TRY_VOID(rows.add_distributions(*stream));
    }
    return rows;
  }

  // The earlier half of the parts here, and the later one on another thread: what DuckDB hands over
  // goes through one thread a statement.
  Result<void> read_numbers(const std::vector<std::string>& paths, const std::string& condition,
                            bool with_arrival, std::span<const std::vector<std::uint32_t>> ids,
                            SampleRows& rows) {
    const auto read_some = [&](DuckdbConnection& connection, std::span<const std::string> some,
                               SampleRows& into) -> Result<void> {
      if (some.empty()) return {};
      OBS_TRY(auto chunks, connection.query_chunks(
                               select_numbers(read_parquet_sql(some), condition, with_arrival)));
      return into.add_numbers(chunks);
    };
    const std::span all(paths);
    const std::size_t half = (all.size() + 1) / 2;
    if (half == all.size()) return read_some(*connection_, all, rows);
    SampleRows later(ids);
    auto other = std::async(std::launch::async,
                            [&] { return read_some(*second_, all.subspan(half), later); });
    Result<void> first = read_some(*connection_, all.first(half), rows);
    Result<void> second = other.get();
    if (!first) return first;
    if (!second) return second;
    return rows.append(std::move(later));
  }

  // The range as far as it cuts through parts.
  SampleRange needed(SampleRange range) const {
    const auto is_point = [](const PinnedPart& part) { return !is_series(part.part); };
    const auto all_of = [&](auto holds) {
      return std::all_of(parts_.begin(), parts_.end(), [&](const PinnedPart& part) {
        return !is_point(part) || !may_have(part.part, range) || holds(part.part);
      });
    };
    const bool begins_before =
        all_of([&](const Part& part) { return part.min_time >= range.since; });
    const bool ends_after = all_of([&](const Part& part) { return part.max_time < range.until; });
    if (begins_before) range.since = SampleRange().since;
    if (ends_after) range.until = SampleRange().until;
    return range;
  }

  std::vector<std::string> paths_of(PointShape shape, const SampleRange& range) const {
    std::vector<std::string> paths;
    for (const PinnedPart& part : parts_) {
      if (shape_of(part.part.schema) == shape && may_have(part.part, range)) {
        paths.push_back(part.path);
      }
    }
    return paths;
  }

  const std::string dir_;
  Sqlite catalog_;
  SeriesReader series_;
  Pins pins_;
  FreshRows fresh_rows_;
  FreshSamples fresh_;
  std::unique_ptr<DuckdbDatabase> database_;
  std::unique_ptr<DuckdbConnection> connection_;
  std::unique_ptr<DuckdbConnection> second_;
  std::vector<PinnedPart> parts_;
};

Result<std::unique_ptr<SampleScan>> open_samples(Fs& fs, const std::string& given,
                                                 const DuckdbOptions& options) {
  OBS_TRY(std::string dir, find_store(fs, given));
  OBS_TRY(Sqlite catalog, open_reader_catalog(dir));
  OBS_TRY(auto database, DuckdbDatabase::open(options));
  OBS_TRY(auto connection, database->connect_raw());
  OBS_TRY(auto second, database->connect_raw());
  std::unique_ptr<SampleScan> samples =
      std::make_unique<StoreSamples>(fs, std::move(dir), std::move(catalog), std::move(database),
                                     std::move(connection), std::move(second));
  OBS_TRY_VOID(samples->refresh());
  return samples;
}

}  // namespace

Result<std::unique_ptr<SampleScan>> SampleScan::open(Fs& fs, std::string dir,
                                                     const DuckdbOptions& options) {
  auto samples = open_samples(fs, dir, options);
  if (!samples) return fail(std::move(samples).error().during("open store " + dir));
  return samples;
}

}  // namespace obs::store
