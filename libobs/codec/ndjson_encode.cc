#include <cmath>
#include <vector>

#include "libobs/base/text.h"
#include "libobs/codec/ndjson.h"
#include "libobs/codec/record.h"
#include "libobs/codec/record_member.h"
#include "libobs/codec/record_time.h"

namespace obs::codec {

using model::Batch;
using model::Distribution;
using model::Metric;
using model::MetricType;
using model::Signal;
using model::TimeSource;
using model::ValueKind;

namespace {

// What all records of a scope have in common: written once, then copied into each line.
struct ScopeText {
  std::string service;  // Members with a comma before each, or nothing.
  std::string context;
};

void append_service(std::string& out, const model::Resource& resource) {
  const model::KeyValue* const service = find_service_attribute(resource.attributes);
  if (service == nullptr) return;
  out += R"(,"service":)";
  append_json_string(out, service->value.as_string());
}

void append_text(std::string& out, std::string_view key, std::string_view text) {
  if (text.empty()) return;
  out += key;
  append_json_string(out, text);
}

void append_count(std::string& out, std::string_view key, std::uint64_t count) {
  if (count == 0) return;
  out += key;
  append_uint(out, count);
}

void append_context(std::string& out, const Batch& batch, const model::Scope& scope) {
  const model::Resource& resource = batch.resources[scope.resource];
  if (has_record_resource(resource)) {
    out += R"(,"resource":)";
    append_record_resource(out, resource);
  }
  append_text(out, R"(,"resource_schema_url":)", resource.schema_url);
  append_count(out, R"(,"resource_dropped_attributes_count":)", resource.dropped_attributes_count);
  if (resource.entity_refs.kind() != ValueKind::kNone) {
    out += R"(,"entity_refs":)";
    append_record_value(out, resource.entity_refs);
  }
  if (has_record_scope(scope)) {
    out += R"(,"scope":)";
    append_record_scope(out, scope);
  }
  if (batch.project != "default") append_text(out, R"(,"project":)", batch.project);
}

ScopeText scope_text(const Batch& batch, std::uint32_t index) {
  ScopeText text;
  const model::Scope& scope = batch.scopes[index];
  append_service(text.service, batch.resources[scope.resource]);
  append_context(text.context, batch, scope);
  return text;
}

void append_severity(std::string& out, std::int32_t number) {
  if (number == 0) return;
  const std::string_view name = model::severity_name(number);
  if (!name.empty()) {
    out += R"(,"severity":")";
    out += name;
    out += '"';
  }
  out += R"(,"severity_number":)";
  append_int(out, number);
}

// A number with a name goes by it; 0 is left out.
void append_named(std::string& out, std::string_view key, std::int32_t number,
                  std::string_view name) {
  if (number == 0) return;
  out += key;
  if (name.empty()) {
    append_int(out, number);
  } else {
    out += '"';
    out += name;
    out += '"';
  }
}

void append_attributes(std::string& out, model::Attributes attributes) {
  if (attributes.empty()) return;
  out += R"(,"attributes":)";
  append_record_map(out, attributes);
}

template <class Id>
void append_id(std::string& out, std::string_view key, const Id& id) {
  if (id.is_zero()) return;
  out += key;
  append_hex(out, id.bytes);
  out += '"';
}

void append_real(std::string& out, std::string_view key, const std::optional<double>& number) {
  if (!number) return;
  out += key;
  append_record_double(out, *number);
}

// Writes the lines of a batch. Literal keys carry their comma, so that a member is two appends.
class Lines {
 public:
  Lines(std::string& out, const Batch& batch) : out_(out), batch_(batch) {}

  void record(std::size_t row, const ScopeText& scope, std::uint64_t seq);
  void metric_without_points(const Metric& metric, const ScopeText& scope);

  std::uint32_t scope_of(std::size_t row) const;

 private:
  void log(std::size_t row, const ScopeText& scope);
  void span(std::size_t row, const ScopeText& scope);
  void point(std::size_t row, const ScopeText& scope);
  void open(std::string_view signal_and_time, Timestamp time, TimeSource source);
  void append_time(std::string_view key, Timestamp time) {
    out_ += key;
    times_.append(out_, time);
  }
  void describe(const Metric& metric);
  void distribution(MetricType type, const Distribution& distribution);
  void buckets(const Distribution& distribution);
  void close(const ScopeText& scope, std::uint64_t seq);

