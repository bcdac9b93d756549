#include "libobs/store/row_json.h"

#include "libobs/base/clock.h"
#include "libobs/base/text.h"
#include "libobs/codec/json.h"

namespace obs::store {
namespace {

using codec::append_record_double;
using codec::append_record_map;
using codec::append_record_value;

// Writes the members of one object, leaving out what was not sent.
class Members {
 public:
  explicit Members(std::string& out) : out_(out) { out_ += '{'; }
  void text(std::string_view key, std::string_view value) {
    if (!value.empty()) append_json_string(begin(key), value);
  }
  void count(std::string_view key, std::uint64_t value) {
    if (value != 0) append_uint(begin(key), value);
  }
  void attributes(std::string_view key, model::Attributes value) {
    if (!value.empty()) append_record_map(begin(key), value);
  }
  template <class Id>
  void id(std::string_view key, const Id& value) {
    if (value.is_zero()) return;
    begin(key) += '"';
    append_hex(out_, value.bytes);
    out_ += '"';
  }
  void time(std::string_view key, Timestamp value) {
    begin(key) += '"';
    append_rfc3339(out_, value);
    out_ += '"';
  }
  std::string& begin(std::string_view key) {
    if (!first_) out_ += ',';
    first_ = false;
    append_json_string(out_, key);
    out_ += ':';
    return out_;
  }
  void close() { out_ += '}'; }

 private:
  std::string& out_;
  bool first_ = true;
};

template <class Item, class Append>
void append_array(std::string& out, std::span<const Item> items, Append append) {
  out += '[';
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += ',';
    append(out, items[i]);
  }
  out += ']';
}

void append_event(std::string& out, const model::SpanEvent& event) {
  Members members(out);
  members.time("time", event.time);
  members.text("name", event.name);
  members.attributes("attributes", event.attributes);
  members.count("dropped_attributes_count", event.dropped_attributes_count);
  members.close();
}

void append_link(std::string& out, const model::SpanLink& link) {
  Members members(out);
  members.id("trace_id", link.trace_id);
  members.id("span_id", link.span_id);
  members.text("trace_state", link.trace_state);
  members.attributes("attributes", link.attributes);
  members.count("dropped_attributes_count", link.dropped_attributes_count);
  members.count("flags", link.flags);
  members.close();
}

void append_quantile(std::string& out, const model::Quantile& quantile) {
  Members members(out);
  append_record_double(members.begin("quantile"), quantile.quantile);
  append_record_double(members.begin("value"), quantile.value);
  members.close();
}

void append_exemplar(std::string& out, const model::Exemplar& exemplar) {
  Members members(out);
  members.time("time", exemplar.time);
  if (exemplar.value.kind() != model::ValueKind::kNone) {
    append_record_value(members.begin("value"), exemplar.value);
  }
  members.id("trace_id", exemplar.trace_id);
  members.id("span_id", exemplar.span_id);
  members.attributes("filtered_attributes", exemplar.filtered_attributes);
  members.close();
}

const model::KeyValue* find_service_entry(model::Attributes attributes) {
  for (const model::KeyValue& entry : attributes) {
    if (entry.key == "service.name" && entry.value.is_string()) return &entry;
  }
  return nullptr;
}

// What was built by Members and has none is nothing to say.
std::string or_nothing(std::string object) { return object == "{}" ? std::string() : object; }

}  // namespace

std::optional<std::string_view> find_lifted_service(model::Attributes attributes) {
  const model::KeyValue* entry = find_service_entry(attributes);
  if (entry == nullptr) return std::nullopt;
  return entry->value.as_string();
}

std::string resource_json(const model::Resource& resource) {
  std::string out;
  const model::KeyValue* service = find_service_entry(resource.attributes);
  if (service == nullptr) {
    append_record_map(out, resource.attributes);
    return out;
  }
  const auto at = static_cast<std::size_t>(service - resource.attributes.data());
  std::vector<model::KeyValue> others(resource.attributes.begin(), resource.attributes.end());
  others.erase(others.begin() + static_cast<std::ptrdiff_t>(at));
  append_record_map(out, others);
  return out;
}

std::string scope_json(const model::Scope& scope) {
  std::string out;
  Members members(out);
  members.text("name", scope.name);
  members.text("version", scope.version);
  members.text("schema_url", scope.schema_url);
  members.attributes("attributes", scope.attributes);
  members.count("dropped_attributes_count", scope.dropped_attributes_count);
  members.close();
  return or_nothing(std::move(out));
}

void append_events(std::string& out, std::span<const model::SpanEvent> events) {
  append_array(out, events, append_event);
}

void append_links(std::string& out, std::span<const model::SpanLink> links) {
  append_array(out, links, append_link);
}

void append_buckets(std::string& out, const model::BucketRun& run) {
  Members members(out);
  append_int(members.begin("offset"), run.offset);
  append_array(members.begin("counts"), run.counts, append_uint);
  members.close();
}

void append_quantiles(std::string& out, std::span<const model::Quantile> quantiles) {
  append_array(out, quantiles, append_quantile);
}

void append_exemplars(std::string& out, std::span<const model::Exemplar> exemplars) {
  append_array(out, exemplars, append_exemplar);
}

std::string temporality_text(std::int32_t temporality) {
  if (temporality == 0) return {};
  const std::string_view name = model::temporality_name(temporality);
  return name.empty() ? std::to_string(temporality) : std::string(name);
}

std::string resource_extra_json(const model::Resource& resource) {
  std::string out;
  Members members(out);
  members.text("resource_schema_url", resource.schema_url);
  members.count("resource_dropped_attributes_count", resource.dropped_attributes_count);
  if (resource.entity_refs.kind() != model::ValueKind::kNone) {
    append_record_value(members.begin("entity_refs"), resource.entity_refs);
  }
  members.close();
  return or_nothing(std::move(out));
}

std::string metric_extra_json(const model::Metric& metric) {
  std::string out;
  Members members(out);
  members.attributes("metadata", metric.metadata);
  members.close();
  return or_nothing(std::move(out));
}

void ExtraJson::add_object(std::string_view object) {
  if (object.empty()) return;
  out_ += out_.empty() ? '{' : ',';
  out_ += object.substr(1, object.size() - 2);
}

void ExtraJson::add_member(std::string_view key, std::string_view json) {
  out_ += out_.empty() ? "{\"" : ",\"";
  out_ += key;
  out_ += "\":";
  out_ += json;
}

void ExtraJson::add_count(std::string_view key, std::uint64_t count) {
  if (count != 0) add_member(key, std::to_string(count));
}

void ExtraJson::add_time_source(model::TimeSource source) {
  if (source == model::TimeSource::kObserved) add_member("time_source", "\"observed\"");
  if (source == model::TimeSource::kReceived) add_member("time_source", "\"received\"");
}

std::string_view ExtraJson::finish() {
  if (!out_.empty()) out_ += '}';
  return out_;
}

}  // namespace obs::store
