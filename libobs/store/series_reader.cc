#include "libobs/store/series_reader.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <tuple>
#include <utility>

#include "libobs/store/catalog_series.h"

namespace obs::store {
namespace {

using Ids = std::vector<std::uint32_t>;
using Op = LabelMatcher::Op;

// The catalog knows the last time of a series to the hour.
constexpr Duration kSeenSlack = kHour;

bool is_pattern(Op op) { return op == Op::kMatch || op == Op::kNotMatch; }
bool is_negative(Op op) { return op == Op::kNotEqual || op == Op::kNotMatch; }

void sort_unique(Ids& ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

Ids intersect(const Ids& a, const Ids& b) {
  Ids both;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
  return both;
}

Ids subtract(const Ids& a, const Ids& b) {
  Ids rest;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(rest));
  return rest;
}

Timestamp earlier_by(Timestamp time, Duration by) {
  const Timestamp least = std::numeric_limits<Timestamp>::min();
  return time < least + by ? least : time - by;
}

Result<std::vector<std::string>> read_texts(SqliteStatement& rows) {
  std::vector<std::string> texts;
  for (;;) {
    OBS_TRY(const bool more, rows.step());
    if (!more) return texts;
    texts.emplace_back(rows.text(0));
  }
}

}  // namespace

Result<CompiledMatcher> CompiledMatcher::compile(const LabelMatcher& matcher) {
  CompiledMatcher compiled;
  compiled.matcher_ = matcher;
  if (!is_pattern(matcher.op)) return compiled;
  // A dot matches a line's end too, as in Prometheus since 3.0.
  auto regex = Regex::compile("(?s:" + matcher.value + ")");
  if (!regex) return fail(std::move(regex).error().during("matcher of label " + matcher.label));
  compiled.regex_ = std::move(*regex);
  return compiled;
}

bool CompiledMatcher::matches(std::string_view value) const {
  const bool same = regex_ ? regex_->full_match(value) : value == matcher_.value;
  return same != is_negative(matcher_.op);
}

KnownSeriesPtr make_known(Series series) {
  Labels labels = to_labels(series, kLabelStrategy);
  return make_known(std::move(series), std::move(labels));
}

KnownSeriesPtr make_known(Series series, Labels labels) {
  auto known = std::make_shared<KnownSeries>();
  known->labels = std::move(labels);
  known->series = std::move(series);
  for (const auto& [name, value] : known->labels) {
    known->order += name;
    known->order += '\0';
    known->order += value;
    known->order += '\0';
  }
  return known;
}

bool comes_before(const KnownSeries& a, const KnownSeries& b) {
  return std::tie(a.order, a.labels) < std::tie(b.order, b.labels);
}

bool has_same_labels(const KnownSeries& a, const KnownSeries& b) {
  return a.order == b.order && a.labels == b.labels;
}

Result<std::vector<CompiledMatcher>> compile_matchers(std::span<const LabelMatcher> matchers) {
  std::vector<CompiledMatcher> compiled;
  for (const LabelMatcher& matcher : matchers) {
    OBS_TRY(auto one, CompiledMatcher::compile(matcher));
    compiled.push_back(std::move(one));
  }
  return compiled;
}

bool match_labels(std::span<const CompiledMatcher> matchers, const Labels& labels,
                  std::span<const std::string> names) {
  return std::all_of(matchers.begin(), matchers.end(), [&](const CompiledMatcher& matcher) {
    if (matcher.matcher().label != kNameLabel) {
      return matcher.matches(find_label(labels, matcher.matcher().label));
    }
    return std::any_of(names.begin(), names.end(),
                       [&](const std::string& name) { return matcher.matches(name); });
  });
}

Result<SqliteStatement*> SeriesReader::statement(std::string_view sql) {
  auto found = statements_.find(sql);
  if (found == statements_.end()) {
    OBS_TRY(auto prepared, catalog_.prepare(sql));
    found = statements_.emplace(sql, std::move(prepared)).first;
  }
  return &found->second;
}

Result<Ids> SeriesReader::read_ids(SqliteStatement& rows) {
  Ids ids;
  for (;;) {
    OBS_TRY(const bool more, rows.step());
    if (!more) return ids;
    ids.push_back(static_cast<std::uint32_t>(rows.integer(0)));
  }
}

Result<const std::vector<SeenSeries>*> SeriesReader::all(std::string_view project) {
  const auto known = all_.find(project);
  if (known != all_.end()) return &known->second;
  OBS_TRY(SqliteStatement * rows,
          statement("SELECT id, first_seen, last_seen FROM series WHERE project = ?1 ORDER BY id"));
  rows->bind(1, project);
  std::vector<SeenSeries> series;
  for (;;) {
    OBS_TRY(const bool more, rows->step());
    if (!more) break;
    series.push_back(
        {static_cast<std::uint32_t>(rows->integer(0)), rows->integer(1), rows->integer(2)});
  }
  return &(all_[std::string(project)] = std::move(series));
}

Result<Ids> SeriesReader::posted(std::string_view project, const CompiledMatcher& matcher,
                                 bool wanted) {
  OBS_TRY(SqliteStatement * labels,
          statement("SELECT id, value FROM labels WHERE project = ?1 AND name = ?2"));
  labels->bind(1, project).bind(2, matcher.matcher().label);
  std::vector<std::int64_t> chosen;
  for (;;) {
    OBS_TRY(const bool more, labels->step());
    if (!more) break;
    if (matcher.matches(labels->text(1)) == wanted) chosen.push_back(labels->integer(0));
  }
  Ids ids;
  for (const std::int64_t label : chosen) {
    OBS_TRY(SqliteStatement * rows, statement("SELECT series FROM postings WHERE label = ?1"));
    OBS_TRY(const Ids some, read_ids(rows->bind(1, label)));
    ids.insert(ids.end(), some.begin(), some.end());
  }
  sort_unique(ids);
  return ids;
}

// A matcher that a missing label satisfies takes away those that have another value; any other
// leaves only those that have a right one. A histogram answers to several names: it stays when one
// of them is right.
Result<Ids> SeriesReader::find(std::string_view project, std::span<const CompiledMatcher> matchers,
                               const SampleRange& range) {
  OBS_TRY(const std::vector<SeenSeries>* series, all(project));
  const Timestamp since = earlier_by(range.since, kSeenSlack);
  Ids ids;
  for (const SeenSeries& one : *series) {
    if (one.first_seen < range.until && one.last_seen >= since) ids.push_back(one.id);
  }
  for (const CompiledMatcher& matcher : matchers) {
    if (ids.empty()) break;
    const bool by_name = matcher.matcher().label == kNameLabel;
    if (by_name || !matcher.matches_missing()) {
      OBS_TRY(const Ids right, posted(project, matcher, true));
      ids = intersect(ids, right);
    } else {
      OBS_TRY(const Ids wrong, posted(project, matcher, false));
      ids = subtract(ids, wrong);
    }
  }
  return ids;
}

Result<KnownSeriesPtr> SeriesReader::get(std::uint32_t id) {
  if (const auto found = known_.find(id); found != known_.end()) return found->second;
  static const std::string kSql =
      "SELECT " + std::string(kSeriesColumnList) + " FROM series WHERE id = ?1";
  OBS_TRY(SqliteStatement * row, statement(kSql));
  OBS_TRY(const bool there, row->bind(1, std::int64_t{id}).step());
  if (!there) return fail(Errc::kMalformed, "the catalog lacks series " + std::to_string(id));
  KnownSeriesPtr known = make_known(read_series(*row, 0));
  row->reset();
  if (known_.size() >= kMaxKnown) known_.clear();
  known_[id] = known;
  return known;
}

Result<std::vector<std::string>> SeriesReader::label_names(std::string_view project) {
  OBS_TRY(SqliteStatement * rows,
          statement("SELECT DISTINCT name FROM labels WHERE project = ?1 ORDER BY name"));
  return read_texts(rows->bind(1, project));
}

Result<std::vector<std::string>> SeriesReader::label_values(std::string_view project,
                                                            std::string_view name) {
  OBS_TRY(SqliteStatement * rows,
          statement("SELECT value FROM labels WHERE project = ?1 AND name = ?2 ORDER BY value"));
  return read_texts(rows->bind(1, project).bind(2, name));
}

Result<std::vector<MetricMetadata>> SeriesReader::metadata(std::string_view project) {
  OBS_TRY(SqliteStatement * rows,
          statement("SELECT name, type, unit, description, coalesce(is_monotonic, 0), "
                    "CASE WHEN instr(extra, '\"prometheus.type\"') > 0 "
                    "THEN extra ->> '$.metadata.\"prometheus.type\"' END, "
                    "min(first_seen), max(last_seen) FROM series WHERE project = ?1 "
                    "GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 8"));
  rows->bind(1, project);
  std::vector<MetricMetadata> all;
  for (;;) {
    OBS_TRY(const bool more, rows->step());
    if (!more) break;
    MetricMetadata one;
    one.type = rows->text(1);
    one.unit = rows->text(2);
    one.description = rows->text(3);
    one.is_monotonic = rows->integer(4) != 0;
    one.prometheus_type = rows->text(5);
    one.first_seen = rows->integer(6);
    one.last_seen = rows->integer(7);
    one.name = to_metric_name(
        {rows->text(0), one.unit, one.type == "gauge", one.type == "sum" && one.is_monotonic},
        one.prometheus_type.empty() ? kLabelStrategy : NameStrategy::kNoTranslation);
    all.push_back(std::move(one));
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.name < b.name; });
  return all;
}

Result<std::uint64_t> SeriesReader::count() {
  OBS_TRY(const std::int64_t count, catalog_.query_integer("SELECT count(*) FROM series"));
  return static_cast<std::uint64_t>(count);
}

}  // namespace obs::store
