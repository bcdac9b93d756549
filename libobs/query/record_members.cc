#include "libobs/query/record_members.h"

namespace obs::query {
namespace {

using model::Signal;

constexpr RecordMember kLog[] = {
    {"time", Make::kTime},
    {"time_source", Make::kExtra},
    {"observed_time", Make::kObservedTime},
    {"service", Make::kText},
    {"severity_number", Make::kSeverityNumber},
    {"severity_text", Make::kText},
    {"body", Make::kBody},
    {"trace_id", Make::kText},
    {"span_id", Make::kText},
    {"event_name", Make::kText},
    {"attributes", Make::kJson},
    {"dropped_attributes_count", Make::kExtra},
    {"flags", Make::kNumberUnlessZero},
};

constexpr RecordMember kSpan[] = {
    {"time", Make::kTime},
    {"time_source", Make::kExtra},
    {"duration_ns", Make::kNumber},
    {"service", Make::kText},
    {"name", Make::kText},
    {"kind", Make::kName},
    {"status", Make::kName},
    {"status_message", Make::kText},
    {"trace_id", Make::kText},
    {"span_id", Make::kText},
    {"parent_span_id", Make::kText},
    {"trace_state", Make::kText},
    {"attributes", Make::kJson},
    {"dropped_attributes_count", Make::kExtra},
    {"events", Make::kJson},
    {"dropped_events_count", Make::kExtra},
    {"links", Make::kJson},
    {"dropped_links_count", Make::kExtra},
    {"flags", Make::kNumberUnlessZero},
};

constexpr RecordMember kMetric[] = {
    {"time", Make::kTime},
    {"time_source", Make::kExtra},
    {"service", Make::kText},
    {"name", Make::kText},
    {"type", Make::kText},
    {"unit", Make::kText},
    {"description", Make::kText},
    {"temporality", Make::kName},
    {"is_monotonic", Make::kTrue},
    {"metadata", Make::kExtra},
    {"start_time", Make::kTime},
    {"value_int", Make::kValueInt},
    {"value", Make::kValue},
    {"count", Make::kNumber},
    {"sum", Make::kDouble},
    {"min", Make::kDouble},
    {"max", Make::kDouble},
    {"bounds", Make::kList},
    {"counts", Make::kList},
    {"quantiles", Make::kJson},
    {"scale", Make::kNumber},
    {"zero_count", Make::kNumberUnlessZero},
    {"zero_threshold", Make::kDoubleUnlessZero},
    {"positive", Make::kJson},
    {"negative", Make::kJson},
    {"attributes", Make::kJson},
    {"flags", Make::kNumberUnlessZero},
    {"exemplars", Make::kJson},
};

constexpr RecordMember kOrigin[] = {
    {"resource", Make::kJson},
    {"resource_schema_url", Make::kExtra},
    {"resource_dropped_attributes_count", Make::kExtra},
    {"entity_refs", Make::kExtra},
    {"scope", Make::kJson},
    {"project", Make::kProject},
    {"seq", Make::kNumber},
};

}  // namespace

std::span<const RecordMember> own_members(Signal signal) {
  switch (signal) {
    case Signal::kLogs: return kLog;
    case Signal::kSpans: return kSpan;
    case Signal::kMetrics: break;
  }
  return kMetric;
}

std::span<const RecordMember> origin_members() { return kOrigin; }

}  // namespace obs::query
