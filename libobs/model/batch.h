// Batch: records of one signal as columns over one arena: the unit in which telemetry moves through
// obs.
//
// Decoders fill the columns straight from the wire, sinks read them; no record is an object of its
// own. All text in a batch is valid UTF-8 (decoders repair it and count). Text and values point
// into `arena`, which every copy of the batch shares; a batch is built by one thread and then only
// read, by any number of them.
//
// Fields hold what OTLP sent, except that a record's `time` is never unknown: `time_source` says
// whose it is, and an encoder that goes back to OTLP writes 0 where the sender wrote 0.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/arena.h"
#include "libobs/base/clock.h"
#include "libobs/base/hash.h"
#include "libobs/model/ids.h"
#include "libobs/model/value.h"

namespace obs::model {

enum class Signal : std::uint8_t { kLogs, kSpans, kMetrics };
inline constexpr std::size_t kSignalCount = 3;
inline constexpr Signal kSignals[] = {Signal::kLogs, Signal::kSpans, Signal::kMetrics};

// "logs", "spans", "metrics".
std::string_view to_string(Signal signal);

// Who set a record's time.
enum class TimeSource : std::uint8_t {
  kSender,    // The record carried it.
  kObserved,  // It carried none; this is its observed time (logs only).
  kReceived,  // It carried neither; this is when we received it.
};

struct Resource {
  Attributes attributes;     // All of them, service.name included.
  std::string_view service;  // The first service.name that is a string; empty when there is none.
  std::string_view schema_url;
  std::uint32_t dropped_attributes_count = 0;
  Value entity_refs;  // kArray of kMap {schema_url?, type, id_keys, description_keys}, or kNone.
};

struct Scope {
  std::uint32_t resource = 0;  // Index into Batch::resources.
  std::string_view name;
  std::string_view version;
  std::string_view schema_url;
  Attributes attributes;
  std::uint32_t dropped_attributes_count = 0;
};

struct LogColumns {
  std::vector<Timestamp> time;
  std::vector<TimeSource> time_source;
  std::vector<Timestamp> observed_time;       // 0: not sent.
  std::vector<std::uint32_t> scope;           // Index into Batch::scopes.
  std::vector<std::int32_t> severity_number;  // 0: not sent. OTLP knows 1 to 24; others are kept.
  std::vector<std::string_view> severity_text;
  std::vector<Value> body;
  std::vector<std::string_view> event_name;
  std::vector<Attributes> attributes;
  std::vector<std::uint32_t> dropped_attributes_count;
  std::vector<std::uint32_t> flags;
  std::vector<TraceId> trace_id;
  std::vector<SpanId> span_id;

  std::size_t size() const { return time.size(); }
};

struct SpanEvent {
  Timestamp time = 0;
  std::string_view name;
  Attributes attributes;
  std::uint32_t dropped_attributes_count = 0;
};

struct SpanLink {
  TraceId trace_id;
  SpanId span_id;
  std::string_view trace_state;
  Attributes attributes;
  std::uint32_t dropped_attributes_count = 0;
  std::uint32_t flags = 0;
};

struct SpanColumns {
  std::vector<Timestamp> time;  // Start.
  std::vector<TimeSource> time_source;
  std::vector<Duration>
      duration;  // End minus start as sent (a start of 0 included); negative when clocks disagree.
  std::vector<std::uint32_t> scope;
  std::vector<TraceId> trace_id;
  std::vector<SpanId> span_id;
  std::vector<SpanId> parent_span_id;
  std::vector<std::string_view> name;
  std::vector<std::int32_t> kind;         // OTLP's SpanKind, 0 to 5; others are kept.
  std::vector<std::int32_t> status_code;  // 0 unset, 1 ok, 2 error; others are kept.
  std::vector<std::string_view> status_message;
  std::vector<std::string_view> trace_state;
  std::vector<std::uint32_t> flags;
  std::vector<Attributes> attributes;
  std::vector<std::span<const SpanEvent>> events;
  std::vector<std::span<const SpanLink>> links;
  std::vector<std::uint32_t> dropped_attributes_count;
  std::vector<std::uint32_t> dropped_events_count;
  std::vector<std::uint32_t> dropped_links_count;

