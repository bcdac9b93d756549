// Requests, with log records and spans; metrics stand in otlp_json_encode_metrics.cc.

#include <algorithm>
#include <vector>

#include "libobs/base/text.h"
#include "libobs/codec/otlp_json_encode.h"
#include "libobs/codec/otlp_protobuf_encode.h"  // Groups.

namespace obs::codec::otlp_json {

using model::Signal;
using model::Value;
using model::ValueKind;
using otlp::Groups;

namespace {

struct Names {
  std::string_view resource_items;
  std::string_view scope_items;
  std::string_view items;
};

constexpr Names kNames[model::kSignalCount] = {{"resourceLogs", "scopeLogs", "logRecords"},
                                               {"resourceSpans", "scopeSpans", "spans"},
                                               {"resourceMetrics", "scopeMetrics", "metrics"}};

std::vector<std::uint32_t> resources_of(const std::vector<model::Scope>& scopes) {
  std::vector<std::uint32_t> resources(scopes.size());
  std::transform(scopes.begin(), scopes.end(), resources.begin(),
                 [](const model::Scope& scope) { return scope.resource; });
  return resources;
}

bool is_sender(model::TimeSource source) { return source == model::TimeSource::kSender; }

}  // namespace

template <class WriteItem>
void Encoder::request(std::span<const std::uint32_t> scope_of, WriteItem&& write_item) {
  const Names& names = kNames[static_cast<std::size_t>(batch_.signal)];
  const Groups items(scope_of, batch_.scopes.size());
  const Groups scopes(resources_of(batch_.scopes), batch_.resources.size());
  const auto holds_items = [&](std::uint32_t scope) { return !items[scope].empty(); };

  const auto write_scope = [&](std::uint32_t index) {
    const model::Scope& own = batch_.scopes[index];
    object([&] {
      object("scope", [&] { scope(own); });
      array(names.items, [&] {
        for (const std::uint32_t item : items[index]) object([&] { write_item(item); });
      });
      text("schemaUrl", own.schema_url);
    });
  };
  const auto write_resource = [&](std::uint32_t index) {
    const auto own = scopes[index];
    if (std::none_of(own.begin(), own.end(), holds_items)) return;
    object([&] {
      object("resource", [&] { resource(batch_.resources[index]); });
      array(names.scope_items, [&] {
        for (const std::uint32_t scope : own) {
          if (holds_items(scope)) write_scope(scope);
        }
      });
      text("schemaUrl", batch_.resources[index].schema_url);
    });
  };

  out_ += '{';
  array(names.resource_items, [&] {
    for (std::uint32_t index = 0; index < batch_.resources.size(); ++index) write_resource(index);
  });
  out_ += '}';
}

std::string Encoder::encode() && {
  switch (batch_.signal) {
    case Signal::kLogs:
      request(batch_.logs.scope, [this](std::size_t row) { log_record(row); });
      break;
    case Signal::kSpans: request(batch_.spans.scope, [this](std::size_t row) { span(row); }); break;
    case Signal::kMetrics: metrics(); break;
  }
  return std::move(out_);
}

void Encoder::metrics() {
  const auto& metrics = batch_.metrics.metrics;
  const Groups points(batch_.metrics.metric, metrics.size());
  std::vector<std::uint32_t> scope_of(metrics.size());
  std::transform(metrics.begin(), metrics.end(), scope_of.begin(),
                 [](const model::Metric& metric) { return metric.scope; });
  request(scope_of, [&](std::size_t index) { metric(index, points[index]); });
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
