#include "libobs/codec/record.h"

#include "libobs/base/text.h"
#include "libobs/codec/json.h"
#include "libobs/codec/record_member.h"

namespace obs::codec {

using model::Attributes;
using model::KeyValue;
using model::ValueKind;

namespace {

template <class Items, class AppendItem>
void append_items(std::string& out, const Items& items, AppendItem&& append_item) {
  out += '[';
  bool first = true;
  for (const auto& item : items) {
    if (!first) out += ',';
    first = false;
    append_item(item);
  }
  out += ']';
}

void append_event(std::string& out, const model::SpanEvent& event) {
  Members members(out);
  members.time("time", event.time);
  members.text("name", event.name);
  members.attributes("attributes", event.attributes);
  members.number("dropped_attributes_count", event.dropped_attributes_count);
}

void append_link(std::string& out, const model::SpanLink& link) {
  Members members(out);
  members.id("trace_id", link.trace_id);
  members.id("span_id", link.span_id);
  members.text("trace_state", link.trace_state);
  members.attributes("attributes", link.attributes);
  members.number("dropped_attributes_count", link.dropped_attributes_count);
  members.number("flags", link.flags);
}

void append_exemplar(std::string& out, const model::Exemplar& exemplar) {
  Members members(out);
  members.time("time", exemplar.time);
  members.value("value", exemplar.value);
  members.id("trace_id", exemplar.trace_id);
  members.id("span_id", exemplar.span_id);
  members.attributes("filtered_attributes", exemplar.filtered_attributes);
}

}  // namespace

const KeyValue* find_service_attribute(Attributes attributes) {
  for (const KeyValue& entry : attributes) {
    if (entry.key == "service.name" && entry.value.is_string()) return &entry;
  }
  return nullptr;
}

bool has_record_resource(const model::Resource& resource) {
  const KeyValue* const service = find_service_attribute(resource.attributes);
  return resource.attributes.size() > (service != nullptr ? 1 : 0);
}

void append_record_resource(std::string& out, const model::Resource& resource) {
  const Attributes all = resource.attributes;
  const KeyValue* const service = find_service_attribute(all);
  if (service == nullptr) return append_record_map(out, all);
  // Nearly always first; then what remains is one span, else two that are joined.
  const auto before = all.first(static_cast<std::size_t>(service - all.data()));
  const auto after = all.subspan(before.size() + 1);
  if (before.empty()) return append_record_map(out, after);
  append_record_map(out, before);
  if (after.empty()) return;
  out.back() = ',';
  const std::size_t brace = out.size();
  append_record_map(out, after);
  out.erase(brace, 1);
}

bool has_record_scope(const model::Scope& scope) {
  return !scope.name.empty() || !scope.version.empty() || !scope.schema_url.empty() ||
         !scope.attributes.empty() || scope.dropped_attributes_count != 0;
}

void append_record_scope(std::string& out, const model::Scope& scope) {
  Members members(out);
  members.text("name", scope.name);
  members.text("version", scope.version);
  members.text("schema_url", scope.schema_url);
  members.attributes("attributes", scope.attributes);
  members.number("dropped_attributes_count", scope.dropped_attributes_count);
}

void append_record_events(std::string& out, std::span<const model::SpanEvent> events) {
  append_items(out, events, [&](const auto& event) { append_event(out, event); });
}

void append_record_links(std::string& out, std::span<const model::SpanLink> links) {
  append_items(out, links, [&](const auto& link) { append_link(out, link); });
}

void append_record_buckets(std::string& out, const model::BucketRun& run) {
  out += R"({"offset":)";
  append_int(out, run.offset);
  out += R"(,"counts":)";
  append_record_counts(out, run.counts);
  out += '}';
}

void append_record_quantiles(std::string& out, std::span<const model::Quantile> quantiles) {
  append_items(out, quantiles, [&](const model::Quantile& item) {
    out += R"({"quantile":)";
    append_record_double(out, item.quantile);
    out += R"(,"value":)";
    append_record_double(out, item.value);
    out += '}';
  });
}

void append_record_exemplars(std::string& out, std::span<const model::Exemplar> exemplars) {
  append_items(out, exemplars, [&](const auto& exemplar) { append_exemplar(out, exemplar); });
}

void append_record_bounds(std::string& out, std::span<const double> bounds) {
  append_items(out, bounds, [&](double bound) { append_record_double(out, bound); });
}

void append_record_counts(std::string& out, std::span<const std::uint64_t> counts) {
  append_items(out, counts, [&](std::uint64_t count) { append_uint(out, count); });
}

}  // namespace obs::codec
