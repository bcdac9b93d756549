// The part of a request that is the same in every signal: resources, scopes, and the way down.

#include <algorithm>

#include "libobs/codec/otlp_protobuf_encode.h"

namespace obs::codec::otlp {

using model::Signal;
using model::Value;
using model::ValueKind;

namespace {

std::vector<std::uint32_t> scopes_of(const std::vector<model::Metric>& metrics) {
  std::vector<std::uint32_t> scopes(metrics.size());
  std::transform(metrics.begin(), metrics.end(), scopes.begin(),
                 [](const model::Metric& metric) { return metric.scope; });
  return scopes;
}

std::vector<std::uint32_t> resources_of(const std::vector<model::Scope>& scopes) {
  std::vector<std::uint32_t> resources(scopes.size());
  std::transform(scopes.begin(), scopes.end(), resources.begin(),
                 [](const model::Scope& scope) { return scope.resource; });
  return resources;
}

}  // namespace

template <class WriteItem>
void Encoder::request(const Groups& items, WriteItem&& write_item) {
  Writer request(out_);
  const Groups scopes(resources_of(batch_.scopes), batch_.resources.size());
  const auto holds_items = [&](std::uint32_t scope) { return !items[scope].empty(); };
  for (std::size_t index = 0; index < batch_.resources.size(); ++index) {
    const auto own = scopes[index];
    if (std::none_of(own.begin(), own.end(), holds_items)) continue;

    Writer resource_items(request, request::kResourceItems);
    resource(resource_items, batch_.resources[index]);
    for (const std::uint32_t scope_index : own) {
      if (!holds_items(scope_index)) continue;
      Writer scope_items(resource_items, resource_items::kScopeItems);
      scope(scope_items, batch_.scopes[scope_index]);
      for (const std::uint32_t item : items[scope_index]) write_item(scope_items, item);
      text(scope_items, scope_items::kSchemaUrl, batch_.scopes[scope_index].schema_url);
    }
    text(resource_items, resource_items::kSchemaUrl, batch_.resources[index].schema_url);
  }
}

std::string Encoder::encode() && {
  const std::size_t scopes = batch_.scopes.size();
  switch (batch_.signal) {
    case Signal::kLogs:
      request(Groups(batch_.logs.scope, scopes), [this](Writer& out, std::uint32_t row) {
        message(out, scope_items::kItems, [&](Writer& record) { log_record(record, row); });
      });
      break;
    case Signal::kSpans:
      request(Groups(batch_.spans.scope, scopes), [this](Writer& out, std::uint32_t row) {
        message(out, scope_items::kItems, [&](Writer& record) { span(record, row); });
      });
      break;
    case Signal::kMetrics: metrics(); break;
  }
  return std::move(out_);
}

void Encoder::metrics() {
  const auto& metrics = batch_.metrics.metrics;
  const Groups points(batch_.metrics.metric, metrics.size());
  request(Groups(scopes_of(metrics), batch_.scopes.size()), [&](Writer& out, std::uint32_t index) {
    message(out, scope_items::kItems, [&](Writer& item) { metric(item, index, points[index]); });
  });
}

void Encoder::resource(Writer& out, const model::Resource& resource) {
  message(out, resource_items::kResource, [&](Writer& body) {
    attributes(body, resource::kAttributes, resource.attributes);
    number(body, resource::kDroppedAttributesCount, resource.dropped_attributes_count);
    if (resource.entity_refs.kind() != ValueKind::kArray) return;
    for (const Value& entity : resource.entity_refs.as_array()) {
      message(body, resource::kEntityRefs, [&](Writer& ref) { entity_ref(ref, entity); });
    }
  });
}

void Encoder::entity_ref(Writer& out, const Value& entity) {
  if (entity.kind() != ValueKind::kMap) return;
  const auto strings = [&](std::uint32_t field, std::string_view key) {
    const Value* list = model::find_attribute(entity.as_map(), key);
    if (list == nullptr || list->kind() != ValueKind::kArray) return;
    for (const Value& item : list->as_array()) {
      if (item.is_string()) out.add_string(field, item.as_string());
    }
  };
  const auto string = [&](std::uint32_t field, std::string_view key) {
    const Value* value = model::find_attribute(entity.as_map(), key);
    if (value != nullptr && value->is_string()) text(out, field, value->as_string());
  };
  string(entity_ref::kSchemaUrl, "schema_url");
  string(entity_ref::kType, "type");
  strings(entity_ref::kIdKeys, "id_keys");
  strings(entity_ref::kDescriptionKeys, "description_keys");
}

void Encoder::scope(Writer& out, const model::Scope& scope) {
  message(out, scope_items::kScope, [&](Writer& body) {
    text(body, scope::kName, scope.name);
    text(body, scope::kVersion, scope.version);
    attributes(body, scope::kAttributes, scope.attributes);
    number(body, scope::kDroppedAttributesCount, scope.dropped_attributes_count);
  });
}

}  // namespace obs::codec::otlp
