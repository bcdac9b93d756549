// Requests, with log records and spans; metrics stand in otlp_json_encode_metrics.cc.

#include "libobs/base/text.h"
#include "libobs/codec/otlp_json_encode.h"
#include "libobs/codec/otlp_json_names.h"

namespace obs::codec::otlp_json {

using model::Signal;
using model::Value;
using model::ValueKind;
using otlp::for_each_resource_run;
using otlp::for_each_scope_run;

namespace {

bool is_sender(model::TimeSource source) { return source == model::TimeSource::kSender; }

}  // namespace

template <class ScopeOf, class WriteItem>
void Encoder::request(std::size_t items, ScopeOf&& scope_of, WriteItem&& write_item) {
  const RequestKeys& names = kRequestKeys[static_cast<std::size_t>(batch_.signal)];
  const auto write_scope = [&](std::uint32_t index, std::size_t begin, std::size_t end) {
    const model::Scope& own = batch_.scopes[index];
    object([&] {
      object("scope", [&] { scope(own); });
      array(names.items, [&] {
        for (std::size_t item = begin; item < end; ++item) object([&] { write_item(item); });
      });
      text("schemaUrl", own.schema_url);
    });
  };
  const auto write_resource = [&](std::uint32_t index, std::size_t begin, std::size_t end) {
    const model::Resource& own = batch_.resources[index];
    object([&] {
      object("resource", [&] { resource(own); });
      array(names.scope_items, [&] { for_each_scope_run(begin, end, scope_of, write_scope); });
      text("schemaUrl", own.schema_url);
    });
  };

  out_ += '{';
  array(names.resource_items,
        [&] { for_each_resource_run(batch_.scopes, items, scope_of, write_resource); });
  out_ += '}';
}

std::string Encoder::encode() && {
  switch (batch_.signal) {
    case Signal::kLogs:
      request(
          batch_.size(), [this](std::size_t row) { return batch_.logs.scope[row]; },
          [this](std::size_t row) { log_record(row); });
      break;
    case Signal::kSpans:
      request(
          batch_.size(), [this](std::size_t row) { return batch_.spans.scope[row]; },
          [this](std::size_t row) { span(row); });
      break;
    case Signal::kMetrics: metrics(); break;
  }
  return std::move(out_);
}

void Encoder::metrics() {
  const auto runs = otlp::metric_runs(batch_.metrics);
  request(
      runs.size(), [&](std::size_t run) { return batch_.metrics.metrics[runs[run].metric].scope; },
      [&](std::size_t run) { metric(runs[run]); });
}

void Encoder::resource(const model::Resource& resource) {
  attributes("attributes", resource.attributes);
  number("droppedAttributesCount", resource.dropped_attributes_count);
  if (resource.entity_refs.kind() != ValueKind::kArray) return;
  array("entityRefs", [&] {
    for (const Value& entity : resource.entity_refs.as_array()) entity_ref(entity);
  });
}

void Encoder::entity_ref(const Value& entity) {
  if (entity.kind() != ValueKind::kMap) return;
  const auto string = [&](std::string_view name, std::string_view member) {
    const Value* found = model::find_attribute(entity.as_map(), member);
    if (found != nullptr && found->is_string()) text(name, found->as_string());
  };
  const auto strings = [&](std::string_view name, std::string_view member) {
    const Value* found = model::find_attribute(entity.as_map(), member);
    if (found == nullptr || found->kind() != ValueKind::kArray) return;
    array(name, [&] {
      for (const Value& item : found->as_array()) {
        separate();
        append_json_string(out_, item.is_string() ? item.as_string() : "");
      }
    });
  };
  object([&] {
    string("schemaUrl", "schema_url");
    string("type", "type");
    strings("idKeys", "id_keys");
    strings("descriptionKeys", "description_keys");
  });
}

void Encoder::scope(const model::Scope& scope) {
  text("name", scope.name);
  text("version", scope.version);
  attributes("attributes", scope.attributes);
  number("droppedAttributesCount", scope.dropped_attributes_count);
}

void Encoder::log_record(std::size_t row) {
  const model::LogColumns& logs = batch_.logs;
  if (is_sender(logs.time_source[row])) time("timeUnixNano", logs.time[row]);
  time("observedTimeUnixNano", logs.observed_time[row]);
  number("severityNumber", logs.severity_number[row]);
  text("severityText", logs.severity_text[row]);
  if (logs.body[row].kind() != ValueKind::kNone) {
    key("body");
    value(logs.body[row]);
  }
  attributes("attributes", logs.attributes[row]);
  number("droppedAttributesCount", logs.dropped_attributes_count[row]);
  number("flags", logs.flags[row]);
  id("traceId", logs.trace_id[row]);
  id("spanId", logs.span_id[row]);
  text("eventName", logs.event_name[row]);
}

void Encoder::span(std::size_t row) {
  const model::SpanColumns& spans = batch_.spans;
  const Timestamp start = is_sender(spans.time_source[row]) ? spans.time[row] : 0;
  id("traceId", spans.trace_id[row]);
  id("spanId", spans.span_id[row]);
  text("traceState", spans.trace_state[row]);
  id("parentSpanId", spans.parent_span_id[row]);
  number("flags", spans.flags[row]);
  text("name", spans.name[row]);
  number("kind", spans.kind[row]);
  time("startTimeUnixNano", start);
  // Wraps where a foreign record says so; the difference comes back the same.
  time("endTimeUnixNano", static_cast<Timestamp>(static_cast<std::uint64_t>(start) +
                                                 static_cast<std::uint64_t>(spans.duration[row])));
  attributes("attributes", spans.attributes[row]);
  number("droppedAttributesCount", spans.dropped_attributes_count[row]);
  if (!spans.events[row].empty()) {
    array("events", [&] {
      for (const auto& item : spans.events[row]) object([&] { event(item); });
    });
  }
  number("droppedEventsCount", spans.dropped_events_count[row]);
  if (!spans.links[row].empty()) {
    array("links", [&] {
      for (const auto& item : spans.links[row]) object([&] { link(item); });
    });
  }
  number("droppedLinksCount", spans.dropped_links_count[row]);
  if (spans.status_code[row] == 0 && spans.status_message[row].empty()) return;
  object("status", [&] {
    text("message", spans.status_message[row]);
    number("code", spans.status_code[row]);
  });
}

void Encoder::event(const model::SpanEvent& event) {
  time("timeUnixNano", event.time);
  text("name", event.name);
  attributes("attributes", event.attributes);
  number("droppedAttributesCount", event.dropped_attributes_count);
}

void Encoder::link(const model::SpanLink& link) {
  id("traceId", link.trace_id);
  id("spanId", link.span_id);
  text("traceState", link.trace_state);
  attributes("attributes", link.attributes);
  number("droppedAttributesCount", link.dropped_attributes_count);
  number("flags", link.flags);
}

}  // namespace obs::codec::otlp_json
