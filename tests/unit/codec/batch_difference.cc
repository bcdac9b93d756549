#include "tests/unit/codec/batch_difference.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include <fmt/format.h>

namespace obs::codec {

using namespace obs::model;

namespace {

template <class T>
bool same(const T& a, const T& b) {
  return a == b;
}

template <>
bool same(const double& a, const double& b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

template <>
bool same(const std::optional<double>& a, const std::optional<double>& b) {
  return a.has_value() == b.has_value() && (!a || same(*a, *b));
}

template <class T>
bool same(const std::span<const T>& a, const std::span<const T>& b);

template <>
bool same(const SpanEvent& a, const SpanEvent& b) {
  return a.time == b.time && a.name == b.name && same(a.attributes, b.attributes) &&
         a.dropped_attributes_count == b.dropped_attributes_count;
}

template <>
bool same(const SpanLink& a, const SpanLink& b) {
  return a.trace_id == b.trace_id && a.span_id == b.span_id && a.trace_state == b.trace_state &&
         same(a.attributes, b.attributes) && a.flags == b.flags &&
         a.dropped_attributes_count == b.dropped_attributes_count;
}

template <>
bool same(const Exemplar& a, const Exemplar& b) {
  return a.time == b.time && a.value == b.value && a.trace_id == b.trace_id &&
         a.span_id == b.span_id && same(a.filtered_attributes, b.filtered_attributes);
}

template <>
bool same(const Quantile& a, const Quantile& b) {
  return same(a.quantile, b.quantile) && same(a.value, b.value);
}

bool same_run(const BucketRun& a, const BucketRun& b) {
  return a.offset == b.offset && same(a.counts, b.counts);
}

template <>
bool same(const Distribution& a, const Distribution& b) {
  return a.count == b.count && same(a.sum, b.sum) && same(a.min, b.min) && same(a.max, b.max) &&
         same(a.bounds, b.bounds) && same(a.counts, b.counts) && a.scale == b.scale &&
         a.zero_count == b.zero_count && same(a.zero_threshold, b.zero_threshold) &&
         same_run(a.positive, b.positive) && same_run(a.negative, b.negative) &&
         a.has_positive == b.has_positive && a.has_negative == b.has_negative &&
         same(a.quantiles, b.quantiles);
}

using DistributionPtr = const Distribution*;
template <>
bool same(const DistributionPtr& a, const DistributionPtr& b) {
  return a == b || (a != nullptr && b != nullptr && same(*a, *b));
}

template <>
bool same(const Resource& a, const Resource& b) {
  return same(a.attributes, b.attributes) && a.service == b.service &&
         a.schema_url == b.schema_url && a.entity_refs == b.entity_refs &&
         a.dropped_attributes_count == b.dropped_attributes_count;
}

template <>
bool same(const Scope& a, const Scope& b) {
  return a.resource == b.resource && a.name == b.name && a.version == b.version &&
         a.schema_url == b.schema_url && same(a.attributes, b.attributes) &&
         a.dropped_attributes_count == b.dropped_attributes_count;
}

template <>
bool same(const Metric& a, const Metric& b) {
  return a.scope == b.scope && a.name == b.name && a.description == b.description &&
         a.unit == b.unit && a.type == b.type && a.temporality == b.temporality &&
         a.is_monotonic == b.is_monotonic && same(a.metadata, b.metadata);
}

template <class T>
bool same(const std::span<const T>& a, const std::span<const T>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const T& x, const T& y) { return same(x, y); });
}

// Notes the first difference.
class Comparison {
 public:
  template <class T>
  void column(std::string_view name, const std::vector<T>& a, const std::vector<T>& b) {
    if (!difference_.empty()) return;
    if (a.size() != b.size()) {
      difference_ = fmt::format("{}: {} items against {}", name, a.size(), b.size());
    }
    for (std::size_t i = 0; i < a.size() && difference_.empty(); ++i) {
      if (!same(a[i], b[i])) difference_ = fmt::format("{}[{}]", name, i);
    }
  }
  std::string take() && { return std::move(difference_); }

 private:
  std::string difference_;
};

void compare(Comparison& to, const LogColumns& a, const LogColumns& b) {
  to.column("logs.time", a.time, b.time);
  to.column("logs.time_source", a.time_source, b.time_source);
  to.column("logs.observed_time", a.observed_time, b.observed_time);
  to.column("logs.scope", a.scope, b.scope);
  to.column("logs.severity_number", a.severity_number, b.severity_number);
  to.column("logs.severity_text", a.severity_text, b.severity_text);
  to.column("logs.body", a.body, b.body);
  to.column("logs.event_name", a.event_name, b.event_name);
  to.column("logs.attributes", a.attributes, b.attributes);
  to.column("logs.dropped_attributes_count", a.dropped_attributes_count,
            b.dropped_attributes_count);
  to.column("logs.flags", a.flags, b.flags);
  to.column("logs.trace_id", a.trace_id, b.trace_id);
  to.column("logs.span_id", a.span_id, b.span_id);
}

void compare(Comparison& to, const SpanColumns& a, const SpanColumns& b) {
  to.column("spans.time", a.time, b.time);
  to.column("spans.time_source", a.time_source, b.time_source);
  to.column("spans.duration", a.duration, b.duration);
  to.column("spans.scope", a.scope, b.scope);
  to.column("spans.trace_id", a.trace_id, b.trace_id);
  to.column("spans.span_id", a.span_id, b.span_id);
  to.column("spans.parent_span_id", a.parent_span_id, b.parent_span_id);
  to.column("spans.name", a.name, b.name);
  to.column("spans.kind", a.kind, b.kind);
  to.column("spans.status_code", a.status_code, b.status_code);
  to.column("spans.status_message", a.status_message, b.status_message);
  to.column("spans.trace_state", a.trace_state, b.trace_state);
  to.column("spans.flags", a.flags, b.flags);
  to.column("spans.attributes", a.attributes, b.attributes);
  to.column("spans.events", a.events, b.events);
  to.column("spans.links", a.links, b.links);
  to.column("spans.dropped_attributes_count", a.dropped_attributes_count,
            b.dropped_attributes_count);
  to.column("spans.dropped_events_count", a.dropped_events_count, b.dropped_events_count);
  to.column("spans.dropped_links_count", a.dropped_links_count, b.dropped_links_count);
}

void compare(Comparison& to, const MetricColumns& a, const MetricColumns& b) {
  to.column("metrics.metrics", a.metrics, b.metrics);
  to.column("metrics.time", a.time, b.time);
  to.column("metrics.time_source", a.time_source, b.time_source);
  to.column("metrics.start_time", a.start_time, b.start_time);
  to.column("metrics.metric", a.metric, b.metric);
  to.column("metrics.attributes", a.attributes, b.attributes);
  to.column("metrics.flags", a.flags, b.flags);
  to.column("metrics.value", a.value, b.value);
  to.column("metrics.distribution", a.distribution, b.distribution);
  to.column("metrics.exemplars", a.exemplars, b.exemplars);
}

}  // namespace

std::string find_difference(const Batch& a, const Batch& b) {
  if (a.signal != b.signal) return "signal";
  Comparison to;
  to.column("resources", a.resources, b.resources);
  to.column("scopes", a.scopes, b.scopes);
  compare(to, a.logs, b.logs);
  compare(to, a.spans, b.spans);
  compare(to, a.metrics, b.metrics);
  return std::move(to).take();
}

}  // namespace obs::codec
