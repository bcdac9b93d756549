// SampleScan: metrics as Prometheus sees them. Series are found by their labels and come in the
// order of these, each with its samples in the order of time, whatever parts and WAL segments they
// lie in. PromQL is built on it.
//
// Labels are derived (series_labels.h). Series that OTLP tells apart and Prometheus does not are
// one here. target_info is a series like others: a resource that has points has it, with its
// attributes as labels, from when it was first seen until it was last. Of two samples of a series
// with the same time the one that arrived later is there. A point flagged as OTLP's "no
// recorded value" is Prometheus' staleness marker; one that has neither a value nor the flag is no
// sample, and there for its exemplars alone.

#pragma once

#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "libobs/base/arena.h"
#include "libobs/base/clock.h"
#include "libobs/base/fs.h"
#include "libobs/base/result.h"
#include "libobs/model/batch.h"
#include "libobs/store/duckdb.h"
#include "libobs/store/series_labels.h"

namespace obs::store {

struct LabelMatcher {
  enum class Op { kEqual, kNotEqual, kMatch, kNotMatch };  // = != =~ !~
  std::string label;
  Op op = Op::kEqual;
  std::string value;  // Or an RE2 pattern for all of the value. A missing label is empty.
};

// Nanoseconds; `until` is not in it.
struct SampleRange {
  Timestamp since = std::numeric_limits<Timestamp>::min();
  Timestamp until = std::numeric_limits<Timestamp>::max();
};

struct SampleQuery {
  std::string project = "default";
  // All must hold. A histogram or summary is found by the name it has and by those of its _count,
  // _sum and _bucket; `le` and `quantile` are labels of no series here.
  std::vector<LabelMatcher> matchers;
  SampleRange range;
};

// The staleness marker's bits.
inline constexpr std::uint64_t kStaleBits = 0x7ff0000000000002;

// One series in the range. Arrays that belong together are as long as each other.
struct SampleSeries {
  Labels labels;
  std::string type;  // As the latest of what it was sent as says; so the others.
  std::string unit;
  std::string temporality;  // "delta", "cumulative" or empty.
  bool is_monotonic = false;

  std::vector<Timestamp> times;
  std::vector<double> values;
  std::vector<Timestamp> start_times;  // 0: not sent.

  // Histograms and summaries, whole. A stale one has the marker as its sum.
  std::vector<Timestamp> distribution_times;
  std::vector<model::Distribution> distributions;
  std::vector<Timestamp> distribution_start_times;
  std::vector<std::shared_ptr<const void>> owners;  // Of what the distributions point into.
};

// A measurement that went into a series, and where it was made.
struct SampleExemplar {
  Timestamp time = 0;  // Its point's, if it was sent without one.
  double value = 0;
  Labels labels;  // trace_id and span_id where it has them, and its attributes.
};
struct ExemplarSeries {
  Labels labels;  // As SampleSeries has them: a histogram is not its _bucket.
  std::vector<SampleExemplar> exemplars;  // By time, each once.
};

// What a metric was said to be, and when. A metric that changed has several.
struct MetricMetadata {
  std::string name;  // Prometheus'.
  std::string type;
  std::string unit;
  std::string description;
  bool is_monotonic = false;
  std::string prometheus_type;  // "counter", as it was scraped or remote-written; else empty.
  Timestamp first_seen = 0;     // Within an hour.
  Timestamp last_seen = 0;
};

// A resident reader of one store. Points have lain by series since before 0.1.0, and imports come
// to do so: no other part is made. A store that has an older one, which is flat (point_shape.h), is
// refused with kUnsupported, which names it. One thread at a time.
class SampleScan {
 public:
  // As Session::open().
  static Result<std::unique_ptr<SampleScan>> open(Fs& fs, std::string dir,
                                                  const DuckdbOptions& options);
  virtual ~SampleScan() = default;

  // Looks at what the store holds now. Until then select() sees what it saw before.
  virtual Result<void> refresh() = 0;

  // Calls `visit` with each series that has a sample; it may take what the series holds. An error
  // of it ends the scan. Holds the samples of some thousand series at a time, and fails with
  // kLimitExceeded when these alone are beyond kMaxSamples. kInvalidArgument: a bad pattern.
  using Visit = std::function<Result<void>(SampleSeries&)>;
  virtual Result<void> select(const SampleQuery& query, const Visit& visit) = 0;

  // Likewise the series that have exemplars in the range, by their own time, which is up to
  // kExemplarDelay before that of the point that brought them.
  using ExemplarVisit = std::function<Result<void>(ExemplarSeries&)>;
  virtual Result<void> exemplars(const SampleQuery& query, const ExemplarVisit& visit) = 0;

  // Names, and values of a label, of the series that the query chooses, in order, without looking
  // at samples: a series counts for the hours around its first and last. `names` of histograms
  // include those of _count, _sum and _bucket.
  virtual Result<std::vector<std::string>> label_names(const SampleQuery& query) = 0;
  virtual Result<std::vector<std::string>> label_values(const SampleQuery& query,
                                                        const std::string& label) = 0;
  // Their labels, in order.
  virtual Result<std::vector<Labels>> series(const SampleQuery& query) = 0;

  // Of all metrics of the project that have been flushed, target_info aside, by name, the latest
  // last.
  virtual Result<std::vector<MetricMetadata>> metadata(const std::string& project) = 0;
};

// Longer ago than a point no exemplar of it was measured, unless it was sent every hour only.
inline constexpr Duration kExemplarDelay = kHour;

// Samples of the series that are held at a time; as many bytes as 24 times that.
inline constexpr std::size_t kMaxSamples = 8'000'000;

}  // namespace obs::store
