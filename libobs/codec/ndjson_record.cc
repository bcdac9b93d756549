#include "libobs/codec/ndjson_record.h"

#include "libobs/codec/json_keys.h"
#include "libobs/codec/ndjson_fields.h"

namespace obs::codec {

using model::Signal;
using model::TimeSource;

namespace {

using F = RecordField;
constexpr auto kFields = key_table<F>({{"time", F::kTime},
                                       {"time_source", F::kTimeSource},
                                       {"observed_time", F::kObservedTime},
                                       {"service", F::kService},
                                       {"resource", F::kResource},
                                       {"resource_schema_url", F::kResourceSchemaUrl},
                                       {"resource_dropped_attributes_count", F::kResourceDropped},
                                       {"entity_refs", F::kEntityRefs},
                                       {"scope", F::kScope},
                                       {"project", F::kProject},
                                       {"attributes", F::kAttributes},
                                       {"dropped_attributes_count", F::kDropped},
                                       {"flags", F::kFlags},
                                       {"trace_id", F::kTraceId},
                                       {"span_id", F::kSpanId},
                                       {"name", F::kName},
                                       {"_error", F::kError},
                                       {"severity", F::kSeverity},
                                       {"severity_number", F::kSeverityNumber},
                                       {"severity_text", F::kSeverityText},
                                       {"body", F::kBody},
                                       {"event_name", F::kEventName},
                                       {"duration_ns", F::kDuration},
                                       {"kind", F::kKind},
                                       {"status", F::kStatus},
                                       {"status_message", F::kStatusMessage},
                                       {"parent_span_id", F::kParentSpanId},
                                       {"trace_state", F::kTraceState},
                                       {"events", F::kEvents},
                                       {"dropped_events_count", F::kDroppedEvents},
                                       {"links", F::kLinks},
                                       {"dropped_links_count", F::kDroppedLinks},
                                       {"type", F::kType},
                                       {"unit", F::kUnit},
                                       {"description", F::kDescription},
                                       {"temporality", F::kTemporality},
                                       {"is_monotonic", F::kIsMonotonic},
                                       {"metadata", F::kMetadata},
                                       {"start_time", F::kStartTime},
                                       {"value", F::kValue},
                                       {"exemplars", F::kExemplars},
                                       {"count", F::kCount},
                                       {"sum", F::kSum},
                                       {"min", F::kMin},
                                       {"max", F::kMax},
                                       {"bounds", F::kBounds},
                                       {"counts", F::kCounts},
                                       {"scale", F::kScale},
                                       {"zero_count", F::kZeroCount},
                                       {"zero_threshold", F::kZeroThreshold},
                                       {"positive", F::kPositive},
                                       {"negative", F::kNegative},
                                       {"quantiles", F::kQuantiles}});

void read_time_source(JsonReader& json, std::string_view& out) {
  const JsonReader::Position start = json.position();
  if (json.take_string(out) && (out == "sender" || out == "observed" || out == "received")) return;
  json.seek(start);
  json.fail("time_source is not sender, observed or received");
}

// Another type than ours is skipped, as any key that is not ours.
void read_error(JsonReader& json, std::string_view& out) {
  const JsonReader::Position start = json.position();
  if (json.take_string(out)) return;
  json.seek(start);
  json.skip();
}

}  // namespace

std::optional<Signal> parse_record_signal(std::string_view raw) {
  if (raw == R"("log")") return Signal::kLogs;
  if (raw == R"("span")") return Signal::kSpans;
  if (raw == R"("metric")") return Signal::kMetrics;
  return std::nullopt;
}

void RecordHead::read(LineReader& line, const BatchBuilder& recent, RecordField field) {
  JsonReader& json = line.json;
  const auto pass = [&](RawContext::Part part) { recent.pass(json, part, context); };
  switch (field) {
    case F::kTime: return read_time(json, time, "time is no RFC 3339 time from 1678 to 2261");
    case F::kService: return pass(RawContext::kService);
    case F::kResource: return pass(RawContext::kResource);
    case F::kResourceSchemaUrl: return pass(RawContext::kResourceSchemaUrl);
    case F::kResourceDropped: return pass(RawContext::kResourceDropped);
    case F::kEntityRefs: return pass(RawContext::kEntityRefs);
    case F::kScope: return pass(RawContext::kScope);
    case F::kError: return read_error(json, error);
    default: break;
  }
  if (!line.trusted) return json.skip();
  switch (field) {
    case F::kTimeSource: return read_time_source(json, time_source);
    case F::kObservedTime: return read_time(json, observed_time, "observed_time is no time");
    case F::kProject: return read_text(json, project, "project is not a string");
    default: return json.skip();
  }
}

RecordTime RecordHead::record_time(Timestamp received) const {
  if (time == 0 || time_source.empty()) return resolve_time(time, observed_time, received);
  if (time_source == "observed") return {time, TimeSource::kObserved};
  if (time_source == "received") return {time, TimeSource::kReceived};
  return {time, TimeSource::kSender};
}

model::Attributes RecordHead::with_error(Arena& arena, model::Attributes attributes) const {
  if (error.empty()) return attributes;
  std::vector<model::KeyValue> all(attributes.begin(), attributes.end());
  all.push_back({"_error", model::Value::string(error)});
  return arena.copy_array(std::span<const model::KeyValue>(all));
}

BatchBuilder* read_record_line(LineReader& line, RecordLine& record) {
  read_members(line.json, kFields, [&](RecordField field) { record.read(field); });
  return line.json.finish() ? record.keep() : nullptr;
}

BatchBuilder* read_record(LineReader& line, Signal signal) {
  switch (signal) {
    case Signal::kLogs: return read_log(line);
    case Signal::kSpans: return read_span(line);
    case Signal::kMetrics: return read_metric(line);
  }
  return nullptr;
}

}  // namespace obs::codec
