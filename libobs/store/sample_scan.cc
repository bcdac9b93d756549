#include "libobs/store/sample_scan.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include "libobs/store/catalog.h"
#include "libobs/store/catalog_series.h"
#include "libobs/store/fresh_samples.h"
#include "libobs/store/pins.h"
#include "libobs/store/point_shape.h"
#include "libobs/store/reader_catalog.h"
#include "libobs/store/sample_exemplars.h"
#include "libobs/store/sample_parts.h"
#include "libobs/store/sample_rows.h"
#include "libobs/store/series_reader.h"
#include "libobs/store/target_info.h"

namespace obs::store {
namespace {

// A part can vanish between the catalog's answer and our link to it, when a merge comes between.
constexpr int kAttempts = 5;

// Samples held at a time, about; a group of series has so many by the catalog's reckoning, which
// does not know how they are spread.
constexpr std::size_t kWantedSamples = kMaxSamples / 4;
constexpr std::size_t kMinGroup = 64;

// A series as Prometheus knows it: some of the catalog, and points in the WAL.
struct Target {
  KnownSeriesPtr latest;
  std::vector<std::uint32_t> ids;
  std::vector<std::pair<const FreshPoints*, std::uint32_t>> fresh;
  std::optional<SeenTarget> info;  // Of target_info alone, unless it was sent as well.
};

// Series whose exemplars are held at a time.
constexpr std::size_t kExemplarGroup = 1000;

Timestamp later_by(Timestamp time, Duration by) {
  const Timestamp most = std::numeric_limits<Timestamp>::max();
  return time > most - by ? most : time + by;
}

bool is_in(Timestamp time, const SampleRange& range) {
  return time >= range.since && time < range.until;
}

// Rather than to leave its points out.
Failure<Error> fail_flat(const Part& part) {
  return fail(Errc::kUnsupported,
              part.path +
                  " holds points as obs wrote them before 0.1.0, which only SQL reads; "
                  "import what obs-store export makes of them into a new store");
}

class StoreSamples final : public SampleScan {
 public:
  StoreSamples(Fs& fs, std::string dir, Sqlite catalog, DuckdbOptions options)
      : dir_(dir),
        catalog_(std::move(catalog)),
        series_(catalog_),
        pins_(fs, dir),
        fresh_rows_(fs, std::move(dir)),
        parts_(fs, std::move(options)) {}

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

  Result<void> exemplars(const SampleQuery& query, const ExemplarVisit& visit) override {
    SampleQuery wider = query;
    wider.range.until = later_by(query.range.until, kExemplarDelay);
    OBS_TRY(std::vector<Target> targets, find(wider));
    for (std::size_t begin = 0; begin < targets.size(); begin += kExemplarGroup) {
      const std::size_t count = std::min(kExemplarGroup, targets.size() - begin);
      OBS_TRY_VOID(visit_exemplars(std::span(targets).subspan(begin, count), query.range,
                                   wider.range, visit));
    }
    return {};
  }

  Result<std::vector<std::string>> label_names(const SampleQuery& query) override {
    std::set<std::string> names;
    OBS_TRY(const auto targets, find_listed(query));
    if (is_all(query)) {
      OBS_TRY(const auto all, series_.label_names(query.project));
      names.insert(all.begin(), all.end());
    }
    for (const Target& target : targets) {
      for (const auto& [name, value] : target.latest->labels) names.insert(name);
    }
    return std::vector<std::string>(names.begin(), names.end());
  }

  Result<std::vector<std::string>> label_values(const SampleQuery& query,
                                                const std::string& label) override {
    std::set<std::string> values;
    OBS_TRY(const auto targets, find_listed(query));
    if (is_all(query)) {
      OBS_TRY(const auto all, series_.label_values(query.project, label));
      values.insert(all.begin(), all.end());
    }
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
    series_.refresh();
    OBS_TRY(CatalogState state, read_catalog(catalog_));
    std::vector<Part> parts;
    for (Part& part : state.parts) {
      if (part.signal != model::Signal::kMetrics) continue;
      if (shape_of(part.schema) == PointShape::kFlat) return fail_flat(part);
      parts.push_back(std::move(part));
    }
    OBS_TRY(auto paths, pins_.pin(parts));
    fresh_rows_.settle(state.applied_segment);
    parts_.set(std::move(parts), std::move(paths));
    return fresh_.update(fresh_rows_.find(model::Signal::kMetrics, {}));
  }

