// The part of a request that is the same in every signal: resources, scopes, and the way down.

#include "libobs/codec/otlp_protobuf_encode.h"
#include "libobs/codec/otlp_runs.h"

namespace obs::codec::otlp {

using model::Signal;
using model::Value;
using model::ValueKind;

template <class ScopeOf, class WriteItem>
void Encoder::request(std::size_t items, ScopeOf&& scope_of, WriteItem&& write_item) {
  Writer request(out_);
  const auto write_resource = [&](std::uint32_t index, std::size_t begin, std::size_t end) {
    Writer resource_items(request, request::kResourceItems);
    resource(resource_items, batch_.resources[index]);
    for_each_scope_run(begin, end, scope_of,
                       [&](std::uint32_t own, std::size_t at, std::size_t to) {
                         Writer scope_items(resource_items, resource_items::kScopeItems);
                         scope(scope_items, batch_.scopes[own]);
                         for (; at < to; ++at) write_item(scope_items, at);
                         text(scope_items, scope_items::kSchemaUrl, batch_.scopes[own].schema_url);
                       });
    text(resource_items, resource_items::kSchemaUrl, batch_.resources[index].schema_url);
  };
  for_each_resource_run(batch_.scopes, items, scope_of, write_resource);
}

std::string Encoder::encode() && {
  switch (batch_.signal) {
    case Signal::kLogs:
      request(
          batch_.size(), [this](std::size_t row) { return batch_.logs.scope[row]; },
          [this](Writer& out, std::size_t row) {
            message(out, scope_items::kItems, [&](Writer& record) { log_record(record, row); });
          });
      break;
    case Signal::kSpans:
      request(
          batch_.size(), [this](std::size_t row) { return batch_.spans.scope[row]; },
          [this](Writer& out, std::size_t row) {
            message(out, scope_items::kItems, [&](Writer& record) { span(record, row); });
          });
      break;
    case Signal::kMetrics: metrics(); break;
  }
  return std::move(out_);
}

void Encoder::metrics() {
  const auto runs = metric_runs(batch_.metrics);
  request(
      runs.size(), [&](std::size_t run) { return batch_.metrics.metrics[runs[run].metric].scope; },
      [&](Writer& out, std::size_t run) {
        message(out, scope_items::kItems, [&](Writer& item) { metric(item, runs[run]); });
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
