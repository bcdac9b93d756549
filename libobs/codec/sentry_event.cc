// Events, feedback and logs of Sentry: what becomes a log record.

#include <string>

#include <fmt/format.h>

#include "libobs/base/text.h"
#include "libobs/codec/sentry_items.h"

namespace obs::codec {

using model::Attributes;
using model::KeyValue;
using model::Value;

namespace {

// The message as it was, else with its parameters filled in.
const Value* find_message(Attributes event) {
  const Attributes entry = map_of(event, "logentry");
  for (const std::string_view key : {"formatted", "message"}) {
    const Value* value = model::find_attribute(entry, key);
    if (value != nullptr && value->is_string()) return value;
  }
  const Value* message = model::find_attribute(event, "message");
  if (message == nullptr || message->kind() != model::ValueKind::kMap) return message;
  return model::find_attribute(message->as_map(), "formatted");
}

// `values` of an object, or the array itself, as older SDKs send it.
std::span<const Value> values_of(Attributes event, std::string_view key) {
  const auto values = items_of(map_of(event, key), "values");
  return values.empty() ? items_of(event, key) : values;
}

// Frames come with the oldest first; people read the newest first.
void append_frames(std::string& out, Attributes exception) {
  const auto frames = items_of(map_of(exception, "stacktrace"), "frames");
  for (auto item = frames.rbegin(); item != frames.rend(); ++item) {
    const Attributes frame = as_object(*item);
    const std::string_view file = text_of(frame, "filename");
    out +=
        fmt::format("\n    at {} ({}:{}:{})", text_of(frame, "function"),
                    file.empty() ? text_of(frame, "abs_path") : file,
                    number_of(frame, "lineno").value_or(0), number_of(frame, "colno").value_or(0));
  }
}

std::string title_of(Attributes exception) {
  const std::string_view type = text_of(exception, "type");
  const std::string_view value = text_of(exception, "value");
  if (type.empty() || value.empty()) return std::string(type.empty() ? value : type);
  return fmt::format("{}: {}", type, value);
}

// The last of a chain is the one that was thrown; those before are its causes.
std::string stack_text(std::span<const Value> chain) {
  std::string out;
  for (auto item = chain.rbegin(); item != chain.rend(); ++item) {
    const Attributes exception = as_object(*item);
    if (!out.empty()) out += "\nCaused by: ";
    out += title_of(exception);
    append_frames(out, exception);
  }
  return out;
}

void add_exception(EventBatch& batch, std::span<const Value> chain, AttributeList& attributes,
                   LogRow& row) {
  Arena& arena = batch.logs().arena();
  const Attributes thrown = as_object(chain.back());
  // A message whose place was asked for comes as an exception without a type.
  if (!text_of(thrown, "type").empty()) row.event_name = "exception";
  row.body = Value::string(arena.copy(title_of(thrown)));
  attributes.member("exception.type", thrown, "type");
  attributes.member("exception.message", thrown, "value");
  attributes.text("exception.stacktrace", arena.copy(stack_text(chain)));
  attributes.member("exception.mechanism", map_of(thrown, "mechanism"), "type");
  attributes.member("exception.handled", map_of(thrown, "mechanism"), "handled");
  // Frames with what a grouping wants to know: whose code, which module.
  attributes.value("sentry.exception", Value::array(chain));
}

void add_request(Attributes request, AttributeList& attributes) {
  attributes.member("url.full", request, "url");
  attributes.member("http.request.method", request, "method");
  for (const KeyValue& header : map_of(request, "headers")) {
    if (equals_ignore_case(header.key, "user-agent"))
      attributes.value("user_agent.original", header.value);
  }
}

void add_user(Attributes user, AttributeList& attributes) {
  attributes.member("user.id", user, "id");
  attributes.member("user.name", user, "username");
  attributes.member("user.email", user, "email");
  attributes.member("client.address", user, "ip_address");
}

// Tags are an object, or pairs.
void add_tags(EventBatch& batch, Attributes event, AttributeList& attributes) {
  attributes.members("sentry.tag.", map_of(event, "tags"));
  for (const Value& item : items_of(event, "tags")) {
    if (item.kind() != model::ValueKind::kArray || item.as_array().size() != 2) continue;
    const Value& key = item.as_array()[0];
    if (!key.is_string()) continue;
    const std::string name = fmt::format("sentry.tag.{}", key.as_string());
    attributes.value(batch.logs().arena().copy(name), item.as_array()[1]);
  }
}

}  // namespace

void add_sentry_event(EventBatch& batch, Attributes event) {
  LogRow row;
  const auto chain = values_of(event, "exception");
  const std::string_view level = text_of(event, "level");
  set_level(row, level.empty() ? "error" : level);
  const Attributes contexts = map_of(event, "contexts");
  const Attributes trace = map_of(contexts, "trace");
  set_trace(row, text_of(trace, "trace_id"), text_of(trace, "span_id"));
  AttributeList attributes(batch.logs());
  if (!chain.empty()) add_exception(batch, chain, attributes, row);
  if (const Value* message = find_message(event); message != nullptr && chain.empty())
    row.body = *message;
  attributes.member("sentry.event_id", event, "event_id");
  attributes.member("sentry.platform", event, "platform");
  attributes.member("sentry.logger", event, "logger");
  attributes.member("sentry.transaction", event, "transaction");
  attributes.member("sentry.fingerprint", event, "fingerprint");
  add_user(map_of(event, "user"), attributes);
  add_request(map_of(event, "request"), attributes);
  add_tags(batch, event, attributes);
  attributes.members("sentry.extra.", map_of(event, "extra"));
  for (const KeyValue& context : contexts) {
    if (context.key != "trace") attributes.members("sentry.context.", Attributes(&context, 1));
  }
  if (const auto crumbs = values_of(event, "breadcrumbs"); !crumbs.empty())
    attributes.value("sentry.breadcrumbs", Value::array(crumbs));
  row.attributes = attributes.keep();
  batch.add(row, time_of(event, "timestamp"));
}

void add_sentry_feedback(EventBatch& batch, Attributes feedback) {
  // In a new one it is a context of an event, in an old one the item itself.
  const Attributes context = map_of(map_of(feedback, "contexts"), "feedback");
  const Attributes said = context.empty() ? feedback : context;
  LogRow row;
  set_level(row, "info");
  row.event_name = "user.feedback";
  if (const Value* text = model::find_attribute(said, context.empty() ? "comments" : "message"))
    row.body = *text;
  AttributeList attributes(batch.logs());
  attributes.member("user.name", said, "name");
  attributes.member("user.email", said, context.empty() ? "email" : "contact_email");
  attributes.member("sentry.event_id", said, context.empty() ? "event_id" : "associated_event_id");
  attributes.member("url.full", said, "url");
  row.attributes = attributes.keep();
  batch.add(row, time_of(feedback, "timestamp"));
}

void add_sentry_log(EventBatch& batch, Attributes log, std::string_view project) {
  LogRow row;
  set_level(row, text_of(log, "level"));
  if (const auto number = number_of(log, "severity_number");
      number && *number >= 1 && *number <= 24)
    row.severity_number = static_cast<std::int32_t>(*number);
  if (const Value* body = model::find_attribute(log, "body")) row.body = *body;
  set_trace(row, text_of(log, "trace_id"), text_of(log, "span_id"));
  AttributeList attributes(batch.logs());
  set_sentry_item_resource(batch, map_of(log, "attributes"), project, attributes);
  row.attributes = attributes.keep();
  batch.add(row, time_of(log, "timestamp"));
}

}  // namespace obs::codec