  // Whether the catalog's list of labels has all that the query chooses of flushed series.
  static bool is_all(const SampleQuery& query) { return query.matchers.empty(); }

  // Those that the query chooses, without what that list says.
  Result<std::vector<Target>> find_listed(const SampleQuery& query) {
    if (!is_all(query)) return find(query);
    std::vector<Target> found;
    add_fresh(query, {}, found);
    OBS_TRY_VOID(add_target_info(query, {}, found));
    return found;
  }

  // In the order of labels; series of the same labels are one.
  Result<std::vector<Target>> find(const SampleQuery& query) {
    OBS_TRY(const auto matchers, compile_matchers(query.matchers));
    OBS_TRY(const auto ids, series_.find(query.project, matchers, query.range));
    std::vector<Target> found;
    for (const std::uint32_t id : ids) {
      OBS_TRY(KnownSeriesPtr known, series_.get(id));
      found.push_back({std::move(known), {id}, {}, {}});
    }
    add_fresh(query, matchers, found);
    OBS_TRY_VOID(add_target_info(query, matchers, found));
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
          found.push_back({known, {}, {}, {}});
        }
        if (place->second) found[*place->second].fresh.emplace_back(&points, row);
      }
    }
  }

  Result<void> add_target_info(const SampleQuery& query, std::span<const CompiledMatcher> matchers,
                               std::vector<Target>& found) {
    if (!may_choose_target_info(matchers)) return {};
    OBS_TRY(auto targets, read_targets(catalog_, query.project, fresh_));
    const std::string names[] = {std::string(kTargetInfo)};
    for (SeenTarget& target : targets) {
      const bool was_seen =
          target.first_seen < query.range.until && target.last_seen >= query.range.since;
      if (!was_seen || !match_labels(matchers, target.info->labels, names)) continue;
      KnownSeriesPtr info = target.info;
      found.push_back({std::move(info), {}, {}, std::move(target)});
    }
    return {};
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
      if (!target.info) same.info.reset();  // What was sent counts, and not what is made of it.
      std::move(target.ids.begin(), target.ids.end(), std::back_inserter(same.ids));
      std::move(target.fresh.begin(), target.fresh.end(), std::back_inserter(same.fresh));
    }
    return united;
  }

  Result<std::size_t> group_size(const SampleRange& range) {
    OBS_TRY(const std::uint64_t series, series_.count());
    const double a_series = std::max(parts_.count(range) / static_cast<double>(series + 1), 1.0);
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
      if (targets[i].info) add_target_samples(*targets[i].info, range, series);
      if (series.times.empty() && series.distribution_times.empty()) continue;
      describe(*targets[i].latest, series);
      OBS_TRY_VOID(visit(series));
    }
    return {};
  }

  Result<void> visit_exemplars(std::span<Target> targets, const SampleRange& range,
                               const SampleRange& points, const ExemplarVisit& visit) {
    std::vector<std::vector<std::uint32_t>> ids;
    std::vector<ExemplarList> lists;
    for (const Target& target : targets) {
      ids.push_back(target.ids);
      lists.emplace_back(strategy_of(target.latest->series, kLabelStrategy));
    }
    OBS_TRY_VOID(parts_.read_exemplars(
        ids, points, [&](std::size_t target, Timestamp time, std::string_view json) {
          lists[target].add_json(json, time, range);
        }));
    for (std::size_t i = 0; i < targets.size(); ++i) {
      for (const auto& [fresh, row] : targets[i].fresh) {
        const model::MetricColumns& columns = fresh->batch.batch->metrics;
        lists[i].add(columns.exemplars[row], columns.time[row], range);
      }
      if (lists[i].size() == 0) continue;
      ExemplarSeries series{targets[i].latest->labels, lists[i].take()};
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
    for (const Target& target : targets) ids.push_back(target.ids);
    OBS_TRY(const std::uint64_t known, series_.count());
    return parts_.read(ids, range, known, with_arrival);
  }

  const std::string dir_;
  Sqlite catalog_;
  SeriesReader series_;
  Pins pins_;
  FreshRows fresh_rows_;
  FreshSamples fresh_;
  SampleParts parts_;
};

Result<std::unique_ptr<SampleScan>> open_samples(Fs& fs, const std::string& given,
                                                 const DuckdbOptions& options) {
  OBS_TRY(std::string dir, find_store(fs, given));
  OBS_TRY(Sqlite catalog, open_reader_catalog(dir));
  std::unique_ptr<SampleScan> samples =
      std::make_unique<StoreSamples>(fs, std::move(dir), std::move(catalog), options);
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
