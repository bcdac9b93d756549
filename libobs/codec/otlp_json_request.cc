// The part of a request that is the same in every signal: resources, scopes, and the way down.

#include "libobs/codec/otlp_json_decode.h"
#include "libobs/codec/otlp_json_names.h"

namespace obs::codec::otlp_json {

using model::KeyValue;
using model::Resource;
using model::Scope;
using model::Value;

namespace {

enum class Envelope { kNone, kHead, kItems, kSchemaUrl };
using EnvelopeTable = KeyTable<Envelope, 5>;

// One table a level and signal: what an envelope holds goes by another name in each, and went by
// others before OTLP 0.15.
constexpr EnvelopeTable envelope(std::string_view head, std::string_view items,
                                 std::string_view old_head, std::string_view old_items) {
  const EnvelopeTable::Entry entries[] = {{head, Envelope::kHead},
                                          {items, Envelope::kItems},
                                          {"schemaUrl", Envelope::kSchemaUrl},
                                          {old_head, Envelope::kHead},
                                          {old_items, Envelope::kItems}};
  return EnvelopeTable(entries);
}

struct Tables {
  EnvelopeTable request;
  EnvelopeTable resource_items;
  EnvelopeTable scope_items;
};

constexpr Tables tables(const RequestKeys& names) {
  return {envelope("", names.resource_items, "", names.resource_items),
          envelope("resource", names.scope_items, "resource", names.library_items),
          envelope("scope", names.items, "instrumentationLibrary", names.items)};
}

constexpr Tables kTables[model::kSignalCount] = {tables(kRequestKeys[0]), tables(kRequestKeys[1]),
                                                 tables(kRequestKeys[2])};

enum class ResourceField { kNone, kAttributes, kDropped, kEntityRefs };
constexpr KeyTable kResourceFields{
    {std::pair<std::string_view, ResourceField>{"attributes", ResourceField::kAttributes},
     {"droppedAttributesCount", ResourceField::kDropped},
     {"entityRefs", ResourceField::kEntityRefs}}};

enum class EntityField { kNone, kSchemaUrl, kType, kIdKeys, kDescriptionKeys };
constexpr KeyTable kEntityFields{
    {std::pair<std::string_view, EntityField>{"schemaUrl", EntityField::kSchemaUrl},
     {"type", EntityField::kType},
     {"idKeys", EntityField::kIdKeys},
     {"descriptionKeys", EntityField::kDescriptionKeys}}};

enum class ScopeField { kNone, kName, kVersion, kAttributes, kDropped };
constexpr auto kScopeFields =
    key_table<ScopeField>({{"name", ScopeField::kName},
                           {"version", ScopeField::kVersion},
                           {"attributes", ScopeField::kAttributes},
                           {"droppedAttributesCount", ScopeField::kDropped}});

class RequestDecoder {
 public:
  RequestDecoder(Decoder& decoder, Items& items)
      : decoder_(decoder),
        batch_(decoder.batch()),
        items_(items),
        tables_(kTables[static_cast<std::size_t>(batch_.signal)]) {}

  void request();

 private:
  void resource_items();
  void scope_items(std::uint32_t resource);
  void resource(Resource& out);
  void scope(Scope& out);
  Value entity_refs();
  Value entity_ref();
  Value keys();
  // Calls item() for each item of the array that is next. Nothing can be kept of another thing.
  template <class Item>
  void envelopes(Item&& item);

