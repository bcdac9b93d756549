#include "libobs/codec/rum.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "libobs/codec/event_batch.h"

namespace obs::codec {

using model::Attributes;
using model::KeyValue;
using model::Value;

namespace {

// A member of an event, and the attribute that it is.
struct Field {
  std::string_view member;
  std::string_view attribute;
};

constexpr Field kPageView[] = {{"url", "url.full"},
                               {"referrer", "http.request.header.referer"},
                               {"title", "browser.page.title"},
                               {"view", "browser.view.name"},
                               {"navigation", "browser.navigation.type"}};
constexpr Field kSession[] = {{"duration", "session.duration"},
                              {"previous_id", "session.previous_id"}};
constexpr Field kClick[] = {{"target", "browser.element.selector"},
                            {"text", "browser.element.text"},
                            {"action", "browser.user_action.name"},
                            {"x", "browser.page.x"},
                            {"y", "browser.page.y"}};
constexpr Field kError[] = {{"error_type", "exception.type"},  {"message", "exception.message"},
                            {"stack", "exception.stacktrace"}, {"handled", "exception.handled"},
                            {"file", "code.file.path"},        {"line", "code.line.number"},
                            {"column", "code.column.number"}};
constexpr Field kVital[] = {{"delta", "browser.web_vital.delta"},
                            {"id", "browser.web_vital.id"},
                            {"rating", "browser.web_vital.rating"},
                            {"navigation", "browser.web_vital.navigation_type"},
                            {"target", "browser.web_vital.target"}};
constexpr Field kResource[] = {{"url", "url.full"},
                               {"initiator", "browser.resource.initiator_type"},
                               {"protocol", "network.protocol.name"},
                               {"status", "http.response.status_code"},
                               {"start", "browser.resource.start"},
                               {"duration", "browser.resource.duration"},
                               {"dns", "browser.resource.dns_duration"},
                               {"connect", "browser.resource.connect_duration"},
                               {"tls", "browser.resource.tls_duration"},
                               {"ttfb", "browser.resource.time_to_first_byte"},
                               {"download", "browser.resource.download_duration"},
                               {"transfer_size", "http.response.size"},
                               {"encoded_size", "http.response.body.size"},
                               {"decoded_size", "browser.resource.decoded_body_size"},
                               {"cached", "browser.resource.cached"},
                               {"blocking", "browser.resource.render_blocking"}};

// What a type of event has beside its time, its attributes and what the beacon says of all.
struct Type {
  std::string_view type;
  std::string_view event_name;
  std::string_view needs;  // The member without which it says nothing.
  std::span<const Field> fields;
};
constexpr Type kTypes[] = {
    {"page_view", "browser.page_view", "url", kPageView},
    {"session_start", "session.start", "", kSession},
    {"session_end", "session.end", "", kSession},
    {"click", "browser.user_action.click", "target", kClick},
    {"error", "exception", "message", kError},
    {"vital", "browser.web_vital", "value", kVital},
    {"resource", "browser.resource_timing", "url", kResource},
    {"custom", "", "name", {}},
};

const Type* find_type(std::string_view type) {
  const auto found = std::find_if(std::begin(kTypes), std::end(kTypes),
                                  [&](const Type& known) { return known.type == type; });
  return found == std::end(kTypes) ? nullptr : found;
}

class RumDecoder {
 public:
  RumDecoder(std::size_t size, Timestamp received) : batch_(size, received) {}

  Result<std::vector<Decoded>, ParseError> decode(std::string_view beacon);

 private:
  void read_head(Attributes beacon);
  void add(Attributes event);
  void add_error(Attributes event, LogRow& row);

