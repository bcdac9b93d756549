// Transactions, spans and sessions of Sentry, and whose they are.

#include <algorithm>
#include <string>
#include <utility>

#include "libobs/codec/sentry_items.h"

namespace obs::codec {

using model::Attributes;
using model::KeyValue;
using model::Value;

namespace {

constexpr std::int32_t kInternal = 1;
constexpr std::int32_t kServer = 2;
constexpr std::int32_t kClient = 3;
constexpr std::int32_t kProducer = 4;
constexpr std::int32_t kConsumer = 5;
constexpr std::int32_t kOk = 1;
constexpr std::int32_t kError = 2;

constexpr std::string_view kVitals[] = {"lcp", "fcp", "inp", "cls", "ttfb", "fid"};

// By the operation, as Sentry names them: http.server, http.client, db.query, queue.publish…
std::int32_t kind_of(std::string_view op) {
  if (op == "http.server" || op == "rpc.server" || op == "websocket.server") return kServer;
  if (op.starts_with("http.client") || op.starts_with("rpc.client") || op.starts_with("db") ||
      op.starts_with("cache"))
    return kClient;
  if (op == "queue.publish" || op == "queue.submit") return kProducer;
  if (op == "queue.process" || op == "queue.receive" || op == "queue.task") return kConsumer;
  return kInternal;
}

std::int32_t status_of(std::string_view status) {
  if (status.empty() || status == "unknown" || status == "cancelled") return 0;
  return status == "ok" ? kOk : kError;
}

void set_status(SpanRow& row, std::string_view status) {
  row.status_code = status_of(status);
  if (row.status_code == kError) row.status_message = status;
}

// False, with the reason told, for what has no ids or no times.
bool set_frame(EventBatch& batch, SpanRow& row, Attributes ids, Attributes times,
               std::string_view end_key) {
  const auto start = time_of(times, "start_timestamp");
  const auto end = time_of(times, end_key);
  if (!model::parse_id(text_of(ids, "trace_id"), row.trace_id) ||
      !model::parse_id(text_of(ids, "span_id"), row.span_id)) {
    batch.spans().refuse("a span has no trace_id or span_id");
    return false;
  }
  if (!start || !end) {
    batch.spans().refuse("a span has no start or end");
    return false;
  }
  model::parse_id(text_of(ids, "parent_span_id"), row.parent_span_id);
  row.time = {*start, model::TimeSource::kSender};
  row.duration = *end - *start;
  row.scope = batch.span_scope();
  return true;
}

void add_vitals(EventBatch& batch, Attributes transaction, const SpanRow& root) {
  LogRow row;
  row.trace_id = root.trace_id;
  row.span_id = root.span_id;
  AttributeList more(batch.logs());
  more.member("url.full", map_of(transaction, "request"), "url");
  more.member("browser.view.name", transaction, "transaction");
  const Attributes measured = map_of(transaction, "measurements");
  for (const std::string_view vital : kVitals) {
    if (const auto value = number_of(map_of(measured, vital), "value"))
      batch.add_vital(vital, *value, time_of(transaction, "timestamp"), more, row);
  }
}

void add_child(EventBatch& batch, Attributes span) {
  SpanRow row;
  if (!set_frame(batch, row, span, span, "timestamp")) return;
  const std::string_view op = text_of(span, "op");
  const std::string_view description = text_of(span, "description");
  row.name = description.empty() ? op : description;
  row.kind = kind_of(op);
  set_status(row, text_of(span, "status"));
  AttributeList attributes(batch.spans());
  attributes.text("sentry.op", op);
  attributes.member("sentry.origin", span, "origin");
  attributes.members("", map_of(span, "data"));
  attributes.members("sentry.tag.", map_of(span, "tags"));
  row.attributes = attributes.keep();
  batch.spans().add(row);
}

// Who sent something, as far as it says.
struct Origin {
  std::string_view service;
  std::string_view release;
  std::string_view environment;
  std::string_view host;
  std::string_view sdk_name;
  std::string_view sdk_version;
};

// "package@version" is how Sentry names a release; anything else is all version.
void set_origin(EventBatch& batch, const Origin& origin, std::string_view project) {
  const std::size_t at = origin.release.find('@');
  const bool has_package = at != std::string_view::npos;
  std::string_view service = origin.service;
  if (service.empty() && has_package) service = origin.release.substr(0, at);
  if (service.empty()) service = batch.logs().copy("sentry-" + std::string(project));
  AttributeList resource(batch.logs());
  resource.text("service.name", service);
  resource.text("service.version", has_package ? origin.release.substr(at + 1) : origin.release);
  resource.text("deployment.environment.name", origin.environment);
  resource.text("host.name", origin.host);
  resource.text("telemetry.sdk.name", origin.sdk_name);
  resource.text("telemetry.sdk.version", origin.sdk_version);
  batch.set_resource(resource.view(), origin.sdk_name, origin.sdk_version);
}

}  // namespace

void set_sentry_resource(EventBatch& batch, Attributes event, std::string_view project) {
  const Attributes session = map_of(event, "attrs");
  const Attributes of_release = text_of(session, "release").empty() ? event : session;
  Origin origin;
  origin.service = text_of(map_of(event, "tags"), "service");
  origin.release = text_of(of_release, "release");
  origin.environment = text_of(of_release, "environment");
  origin.host = text_of(event, "server_name");
  origin.sdk_name = text_of(map_of(event, "sdk"), "name");
  origin.sdk_version = text_of(map_of(event, "sdk"), "version");
  set_origin(batch, origin, project);
}

void set_sentry_item_resource(EventBatch& batch, Attributes typed, std::string_view project,
                              AttributeList& rest) {
  Origin origin;
  const std::pair<std::string_view, std::string_view*> known[] = {
      {"service.name", &origin.service},           {"sentry.release", &origin.release},
      {"sentry.environment", &origin.environment}, {"server.address", &origin.host},
      {"sentry.sdk.name", &origin.sdk_name},       {"sentry.sdk.version", &origin.sdk_version}};
  for (const KeyValue& entry : typed) {
    const Attributes of = as_object(entry.value);
    const auto found = std::find_if(std::begin(known), std::end(known),
                                    [&](const auto& item) { return item.first == entry.key; });
    if (found == std::end(known) || text_of(of, "value").empty()) {
      rest.member(entry.key, of, "value");
    } else {
      *found->second = text_of(of, "value");
    }
  }
  set_origin(batch, origin, project);
}

void add_sentry_transaction(EventBatch& batch, Attributes transaction) {
  const Attributes trace = map_of(map_of(transaction, "contexts"), "trace");
  SpanRow root;
  if (!set_frame(batch, root, trace, transaction, "timestamp")) return;
  const std::string_view op = text_of(trace, "op");
  root.name = text_of(transaction, "transaction");
  if (root.name.empty()) root.name = op;
  root.kind = kind_of(op);
  set_status(root, text_of(trace, "status"));
  AttributeList attributes(batch.spans());
  attributes.text("sentry.op", op);
  attributes.member("sentry.event_id", transaction, "event_id");
  attributes.member("sentry.platform", transaction, "platform");
  attributes.member("url.full", map_of(transaction, "request"), "url");
  attributes.member("user.id", map_of(transaction, "user"), "id");
  attributes.members("", map_of(trace, "data"));
  attributes.members("sentry.tag.", map_of(transaction, "tags"));
  for (const KeyValue& measured : map_of(transaction, "measurements")) {
    if (const auto value = number_of(as_object(measured.value), "value")) {
      const KeyValue entry{measured.key, Value::number(*value)};
      attributes.members("sentry.measurement.", Attributes(&entry, 1));
    }
  }
  root.attributes = attributes.keep();
  batch.spans().add(root);
  for (const Value& child : items_of(transaction, "spans")) add_child(batch, as_object(child));
  add_vitals(batch, transaction, root);
}

void add_sentry_span(EventBatch& batch, Attributes span, std::string_view project) {
  const bool is_new = model::find_attribute(span, "end_timestamp") != nullptr;
  if (!is_new) return add_child(batch, span);
  AttributeList attributes(batch.spans());
  set_sentry_item_resource(batch, map_of(span, "attributes"), project, attributes);
  SpanRow row;
  if (!set_frame(batch, row, span, span, "end_timestamp")) return;
  row.name = text_of(span, "name");
  set_status(row, text_of(span, "status"));
  row.kind = kind_of(text_of(attributes.view(), "sentry.op"));
  row.attributes = attributes.keep();
  batch.spans().add(row);
}

void add_sentry_session(EventBatch& batch, Attributes session) {
  LogRow row;
  const std::string_view status = text_of(session, "status");
  const Value* init = model::find_attribute(session, "init");
  const bool begins = init != nullptr && init->kind() == model::ValueKind::kBool && init->as_bool();
  const bool goes_on = status.empty() || status == "ok";
  row.event_name = !goes_on ? "session.end" : begins ? "session.start" : "session.update";
  AttributeList attributes(batch.logs());
  attributes.member("session.id", session, "sid");
  attributes.text("session.status", status);
  attributes.flag("session.init", begins);
  attributes.member("session.errors", session, "errors");
  attributes.member("session.duration", session, "duration");
  attributes.member("session.started", session, "started");
  attributes.member("user.id", session, "did");
  attributes.member("user_agent.original", map_of(session, "attrs"), "user_agent");
  row.attributes = attributes.keep();
  batch.add(row, time_of(session, "timestamp"));
}

void add_sentry_aggregates(EventBatch& batch, Attributes sessions) {
  for (const Value& item : items_of(sessions, "aggregates")) {
    const Attributes counted = as_object(item);
    LogRow row;
    row.event_name = "session.aggregate";
    AttributeList attributes(batch.logs());
    for (const std::string_view key : {"exited", "errored", "abnormal", "crashed"}) {
      const Value* count = model::find_attribute(counted, key);
      if (count == nullptr) continue;
      const KeyValue entry{key, *count};
      attributes.members("session.", Attributes(&entry, 1));
    }
    row.attributes = attributes.keep();
    batch.add(row, time_of(counted, "started"));
  }
}

}  // namespace obs::codec