  Decoder& decoder_;
  model::Batch& batch_;
  Items& items_;
  const Tables& tables_;
};

template <class Item>
void RequestDecoder::envelopes(Item&& item) {
  JsonReader& json = decoder_.json();
  json.items([&] {
    if (json.take_null()) return;
    if (json.peek() != '{') return json.fail("expected an object");
    item();
  });
}

void RequestDecoder::request() {
  if (decoder_.json().peek() != '{') return decoder_.json().fail("expected an object");
  decoder_.object(tables_.request, "", [&](Envelope field) {
    if (field == Envelope::kItems) return envelopes([&] { resource_items(); });
    decoder_.json().skip();
  });
}

void RequestDecoder::resource_items() {
  const Decoder::Level level(decoder_);
  const Decoder::Counted start = decoder_.counted();
  const std::size_t before = items_.size();
  const std::size_t scopes = batch_.scopes.size();
  const auto index = static_cast<std::uint32_t>(batch_.resources.size());
  decoder_.claim(sizeof(Resource));
  batch_.resources.emplace_back();
  decoder_.object(tables_.resource_items, "", [&](Envelope field) {
    switch (field) {
      case Envelope::kHead: return resource(batch_.resources[index]);
      case Envelope::kItems: return envelopes([&] { scope_items(index); });
      default: decoder_.text(batch_.resources[index].schema_url, "schemaUrl is not a string");
    }
  });
  if (!level.reason().empty()) {
    decoder_.refuse_since(start, level.reason());
    items_.truncate(before);
  }
  if (items_.size() > before) return;
  batch_.scopes.resize(scopes);
  batch_.resources.pop_back();
}

void RequestDecoder::scope_items(std::uint32_t resource) {
  const Decoder::Level level(decoder_);
  const Decoder::Counted start = decoder_.counted();
  const std::size_t before = items_.size();
  const auto index = static_cast<std::uint32_t>(batch_.scopes.size());
  decoder_.claim(sizeof(Scope));
  batch_.scopes.emplace_back().resource = resource;
  decoder_.object(tables_.scope_items, "", [&](Envelope field) {
    switch (field) {
      case Envelope::kHead: return scope(batch_.scopes[index]);
      case Envelope::kItems: return decoder_.json().items([&] { items_.decode(index); });
      default: decoder_.text(batch_.scopes[index].schema_url, "schemaUrl is not a string");
    }
  });
  if (!level.reason().empty()) {
    decoder_.refuse_since(start, level.reason());
    items_.truncate(before);
  }
  if (items_.size() == before) batch_.scopes.pop_back();
}

void RequestDecoder::resource(Resource& out) {
  out.attributes = {};
  out.dropped_attributes_count = 0;
  out.entity_refs = {};
  decoder_.object(kResourceFields, "resource is not an object", [&](ResourceField field) {
    switch (field) {
      case ResourceField::kAttributes: out.attributes = decoder_.attributes(); break;
      case ResourceField::kDropped:
        decoder_.integer(out.dropped_attributes_count, "droppedAttributesCount is not a uint32");
        break;
      case ResourceField::kEntityRefs: out.entity_refs = entity_refs(); break;
      case ResourceField::kNone: break;
    }
  });
  out.service = model::find_service(out.attributes);
}

void RequestDecoder::scope(Scope& out) {
  out = {out.resource, {}, {}, out.schema_url, {}, 0};
  decoder_.object(kScopeFields, "scope is not an object", [&](ScopeField field) {
    switch (field) {
      case ScopeField::kName: decoder_.text(out.name, "scope name is not a string"); break;
      case ScopeField::kVersion: decoder_.text(out.version, "scope version is not a string"); break;
      case ScopeField::kAttributes: out.attributes = decoder_.attributes(); break;
      case ScopeField::kDropped:
        decoder_.integer(out.dropped_attributes_count, "droppedAttributesCount is not a uint32");
        break;
      case ScopeField::kNone: break;
    }
  });
}

Value RequestDecoder::entity_refs() {
  std::vector<Value> refs;
  decoder_.array("entityRefs is not an array", [&] { decoder_.push(refs, entity_ref()); });
  return refs.empty() ? Value() : Value::array(decoder_.keep(refs));
}

Value RequestDecoder::entity_ref() {
  std::string_view schema_url;
  std::string_view type;
  Value id_keys = Value::array({});
  Value description_keys = Value::array({});
  decoder_.object(kEntityFields, "entityRefs item is not an object", [&](EntityField field) {
    switch (field) {
      case EntityField::kSchemaUrl:
        decoder_.text(schema_url, "entityRefs schemaUrl is not a string");
        break;
      case EntityField::kType: decoder_.text(type, "entityRefs type is not a string"); break;
      case EntityField::kIdKeys: id_keys = keys(); break;
      case EntityField::kDescriptionKeys: description_keys = keys(); break;
      case EntityField::kNone: break;
    }
  });
  std::vector<KeyValue> entries;
  if (!schema_url.empty()) entries.push_back({"schema_url", Value::string(schema_url)});
  entries.push_back({"type", Value::string(type)});
  entries.push_back({"id_keys", id_keys});
  entries.push_back({"description_keys", description_keys});
  return Value::map(decoder_.keep(entries));
}

Value RequestDecoder::keys() {
  std::vector<Value> keys;
  decoder_.array("entityRefs keys are not an array", [&] {
    std::string_view key;
    decoder_.text(key, "entityRefs key is not a string");
    decoder_.push(keys, Value::string(key));
  });
  return Value::array(decoder_.keep(keys));
}

}  // namespace

void decode_request(Decoder& decoder, Items& items) { RequestDecoder(decoder, items).request(); }

}  // namespace obs::codec::otlp_json