  std::size_t size() const { return time.size(); }
};

enum class MetricType : std::uint8_t {
  kNone,
  kGauge,
  kSum,
  kHistogram,
  kExponentialHistogram,
  kSummary
};

struct Metric {
  std::uint32_t scope = 0;
  std::string_view name;
  std::string_view description;
  std::string_view unit;
  MetricType type = MetricType::kNone;
  std::int32_t temporality = 0;  // 0 unspecified, 1 delta, 2 cumulative.
  bool is_monotonic = false;     // Sums only.
  Attributes metadata;
};

struct Exemplar {
  Timestamp time = 0;
  Value value;  // kInt, kDouble or kNone.
  TraceId trace_id;
  SpanId span_id;
  Attributes filtered_attributes;
};

struct Quantile {
  double quantile = 0;
  double value = 0;
};

// A run of exponential buckets: the first has index `offset`.
struct BucketRun {
  std::int32_t offset = 0;
  std::span<const std::uint64_t> counts;
};

// What a histogram, exponential histogram or summary point has beyond a number. A summary has
// count, sum and quantiles.
struct Distribution {
  std::uint64_t count = 0;
  std::optional<double> sum;  // A summary's is always there.
  std::optional<double> min;
  std::optional<double> max;
  std::span<const double>
      bounds;  // Histogram: upper bounds, one fewer than `counts` (or both empty).
  std::span<const std::uint64_t> counts;
  std::int32_t scale = 0;  // Exponential histogram, to the end.
  std::uint64_t zero_count = 0;
  double zero_threshold = 0;
  BucketRun positive;
  BucketRun negative;
  bool has_positive = false;  // The message was there, empty or not.
  bool has_negative = false;
  std::span<const Quantile> quantiles;
};

struct MetricColumns {
  std::vector<Metric> metrics;  // What the points belong to. A metric may have no point at all.

  std::vector<Timestamp> time;
  std::vector<TimeSource> time_source;
  std::vector<Timestamp> start_time;  // 0: not sent.
  std::vector<std::uint32_t> metric;  // Index into `metrics`.
  std::vector<Attributes> attributes;
  std::vector<std::uint32_t> flags;  // Bit 0: no recorded value.
  std::vector<Value>
      value;  // kInt or kDouble for gauges and sums; kNone otherwise or when not sent.
  std::vector<const Distribution*> distribution;  // In the arena; null for gauges and sums.
  std::vector<std::span<const Exemplar>> exemplars;

  // Of each point a hash of what its series is made of, as the bytes that it was decoded from have
  // it: resource, scope, metric, attributes. Points of one project with the same one are of the
  // same series; with different ones they may be too. Empty: its decoder makes none.
  std::vector<Hash128> series;

  std::size_t size() const { return time.size(); }
};

struct Batch {
  Signal signal = Signal::kLogs;
  std::shared_ptr<Arena> arena = std::make_shared<Arena>();

  // Set by the first receiver, never by a sender.
  BatchId id;  // All zero until given.
  std::string project = "default";
  Timestamp received = 0;

  std::vector<Resource> resources;
  std::vector<Scope> scopes;
  LogColumns logs;  // The one that `signal` names is filled; the others stay empty.
  SpanColumns spans;
  MetricColumns metrics;

  // The OTLP protobuf request these columns were decoded from, if they still say exactly the same;
  // else empty. Lies in the arena. A sink that stores OTLP writes these bytes instead of encoding
  // again.
  std::string_view wire;

  std::uint64_t repaired_utf8 = 0;  // Strings that were not UTF-8 and had to be mended.

  // Records: log records, spans or data points.
  std::size_t size() const;
};

using BatchPtr = std::shared_ptr<const Batch>;

// Finds the service.name of a resource's attributes; empty when there is none that is a string.
std::string_view find_service(Attributes attributes);

// Gives the batch its id: the hash of project, signal and `request`, the bytes it was decoded from,
// when every record carries a time of its own, so that a retried request has the id of the first
// try; random when we set any of its times, so that equal lines stay two, and when there is no
// `request`.
void assign_id(Batch& batch, std::string_view request = {});

// Earliest and latest `time` of the records; both 0 when there are none.
struct TimeRange {
  Timestamp min = 0;
  Timestamp max = 0;
};
TimeRange time_range(const Batch& batch);

// A batch of only the rows `keep` (ascending indexes). Shares the arena, and keeps all resources,
// scopes and metrics, so that indexes into them hold; has no wire bytes and no id, and counts no
// repairs.
Batch select_rows(const Batch& batch, std::span<const std::uint32_t> keep);

// "trace" … "fatal" for a severity number of 1 to 24, else empty.
std::string_view severity_name(std::int32_t severity_number);
// The first number of the range a word names (any case; also "warning", "err", "critical",
// "information"…), the very number for OTLP's own "INFO2" and its like, else 0.
std::int32_t parse_severity(std::string_view word);

// "unspecified", "internal", "server", "client", "producer", "consumer"; empty for a number OTLP
// does not know.
std::string_view span_kind_name(std::int32_t kind);
std::optional<std::int32_t> parse_span_kind(std::string_view name);
// "unset", "ok", "error"; empty for others.
std::string_view status_code_name(std::int32_t code);
std::optional<std::int32_t> parse_status_code(std::string_view name);
// "gauge", "sum", "histogram", "exponential_histogram", "summary"; empty for kNone.
std::string_view to_string(MetricType type);
std::optional<MetricType> parse_metric_type(std::string_view name);
// "delta", "cumulative"; empty for unspecified and unknown.
std::string_view temporality_name(std::int32_t temporality);

}  // namespace obs::model
