// The part of a request that is the same in every signal: resources, scopes, and the way down.

#include <optional>
#include <unordered_map>
#include <vector>

#include "libobs/base/hash.h"
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

// The resources or scopes of a request that were read. A request whose records keep the order in
// which several services sent them names the same few again and again: they are told apart by
// their bytes, and only what is new is decoded and kept.
class KnownHeads {
 public:
  std::optional<std::uint32_t> find(const Head& head) const {
    const auto entry = indexes_.find(hash(head));
    if (entry == indexes_.end() || !(heads_[entry->second] == head)) return std::nullopt;
    return entry->second;
  }
  // Its index is the number of those before. Of two that share a hash, only the first is found.
  void push(const Head& head) {
    indexes_.try_emplace(hash(head), static_cast<std::uint32_t>(heads_.size()));
    heads_.push_back(head);
  }
  const Head& operator[](std::uint32_t index) const { return heads_[index]; }
  void pop() {
    const auto entry = indexes_.find(hash(heads_.back()));
    if (entry->second + 1 == heads_.size()) indexes_.erase(entry);
    heads_.pop_back();
  }

 private:
  static std::uint64_t hash(const Head& head) {
    return hash64(head.message, hash64(head.schema_url, head.owner));
  }

  std::vector<Head> heads_;
  std::unordered_map<std::uint64_t, std::uint32_t> indexes_;
};

class RequestDecoder {
 public:
  RequestDecoder(Decoder& decoder, ItemDecoder& items) : decoder_(decoder), items_(items) {}

  void resource_items(std::string_view message);

 private:
  void scope_items(std::string_view message, std::uint32_t resource);
  void decode_items(std::string_view message, std::uint32_t scope, std::size_t count);
  Resource read_resource(const Head& head);
  Scope read_scope(const Head& head);

  // The place of `head` in `list`, to which read(head) adds it when it is new; then use(index) adds
  // items. What gets none does not stay.
  template <class T, class Read, class Use>
  void with(KnownHeads& known, std::vector<T>& list, const Head& head, Read&& read, Use&& use);

  Decoder& decoder_;
  ItemDecoder& items_;
  KnownHeads resources_;
  KnownHeads scopes_;
};

template <class T, class Read, class Use>
void RequestDecoder::with(KnownHeads& known, std::vector<T>& list, const Head& head, Read&& read,
                          Use&& use) {
  if (const auto index = known.find(head)) return use(*index);
  decoder_.claim(sizeof(T));
  list.push_back(read(head));
  known.push(head);
  const Decoder::Inherit inherit(decoder_);
  const std::size_t before = items_.size();
  use(static_cast<std::uint32_t>(list.size() - 1));
  if (items_.size() != before) return;
  known.pop();
  list.pop_back();
}

Resource RequestDecoder::read_resource(const Head& head) {
  Resource resource;
  decode_resource(decoder_, head.message, resource);
  resource.schema_url = decoder_.text(head.schema_url);
  return resource;
}

Scope RequestDecoder::read_scope(const Head& head) {
  Scope scope;
  scope.resource = head.owner;
  decode_scope(decoder_, head.message, scope);
  scope.schema_url = decoder_.text(head.schema_url);
  items_.note_scope(static_cast<std::uint32_t>(decoder_.batch().scopes.size()),
                    resources_[head.owner], head);
  return scope;
}

// The resource and its schema may stand behind the records, so the message is walked twice.
void RequestDecoder::resource_items(std::string_view message) {
  Head head;
  for_each_field(message, [&](Reader& field) {
    switch (field.tag_and_type()) {
      case bytes_field(resource_items::kResource): head.message = field.get_view(); break;
      case bytes_field(resource_items::kSchemaUrl): head.schema_url = field.get_view(); break;
      default: field.skip();
    }
  });
  const auto decode_scopes = [&](std::uint32_t index) {
    for_each_field(message, [&](Reader& field) {
      if (field.tag_and_type() == bytes_field(resource_items::kScopeItems)) {
        scope_items(field.get_view(), index);
      } else {
        field.skip();
      }
    });
  };
  with(
      resources_, decoder_.batch().resources, head,
      [this](const Head& own) { return read_resource(own); }, decode_scopes);
}

// The first walk also counts.
void RequestDecoder::scope_items(std::string_view message, std::uint32_t resource) {
  Head head{resource, {}, {}};
  std::size_t count = 0;
  for_each_field(message, [&](Reader& field) {
    switch (field.tag_and_type()) {
      case bytes_field(scope_items::kScope): head.message = field.get_view(); break;
      case bytes_field(scope_items::kSchemaUrl): head.schema_url = field.get_view(); break;
      case bytes_field(scope_items::kItems): ++count; [[fallthrough]];
      default: field.skip();
    }
  });
  with(
      scopes_, decoder_.batch().scopes, head, [this](const Head& own) { return read_scope(own); },
      [&](std::uint32_t index) { decode_items(message, index, count); });
}

void RequestDecoder::decode_items(std::string_view message, std::uint32_t scope,
                                  std::size_t count) {
  items_.reserve(count);
  for_each_field(message, [&](Reader& field) {
    if (field.tag_and_type() == bytes_field(scope_items::kItems)) {
      items_.decode(field.get_view(), scope);
    } else {
      field.skip();
    }
  });
}

}  // namespace

void decode_request(Decoder& decoder, std::string_view request, ItemDecoder& items) {
  RequestDecoder walk(decoder, items);
  for_each_field(request, [&](Reader& field) {
    if (field.tag_and_type() == bytes_field(request::kResourceItems)) {
      walk.resource_items(field.get_view());
    } else {
      field.skip();
    }
  });
}

}  // namespace obs::codec::otlp