  EventBatch batch_;
  std::vector<KeyValue> common_;  // Of every record.
};

Result<std::vector<Decoded>, ParseError> RumDecoder::decode(std::string_view beacon) {
  OBS_TRY(const Value tree, batch_.parse(beacon));
  if (tree.kind() != model::ValueKind::kMap)
    return fail(ParseError{Errc::kMalformed, 0, "expected an object"});
  const Attributes head = tree.as_map();
  const Value* events = model::find_attribute(head, "events");
  if (events == nullptr || events->kind() != model::ValueKind::kArray)
    return fail(ParseError{Errc::kMalformed, 0, "a beacon has an array \"events\""});
  read_head(head);
  for (const Value& event : events->as_array()) add(as_object(event));
  if (!batch_.fits()) return fail(kTooManyItems);
  return batch_.take();
}

void RumDecoder::read_head(Attributes beacon) {
  const Attributes app = map_of(beacon, "app");
  const Attributes sdk = map_of(beacon, "sdk");
  const Attributes device = map_of(beacon, "device");
  AttributeList resource(batch_.logs());
  resource.member("service.name", app, "name");
  resource.member("service.version", app, "version");
  resource.member("deployment.environment.name", app, "environment");
  resource.member("telemetry.sdk.name", sdk, "name");
  resource.text("telemetry.sdk.language", "webjs");
  resource.member("telemetry.sdk.version", sdk, "version");
  resource.member("user_agent.original", device, "user_agent");
  resource.member("browser.language", device, "language");
  resource.member("browser.mobile", device, "mobile");
  resource.member("browser.platform", device, "platform");
  resource.member("browser.viewport.width", device, "viewport_width");
  resource.member("browser.viewport.height", device, "viewport_height");
  resource.member("network.connection.subtype", device, "connection");
  batch_.set_resource(resource.view(), text_of(sdk, "name"), text_of(sdk, "version"));

  AttributeList common(batch_.logs());
  common.member("session.id", map_of(beacon, "session"), "id");
  common.member("user.id", map_of(beacon, "user"), "id");
  common.member("browser.page.id", map_of(beacon, "page"), "id");
  common.member("url.full", map_of(beacon, "page"), "url");
  common.member("browser.view.name", map_of(beacon, "page"), "view");
  common.members("", map_of(beacon, "attributes"));
  common_.assign(common.view().begin(), common.view().end());
}

void RumDecoder::add_error(Attributes event, LogRow& row) {
  set_level(row, "error");
  const std::string_view type = text_of(event, "error_type");
  const std::string_view message = text_of(event, "message");
  row.body = Value::string(
      type.empty() ? message : batch_.logs().arena().copy(fmt::format("{}: {}", type, message)));
}

void RumDecoder::add(Attributes event) {
  const Type* type = find_type(text_of(event, "type"));
  if (type == nullptr) return batch_.logs().refuse("an event of an unknown type");
  if (!type->needs.empty() && model::find_attribute(event, type->needs) == nullptr)
    return batch_.logs().refuse("an event without the member that its type needs");
  LogRow row;
  row.event_name = type->event_name.empty() ? text_of(event, "name") : type->event_name;
  if (row.event_name.empty()) return batch_.logs().refuse("a custom event has no name");
  set_trace(row, text_of(event, "trace_id"), text_of(event, "span_id"));
  AttributeList attributes(batch_.logs());
  for (const Field& field : type->fields) attributes.member(field.attribute, event, field.member);
  attributes.members("", map_of(event, "attributes"));
  // What the event says of itself comes before what the beacon says of all.
  const Attributes own = attributes.view();
  const std::vector<KeyValue> said(own.begin(), own.end());
  for (const KeyValue& entry : common_) {
    if (model::find_attribute(said, entry.key) == nullptr) attributes.value(entry.key, entry.value);
  }
  const auto time = time_of(event, "time");
  if (type->type == "vital") {
    const auto value = number_of(event, "value");
    if (!value) return batch_.logs().refuse("a vital's value is not a number");
    return batch_.add_vital(text_of(event, "name"), *value, time, attributes, row);
  }
  if (type->type == "error") add_error(event, row);
  row.attributes = attributes.keep();
  batch_.add(row, time);
}

}  // namespace

Result<std::vector<Decoded>, ParseError> decode_rum(std::string_view beacon, Timestamp received) {
  return RumDecoder(beacon.size(), received).decode(beacon);
}

}  // namespace obs::codec
