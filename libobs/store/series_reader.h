// Series by their labels, for readers: which ones matchers choose, by the catalog's postings, and
// what labels they have. Internal to libobs/store.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "libobs/base/regex.h"
#include "libobs/base/result.h"
#include "libobs/store/sample_scan.h"
#include "libobs/store/series.h"
#include "libobs/store/series_labels.h"
#include "libobs/store/sqlite.h"

namespace obs::store {

// A matcher whose pattern is compiled.
class CompiledMatcher {
 public:
  static Result<CompiledMatcher> compile(const LabelMatcher& matcher);

  const LabelMatcher& matcher() const { return matcher_; }
  bool matches(std::string_view value) const;
  // Whether a series without the label is chosen.
  bool matches_missing() const { return matches({}); }

 private:
  LabelMatcher matcher_;
  std::optional<Regex> regex_;
};

Result<std::vector<CompiledMatcher>> compile_matchers(std::span<const LabelMatcher> matchers);

// Whether they choose the series, which answers to all of `names`.
bool match_labels(std::span<const CompiledMatcher> matchers, const Labels& labels,
                  std::span<const std::string> names);

// A series of the catalog.
struct KnownSeries {
  Series series;
  Labels labels;
  std::string order;  // Sorts as the labels do, as far as it goes, and is quicker to compare.
};
using KnownSeriesPtr = std::shared_ptr<const KnownSeries>;

KnownSeriesPtr make_known(Series series);
// With labels that are not those of the series.
KnownSeriesPtr make_known(Series series, Labels labels);

// Whether the labels of one come before, or are, those of the other.
bool comes_before(const KnownSeries& a, const KnownSeries& b);
bool has_same_labels(const KnownSeries& a, const KnownSeries& b);

// One thread.
class SeriesReader {
 public:
  // `catalog` outlives the reader.
  explicit SeriesReader(Sqlite& catalog) : catalog_(catalog) {}

  // Ids, ascending, of the project's series that the matchers choose and that were seen in the
  // time.
  Result<std::vector<std::uint32_t>> find(std::string_view project,
                                          std::span<const CompiledMatcher> matchers,
                                          const SampleRange& range);
  // To be called when the catalog may have changed: what find() answers is of then until the next
  // call.
  void refresh() { all_.clear(); }
  Result<KnownSeriesPtr> get(std::uint32_t id);

  // All that the project has ever had.
  Result<std::vector<std::string>> label_names(std::string_view project);
  Result<std::vector<std::string>> label_values(std::string_view project, std::string_view name);

  // As SampleScan::metadata().
  Result<std::vector<MetricMetadata>> metadata(std::string_view project);

  // How many series the catalog knows.
  Result<std::uint64_t> count();

 private:
  // So many series are remembered, at about a kilobyte each.
  static constexpr std::size_t kMaxKnown = 50'000;

  Result<SqliteStatement*> statement(std::string_view sql);
  Result<std::vector<std::uint32_t>> read_ids(SqliteStatement& rows);
  // Every series of the project, by id. Valid until refresh().
  Result<const std::vector<SeenSeries>*> all(std::string_view project);
  // Series that have the label with a value that the matcher answers `wanted` to.
  Result<std::vector<std::uint32_t>> posted(std::string_view project,
                                            const CompiledMatcher& matcher, bool wanted);

  Sqlite& catalog_;
  std::map<std::string_view, SqliteStatement> statements_;
  std::unordered_map<std::uint32_t, KnownSeriesPtr> known_;
  std::map<std::string, std::vector<SeenSeries>, std::less<>> all_;  // By project.
};

}  // namespace obs::store
