#include "libobs/codec/ndjson_builder.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "libobs/codec/json_keys.h"
#include "libobs/codec/ndjson_fields.h"

namespace obs::codec {

using model::KeyValue;
using model::Resource;
using model::Scope;
using model::Signal;
using model::Value;

namespace {

// Stands between the parts of a look-up key. It cannot occur in JSON: raw control characters are
// refused in strings, and this one is no space.
constexpr char kSeparator = '\x1f';

enum class ScopeField { kNone, kName, kVersion, kSchemaUrl, kAttributes, kDropped };
constexpr auto kScopeFields =
    key_table<ScopeField>({{"name", ScopeField::kName},
                           {"version", ScopeField::kVersion},
                           {"schema_url", ScopeField::kSchemaUrl},
                           {"attributes", ScopeField::kAttributes},
                           {"dropped_attributes_count", ScopeField::kDropped}});

void append_number(std::string& key, std::uint64_t number) {
  key.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void append_text(std::string& key, std::string_view text) {
  append_number(key, text.size());
  key += text;
}

}  // namespace

BatchBuilder::BatchBuilder(Signal signal, std::string project, std::shared_ptr<Arena> arena,
                           Timestamp received) {
  batch_.signal = signal;
  batch_.project = std::move(project);
  batch_.arena = std::move(arena);
  batch_.received = received;
}

// Nothing stays of what could not be read.
template <class Item, class Read>
std::uint32_t BatchBuilder::intern(JsonReader& json, Index& index, std::vector<Item>& items,
                                   Read&& read) {
  const auto next = static_cast<std::uint32_t>(items.size());
  const auto [entry, added] = index.try_emplace(key_, next);
  if (!added) return entry->second;
  const Item item = read();
  if (json.ok()) {
    items.push_back(item);
  } else {
    index.erase(entry);
  }
  return next;
}

void BatchBuilder::pass(JsonReader& json, RawContext::Part part, RawContext& context) const {
  RawMember& member = context.parts[part];
  const Last& last = last_[part];
  member.at = json.position();
  if (json.skip_same(last.text, last.tokens)) {
    member.text = last.text;
    member.tokens = last.tokens;
    return;
  }
  json.skip();
  member.text = json.text_since(member.at);
  member.tokens = static_cast<std::size_t>(json.position() - member.at);
}

// The texts are copied before anything of them is read: reading unescapes them in place.
void BatchBuilder::remember(const RawContext& context) {
  for (std::size_t i = 0; i < RawContext::kParts; ++i) {
    const RawMember& member = context.parts[i];
    if (member.text.data() == last_[i].text.data()) continue;
    last_[i].text = member.text;
    last_[i].tokens = member.tokens;
  }
  has_last_ = false;
}

bool BatchBuilder::is_last(const RawContext& context) const {
  if (!has_last_) return false;
  for (std::size_t i = 0; i < RawContext::kParts; ++i) {
    const std::string_view text = context.parts[i].text;
    if (text.data() != last_[i].text.data() && text != last_[i].text) return false;
  }
  return true;
}

std::uint32_t BatchBuilder::scope(JsonReader& json, JsonValues& values, const RawContext& context) {
  if (is_last(context)) return last_scope_;
  remember(context);
  const RawMember& member = context.parts[RawContext::kScope];
  const std::uint32_t owner = resource(json, values, context);
  key_.clear();
  append_number(key_, owner);
  key_ += member.text;
  last_scope_ = intern(json, scopes_, batch_.scopes, [&] {
    Scope scope = read_scope(json, values, member);
    scope.resource = owner;
    return scope;
  });
  has_last_ = json.ok();
  return last_scope_;
}

std::uint32_t BatchBuilder::resource(JsonReader& json, JsonValues& values,
                                     const RawContext& context) {
  key_.clear();
  for (std::size_t i = 0; i < RawContext::kScope; ++i) {
    key_ += context.parts[i].text;
    key_ += kSeparator;
  }
  return intern(json, resources_, batch_.resources,
                [&] { return read_resource(json, values, context); });
}

Resource BatchBuilder::read_resource(JsonReader& json, JsonValues& values,
                                     const RawContext& context) {
  const auto go_to = [&](RawContext::Part part) {
    const RawMember& member = context.parts[part];
    if (member.at != nullptr) json.seek(member.at);
    return member.at != nullptr && !json.take_null();
  };
  Resource resource;
  std::string_view service;
  const bool has_service = go_to(RawContext::kService);
  if (has_service) read_text(json, service, "service is not a string");
  if (go_to(RawContext::kResource)) resource.attributes = values.attributes();
  if (go_to(RawContext::kResourceSchemaUrl)) {
    read_text(json, resource.schema_url, "resource_schema_url is not a string");
  }
  if (go_to(RawContext::kResourceDropped)) {
    read_integer(json, resource.dropped_attributes_count,
                 "resource_dropped_attributes_count is not a uint32");
  }
  if (go_to(RawContext::kEntityRefs)) {
    resource.entity_refs = values.value();
    const bool is_list = resource.entity_refs.kind() == model::ValueKind::kArray;
    if (!is_list) json.fail("entity_refs is not an array");
  }
  if (has_service) {
    std::vector<KeyValue> all = {{"service.name", Value::string(service)}};
    all.insert(all.end(), resource.attributes.begin(), resource.attributes.end());
    resource.attributes = batch_.arena->copy_array(std::span<const KeyValue>(all));
  }
  resource.service = model::find_service(resource.attributes);
  return resource;
}

Scope BatchBuilder::read_scope(JsonReader& json, JsonValues& values, const RawMember& member) {
  Scope scope;
  if (member.at == nullptr) return scope;
  json.seek(member.at);
  if (json.take_null()) return scope;
  read_members(json, kScopeFields, [&](ScopeField field) {
    switch (field) {
      case ScopeField::kName: return read_text(json, scope.name, "scope name is not a string");
      case ScopeField::kVersion:
        return read_text(json, scope.version, "scope version is not a string");
      case ScopeField::kSchemaUrl:
        return read_text(json, scope.schema_url, "scope schema_url is not a string");
      case ScopeField::kAttributes: scope.attributes = values.attributes(); return;
      case ScopeField::kDropped:
        return read_integer(json, scope.dropped_attributes_count,
                            "dropped_attributes_count is not a uint32");
      case ScopeField::kNone: return;
    }
  });
  return scope;
}

std::uint32_t BatchBuilder::scope_of_service(std::string_view service) {
  // A key that no raw context has: it would begin with JSON or a separator.
  key_.assign("foreign");
  key_ += service;
  const auto [entry, added] =
      scopes_.try_emplace(key_, static_cast<std::uint32_t>(batch_.scopes.size()));
  if (!added) return entry->second;
  Resource resource;
  if (!service.empty()) {
    const KeyValue name = {"service.name", Value::string(service)};
    resource.attributes = batch_.arena->copy_array(std::span<const KeyValue>(&name, 1));
    resource.service = service;
  }
  Scope scope;
  scope.resource = static_cast<std::uint32_t>(batch_.resources.size());
  batch_.resources.push_back(resource);
  batch_.scopes.push_back(scope);
  return entry->second;
}

std::uint32_t BatchBuilder::metric(JsonReader& json, JsonValues& values, model::Metric metric,
                                   const RawMember& metadata) {
  key_.clear();
  append_number(key_, metric.scope);
  append_number(key_, static_cast<std::uint64_t>(metric.type));
  append_number(
      key_, static_cast<std::uint32_t>(metric.temporality) * 2 + (metric.is_monotonic ? 1U : 0U));
  append_text(key_, metric.name);
  append_text(key_, metric.unit);
  append_text(key_, metric.description);
  key_ += metadata.text;
  if (key_ == last_metric_key_) return last_metric_;

  auto& metrics = batch_.metrics.metrics;
  last_metric_ = intern(json, metrics_, metrics, [&] {
    if (metadata.at != nullptr) {
      json.seek(metadata.at);
      if (!json.take_null()) metric.metadata = values.attributes();
    }
    return metric;
  });
  last_metric_key_ = json.ok() ? key_ : std::string();
  return last_metric_;
}

}  // namespace obs::codec