  std::string& out_;
  const Batch& batch_;
  TimeText times_;
};

std::uint32_t Lines::scope_of(std::size_t row) const {
  switch (batch_.signal) {
    case Signal::kLogs: return batch_.logs.scope[row];
    case Signal::kSpans: return batch_.spans.scope[row];
    case Signal::kMetrics: break;
  }
  return batch_.metrics.metrics[batch_.metrics.metric[row]].scope;
}

void Lines::record(std::size_t row, const ScopeText& scope, std::uint64_t seq) {
  switch (batch_.signal) {
    case Signal::kLogs: log(row, scope); break;
    case Signal::kSpans: span(row, scope); break;
    case Signal::kMetrics: point(row, scope); break;
  }
  close(scope, seq);
}

void Lines::open(std::string_view signal_and_time, Timestamp time, TimeSource source) {
  append_time(signal_and_time, time);
  if (source == TimeSource::kObserved) out_ += R"(,"time_source":"observed")";
  if (source == TimeSource::kReceived) out_ += R"(,"time_source":"received")";
}

void Lines::close(const ScopeText& scope, std::uint64_t seq) {
  out_ += scope.context;
  append_count(out_, R"(,"seq":)", seq);
  out_ += "}\n";
}

void Lines::log(std::size_t row, const ScopeText& scope) {
  const model::LogColumns& logs = batch_.logs;
  open(R"({"signal":"log","time":")", logs.time[row], logs.time_source[row]);
  if (logs.observed_time[row] != 0) {
    append_time(R"(,"observed_time":")", logs.observed_time[row]);
  }
  out_ += scope.service;
  append_severity(out_, logs.severity_number[row]);
  append_text(out_, R"(,"severity_text":)", logs.severity_text[row]);
  if (logs.body[row].kind() != ValueKind::kNone) {
    out_ += R"(,"body":)";
    append_record_value(out_, logs.body[row]);
  }
  append_id(out_, R"(,"trace_id":")", logs.trace_id[row]);
  append_id(out_, R"(,"span_id":")", logs.span_id[row]);
  append_text(out_, R"(,"event_name":)", logs.event_name[row]);
  append_attributes(out_, logs.attributes[row]);
  append_count(out_, R"(,"dropped_attributes_count":)", logs.dropped_attributes_count[row]);
  append_count(out_, R"(,"flags":)", logs.flags[row]);
}

void Lines::span(std::size_t row, const ScopeText& scope) {
  const model::SpanColumns& spans = batch_.spans;
  open(R"({"signal":"span","time":")", spans.time[row], spans.time_source[row]);
  out_ += R"(,"duration_ns":)";
  append_int(out_, spans.duration[row]);
  out_ += scope.service;
  append_text(out_, R"(,"name":)", spans.name[row]);
  append_named(out_, R"(,"kind":)", spans.kind[row], model::span_kind_name(spans.kind[row]));
  append_named(out_, R"(,"status":)", spans.status_code[row],
               model::status_code_name(spans.status_code[row]));
  append_text(out_, R"(,"status_message":)", spans.status_message[row]);
  append_id(out_, R"(,"trace_id":")", spans.trace_id[row]);
  append_id(out_, R"(,"span_id":")", spans.span_id[row]);
  append_id(out_, R"(,"parent_span_id":")", spans.parent_span_id[row]);
  append_text(out_, R"(,"trace_state":)", spans.trace_state[row]);
  append_attributes(out_, spans.attributes[row]);
  append_count(out_, R"(,"dropped_attributes_count":)", spans.dropped_attributes_count[row]);
  if (!spans.events[row].empty()) {
    out_ += R"(,"events":)";
    append_record_events(out_, spans.events[row]);
  }
  append_count(out_, R"(,"dropped_events_count":)", spans.dropped_events_count[row]);
  if (!spans.links[row].empty()) {
    out_ += R"(,"links":)";
    append_record_links(out_, spans.links[row]);
  }
  append_count(out_, R"(,"dropped_links_count":)", spans.dropped_links_count[row]);
  append_count(out_, R"(,"flags":)", spans.flags[row]);
}

void Lines::describe(const Metric& metric) {
  append_text(out_, R"(,"name":)", metric.name);
  if (metric.type != MetricType::kNone) {
    out_ += R"(,"type":")";
    out_ += model::to_string(metric.type);
    out_ += '"';
  }
  append_text(out_, R"(,"unit":)", metric.unit);
  append_text(out_, R"(,"description":)", metric.description);
  append_named(out_, R"(,"temporality":)", metric.temporality,
               model::temporality_name(metric.temporality));
  if (metric.is_monotonic) out_ += R"(,"is_monotonic":true)";
  if (metric.metadata.empty()) return;
  out_ += R"(,"metadata":)";
  append_record_map(out_, metric.metadata);
}

