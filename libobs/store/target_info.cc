#include "libobs/store/target_info.h"

#include <algorithm>
#include <map>
#include <utility>

#include "libobs/store/catalog_series.h"

namespace obs::store {
namespace {

// Of one target: ten years of them. A resource that was seen in a far future has no more.
constexpr std::size_t kMaxTargetSamples = 2'100'000;

KnownSeriesPtr make_info(const Series& series) {
  Labels labels = to_target_info(series, kLabelStrategy);
  if (labels.empty()) return nullptr;
  Series info;
  info.project = series.project;
  info.name = kTargetInfo;
  info.type = "gauge";
  return make_known(std::move(info), std::move(labels));
}

// By labels, which hosts of several catalogued resources may share.
class Targets {
 public:
  void add(const Series& series, Timestamp first_seen, Timestamp last_seen) {
    KnownSeriesPtr info = make_info(series);
    if (info == nullptr) return;
    const auto [entry, fresh] =
        by_labels_.try_emplace(info->labels, SeenTarget{info, first_seen, last_seen});
    if (fresh) return;
    entry->second.first_seen = std::min(entry->second.first_seen, first_seen);
    entry->second.last_seen = std::max(entry->second.last_seen, last_seen);
  }

  std::vector<SeenTarget> take() {
    std::vector<SeenTarget> all;
    for (auto& [labels, target] : by_labels_) all.push_back(std::move(target));
    return all;
  }

 private:
  std::map<Labels, SeenTarget> by_labels_;
};

void add_fresh(const FreshPoints& points, Targets& targets) {
  const std::vector<Timestamp>& times = points.batch.batch->metrics.time;
  for (std::size_t row = 0; row < times.size(); ++row) {
    targets.add(points.series[row]->series, times[row], times[row]);
  }
}

}  // namespace

bool may_choose_target_info(std::span<const CompiledMatcher> matchers) {
  return std::all_of(matchers.begin(), matchers.end(), [](const CompiledMatcher& matcher) {
    return matcher.matcher().label != kNameLabel || matcher.matches(kTargetInfo);
  });
}

Result<std::vector<SeenTarget>> read_targets(Sqlite& catalog, std::string_view project,
                                             const FreshSamples& fresh) {
  OBS_TRY(auto rows, catalog.prepare("SELECT service, attributes, first_seen, last_seen FROM "
                                     "resources WHERE project = ?1 AND id IN (SELECT resource_id "
                                     "FROM series WHERE project = ?1)"));
  rows.bind(1, project);
  Targets targets;
  for (;;) {
    OBS_TRY(const bool more, rows.step());
    if (!more) break;
    Series series;
    series.project = project;
    if (!rows.is_null(0)) series.service = std::string(rows.text(0));
    series.resource = rows.text(1);
    targets.add(series, rows.integer(2), rows.integer(3));
  }
  for (const auto& [seq, points] : fresh.batches()) {
    if (points.batch.batch->project == project) add_fresh(points, targets);
  }
  return targets.take();
}

// On a grid, so that two ranges agree where they overlap; and one at its first time and its last.
void add_target_samples(const SeenTarget& target, const SampleRange& range, SampleSeries& series) {
  const auto add = [&](Timestamp time) {
    if (time < range.since || time >= range.until) return;
    if (!series.times.empty() && series.times.back() >= time) return;
    series.times.push_back(time);
    series.values.push_back(1);
    series.start_times.push_back(0);
  };
  add(target.first_seen);
  const Timestamp since = std::max(target.first_seen, range.since);
  const Timestamp last = std::min(target.last_seen, range.until);
  for (Timestamp time = since - since % kTargetInfoStep; time < last; time += kTargetInfoStep) {
    if (time > target.first_seen) add(time);
    if (series.times.size() >= kMaxTargetSamples) return;
  }
  add(target.last_seen);
}

}  // namespace obs::store
