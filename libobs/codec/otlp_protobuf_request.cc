// The part of a request that is the same in every signal: resources, scopes, and the way down.

#include "libobs/base/text.h"
#include "libobs/codec/otlp_protobuf_decode.h"

namespace obs::codec::otlp {

using model::KeyValue;
using model::Resource;
using model::Scope;
using model::Value;

namespace {

// One of the two lists of an EntityRef.
KeyValue entity_keys(Decoder& decoder, std::string_view message, std::string_view key,
                     std::uint32_t number) {
  const std::size_t mark = decoder.values.mark();
  for_each_field(message, [&](Reader& field) {
    if (field.tag_and_type() == bytes_field(number)) {
      decoder.push(decoder.values, Value::string(decoder.text(field.get_view())));
    } else {
      field.skip();
    }
  });
  return {key, Value::array(decoder.take(decoder.values, mark))};
}

Value decode_entity_ref(Decoder& decoder, std::string_view message) {
  std::string_view schema_url;
  std::string_view type;
  for_each_field(message, [&](Reader& field) {
    switch (field.tag_and_type()) {
      case bytes_field(entity_ref::kSchemaUrl): schema_url = decoder.text(field.get_view()); break;
      case bytes_field(entity_ref::kType): type = decoder.text(field.get_view()); break;
      default: field.skip();
    }
  });
  const KeyValue id_keys = entity_keys(decoder, message, "id_keys", entity_ref::kIdKeys);
  const KeyValue description_keys =
      entity_keys(decoder, message, "description_keys", entity_ref::kDescriptionKeys);

  const std::size_t mark = decoder.attributes.mark();
  if (!schema_url.empty()) {
    decoder.push(decoder.attributes, {"schema_url", Value::string(schema_url)});
  }
  decoder.push(decoder.attributes, {"type", Value::string(type)});
  decoder.push(decoder.attributes, id_keys);
  decoder.push(decoder.attributes, description_keys);
  return Value::map(decoder.take_attributes(mark));
}

void decode_resource(Decoder& decoder, std::string_view message, Resource& resource) {
  const std::size_t attributes = decoder.attributes.mark();
  const std::size_t entities = decoder.values.mark();
  bool has_entities = false;
  resource.dropped_attributes_count = 0;
  for_each_field(message, [&](Reader& field) {
    switch (field.tag_and_type()) {
      case bytes_field(resource::kAttributes): decoder.attribute(field.get_view()); break;
      case varint_field(resource::kDroppedAttributesCount):
        resource.dropped_attributes_count = field.get_uint32();
        break;
      case bytes_field(resource::kEntityRefs):
        decoder.push(decoder.values, decode_entity_ref(decoder, field.get_view()));
        has_entities = true;
        break;
      default: field.skip();
    }
  });
  resource.attributes = decoder.take_attributes(attributes);
  resource.service = model::find_service(resource.attributes);
  const auto refs = decoder.take(decoder.values, entities);
  resource.entity_refs = has_entities ? Value::array(refs) : Value();
}

void decode_scope(Decoder& decoder, std::string_view message, Scope& scope) {
  const std::size_t attributes = decoder.attributes.mark();
  scope.name = {};
  scope.version = {};
  scope.dropped_attributes_count = 0;
  for_each_field(message, [&](Reader& field) {
    switch (field.tag_and_type()) {
      case bytes_field(scope::kName): scope.name = decoder.text(field.get_view()); break;
      case bytes_field(scope::kVersion): scope.version = decoder.text(field.get_view()); break;
      case bytes_field(scope::kAttributes): decoder.attribute(field.get_view()); break;
      case varint_field(scope::kDroppedAttributesCount):
        scope.dropped_attributes_count = field.get_uint32();
        break;
      default: field.skip();
    }
  });
  scope.attributes = decoder.take_attributes(attributes);
}

// The scope and its schema may stand behind the items, so the message is walked twice; the first
// walk also counts.
void decode_scope_items(Decoder& decoder, std::string_view message, std::uint32_t resource,
                        ItemDecoder& items) {
  Scope scope;
  scope.resource = resource;
  std::size_t count = 0;
  for_each_field(message, [&](Reader& field) {
    switch (field.tag_and_type()) {
      case bytes_field(scope_items::kScope): decode_scope(decoder, field.get_view(), scope); break;
      case bytes_field(scope_items::kSchemaUrl):
        scope.schema_url = decoder.text(field.get_view());
        break;
      case bytes_field(scope_items::kItems): ++count; [[fallthrough]];
      default: field.skip();
    }
  });
  const Decoder::Inherit inherit(decoder);
  if (count == 0) return;

  auto& scopes = decoder.batch().scopes;
  const auto index = static_cast<std::uint32_t>(scopes.size());
  decoder.claim(sizeof(Scope));
  scopes.push_back(scope);
  const std::size_t before = items.size();
  items.reserve(count);
  for_each_field(message, [&](Reader& field) {
    if (field.tag_and_type() == bytes_field(scope_items::kItems)) {
      items.decode(field.get_view(), index);
    } else {
      field.skip();
    }
  });
  if (items.size() == before) scopes.pop_back();
}

void decode_resource_items(Decoder& decoder, std::string_view message, ItemDecoder& items) {
  Resource resource;
  for_each_field(message, [&](Reader& field) {
    switch (field.tag_and_type()) {
      case bytes_field(resource_items::kResource):
        decode_resource(decoder, field.get_view(), resource);
        break;
      case bytes_field(resource_items::kSchemaUrl):
        resource.schema_url = decoder.text(field.get_view());
        break;
      default: field.skip();
    }
  });

  const Decoder::Inherit inherit(decoder);
  auto& resources = decoder.batch().resources;
  const auto index = static_cast<std::uint32_t>(resources.size());
  decoder.claim(sizeof(Resource));
  resources.push_back(resource);
  const std::size_t before = items.size();
  for_each_field(message, [&](Reader& field) {
    if (field.tag_and_type() == bytes_field(resource_items::kScopeItems)) {
      decode_scope_items(decoder, field.get_view(), index, items);
    } else {
      field.skip();
    }
  });
  if (items.size() == before) resources.pop_back();
}

}  // namespace

void decode_request(Decoder& decoder, std::string_view request, ItemDecoder& items) {
  for_each_field(request, [&](Reader& field) {
    if (field.tag_and_type() == bytes_field(request::kResourceItems)) {
      decode_resource_items(decoder, field.get_view(), items);
    } else {
      field.skip();
    }
  });
}

}  // namespace obs::codec::otlp