void Lines::metric_without_points(const Metric& metric, const ScopeText& scope) {
  out_ += R"({"signal":"metric")";
  out_ += scope.service;
  describe(metric);
  close(scope, 0);
}

void Lines::point(std::size_t row, const ScopeText& scope) {
  const model::MetricColumns& points = batch_.metrics;
  const Metric& metric = points.metrics[points.metric[row]];
  open(R"({"signal":"metric","time":")", points.time[row], points.time_source[row]);
  out_ += scope.service;
  describe(metric);
  if (points.start_time[row] != 0) {
    append_time(R"(,"start_time":")", points.start_time[row]);
  }
  if (points.value[row].kind() != ValueKind::kNone) {
    out_ += R"(,"value":)";
    append_record_value(out_, points.value[row]);
  }
  if (points.distribution[row] != nullptr) distribution(metric.type, *points.distribution[row]);
  append_attributes(out_, points.attributes[row]);
  append_count(out_, R"(,"flags":)", points.flags[row]);
  if (points.exemplars[row].empty()) return;
  out_ += R"(,"exemplars":)";
  append_record_exemplars(out_, points.exemplars[row]);
}

void Lines::distribution(MetricType type, const Distribution& distribution) {
  out_ += R"(,"count":)";
  append_uint(out_, distribution.count);
  append_real(out_, R"(,"sum":)", distribution.sum);
  append_real(out_, R"(,"min":)", distribution.min);
  append_real(out_, R"(,"max":)", distribution.max);
  if (type == MetricType::kExponentialHistogram) return buckets(distribution);
  if (!distribution.bounds.empty()) {
    out_ += R"(,"bounds":)";
    append_record_bounds(out_, distribution.bounds);
  }
  if (!distribution.counts.empty()) {
    out_ += R"(,"counts":)";
    append_record_counts(out_, distribution.counts);
  }
  if (distribution.quantiles.empty()) return;
  out_ += R"(,"quantiles":)";
  append_record_quantiles(out_, distribution.quantiles);
}

void Lines::buckets(const Distribution& distribution) {
  out_ += R"(,"scale":)";
  append_int(out_, distribution.scale);
  append_count(out_, R"(,"zero_count":)", distribution.zero_count);
  // By bits: minus zero is not nothing.
  if (distribution.zero_threshold != 0 || std::signbit(distribution.zero_threshold)) {
    append_real(out_, R"(,"zero_threshold":)", distribution.zero_threshold);
  }
  if (distribution.has_positive) {
    out_ += R"(,"positive":)";
    append_record_buckets(out_, distribution.positive);
  }
  if (distribution.has_negative) {
    out_ += R"(,"negative":)";
    append_record_buckets(out_, distribution.negative);
  }
}

// The texts of a batch's scopes, each written when first asked for.
class ScopeTexts {
 public:
  explicit ScopeTexts(const Batch& batch)
      : batch_(batch), texts_(batch.scopes.size()), written_(batch.scopes.size()) {}

  const ScopeText& operator[](std::uint32_t index) {
    if (!written_[index]) {
      texts_[index] = scope_text(batch_, index);
      written_[index] = true;
    }
    return texts_[index];
  }

 private:
  const Batch& batch_;
  std::vector<ScopeText> texts_;
  std::vector<bool> written_;
};

}  // namespace

void append_ndjson(std::string& out, const Batch& batch, std::uint64_t first_seq) {
  Lines lines(out, batch);
  ScopeTexts scopes(batch);
  const std::size_t size = batch.size();
  for (std::size_t row = 0; row < size; ++row) {
    lines.record(row, scopes[lines.scope_of(row)], first_seq > 0 ? first_seq + row : 0);
  }
  if (batch.signal != Signal::kMetrics) return;
  const model::MetricColumns& points = batch.metrics;
  std::vector<bool> has_points(points.metrics.size());
  for (const std::uint32_t metric : points.metric) has_points[metric] = true;
  for (std::size_t i = 0; i < has_points.size(); ++i) {
    const Metric& metric = points.metrics[i];
    if (!has_points[i]) lines.metric_without_points(metric, scopes[metric.scope]);
  }
}

void append_ndjson_row(std::string& out, const Batch& batch, std::size_t row) {
  Lines lines(out, batch);
  lines.record(row, scope_text(batch, lines.scope_of(row)), 0);
}

}  // namespace obs::codec
