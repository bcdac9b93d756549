#include "libobs/codec/faro.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "libobs/base/text.h"
#include "libobs/codec/event_batch.h"
#include "libobs/codec/json.h"

namespace obs::codec {

using model::Attributes;
using model::KeyValue;
using model::Value;

namespace {

constexpr std::array<std::string_view, 6> kVitals = {"lcp", "inp", "cls", "fcp", "ttfb", "fid"};

struct EventName {
  std::string_view faro;
  std::string_view ours;
};
constexpr EventName kEventNames[] = {
    {"session_start", "session.start"},
    {"session_resume", "session.resume"},
    {"session_extend", "session.extend"},
    {"view_changed", "browser.view_change"},
    {"faro.performance.resource", "browser.resource_timing"},
    {"faro.performance.navigation", "browser.navigation_timing"},
};

std::string_view event_name(std::string_view faro) {
  const auto found = std::find_if(std::begin(kEventNames), std::end(kEventNames),
                                  [&](const EventName& name) { return name.faro == faro; });
  return found == std::end(kEventNames) ? faro : found->ours;
}

class FaroDecoder {
 public:
  FaroDecoder(std::size_t size, Timestamp received) : batch_(size, received) {}

  Result<std::vector<Decoded>, ParseError> decode(std::string_view request);

 private:
  void read_meta(Attributes meta);
  LogRow row_of(Attributes item);
  AttributeList common(Attributes context);
  void add_log(Attributes log);
  void add_exception(Attributes exception);
  void add_measurement(Attributes measurement);
  void add_event(Attributes event);
  Result<void, ParseError> add_traces(const Value& traces);

  EventBatch batch_;
  std::vector<KeyValue> common_;  // Of every record.
  std::vector<Decoded> traces_;
};

Result<std::vector<Decoded>, ParseError> FaroDecoder::decode(std::string_view request) {
  OBS_TRY(const Value tree, batch_.parse(request));
  if (tree.kind() != model::ValueKind::kMap)
    return fail(ParseError{Errc::kMalformed, 0, "expected an object"});
  const Attributes body = tree.as_map();
  read_meta(map_of(body, "meta"));
  for (const Value& item : items_of(body, "logs")) add_log(as_object(item));
  for (const Value& item : items_of(body, "exceptions")) add_exception(as_object(item));
  for (const Value& item : items_of(body, "measurements")) add_measurement(as_object(item));
  for (const Value& item : items_of(body, "events")) add_event(as_object(item));
  if (const Value* traces = model::find_attribute(body, "traces"))
    OBS_TRY_VOID(add_traces(*traces));
  if (!batch_.fits()) return fail(kTooManyItems);
  std::vector<Decoded> out = batch_.take();
  std::move(traces_.begin(), traces_.end(), std::back_inserter(out));
  return out;
}

void FaroDecoder::read_meta(Attributes meta) {
  const Attributes app = map_of(meta, "app");
  const Attributes browser = map_of(meta, "browser");
  const Attributes sdk = map_of(meta, "sdk");
  AttributeList resource(batch_.logs());
  resource.member("service.name", app, "name");
  resource.member("service.namespace", app, "namespace");
  resource.member("service.version", app, text_of(app, "version").empty() ? "release" : "version");
  resource.member("deployment.environment.name", app, "environment");
  resource.member("vcs.ref.head.revision", app, "gitHash");
  resource.text("telemetry.sdk.name", "faro");
  resource.text("telemetry.sdk.language", "webjs");
  resource.member("telemetry.sdk.version", sdk, "version");
  resource.member("user_agent.original", browser, "userAgent");
  resource.member("user_agent.name", browser, "name");
  resource.member("user_agent.version", browser, "version");
  resource.member("user_agent.os.name", browser, "os");
  resource.member("browser.mobile", browser, "mobile");
  resource.member("browser.language", browser, "language");
  resource.member("browser.brands", browser, "brands");
  batch_.set_resource(resource.view(), "faro", text_of(sdk, "version"));

  const Attributes user = map_of(meta, "user");
  const Attributes session = map_of(meta, "session");
  AttributeList common(batch_.logs());
  common.member("session.id", session, "id");
  common.members("session.", map_of(session, "attributes"));
  common.member("user.id", user, "id");
  common.member("user.name", user, "username");
  common.member("user.full_name", user, "fullName");
  common.member("user.email", user, "email");
  common.member("user.roles", user, "roles");
  common.members("user.", map_of(user, "attributes"));
  common.member("url.full", map_of(meta, "page"), "url");
  common.member("browser.page.id", map_of(meta, "page"), "id");
  common.member("browser.view.name", map_of(meta, "view"), "name");
  common_.assign(common.view().begin(), common.view().end());
}

LogRow FaroDecoder::row_of(Attributes item) {
  LogRow row;
  const Attributes trace = map_of(item, "trace");
  set_trace(row, text_of(trace, "trace_id"), text_of(trace, "span_id"));
  return row;
}

AttributeList FaroDecoder::common(Attributes context) {
  AttributeList out(batch_.logs());
  for (const KeyValue& entry : common_) out.value(entry.key, entry.value);
  out.members("", context);
  return out;
}

void FaroDecoder::add_log(Attributes log) {
  LogRow row = row_of(log);
  set_level(row, text_of(log, "level"));
  if (const Value* message = model::find_attribute(log, "message")) row.body = *message;
  AttributeList attributes = common(map_of(log, "context"));
  attributes.member("browser.user_action.name", map_of(log, "action"), "name");
  row.attributes = attributes.keep();
  batch_.add(row, time_of(log, "timestamp"));
}

// As browsers write them, the innermost frame first.
std::string stack_text(Attributes exception) {
  std::string out;
  for (const Value& item : items_of(map_of(exception, "stacktrace"), "frames")) {
    const Attributes frame = as_object(item);
    out += fmt::format("\n    at {} ({}:{}:{})", text_of(frame, "function"),
                       text_of(frame, "filename"), number_of(frame, "lineno").value_or(0),
                       number_of(frame, "colno").value_or(0));
  }
  return out;
}

void FaroDecoder::add_exception(Attributes exception) {
  LogRow row = row_of(exception);
  set_level(row, "error");
  row.event_name = "exception";
  const std::string_view type = text_of(exception, "type");
  const std::string_view message = text_of(exception, "value");
  Arena& arena = batch_.logs().arena();
  const std::string title = fmt::format("{}: {}", type, message);
  row.body = Value::string(arena.copy(title));
  AttributeList attributes = common(map_of(exception, "context"));
  attributes.text("exception.type", type);
  attributes.text("exception.message", message);
  if (const std::string stack = stack_text(exception); !stack.empty())
    attributes.text("exception.stacktrace", arena.copy(title + stack));
  attributes.member("exception.fatal", exception, "fatal");
  attributes.member("exception.fingerprint", exception, "fingerprint");
  row.attributes = attributes.keep();
  batch_.add(row, time_of(exception, "timestamp"));
}

// Of a measurement's values one is the vital; the others say where it came from.
void FaroDecoder::add_measurement(Attributes measurement) {
  const LogRow row = row_of(measurement);
  const Attributes values = map_of(measurement, "values");
  const auto time = time_of(measurement, "timestamp");
  const bool is_vital = text_of(measurement, "type") == "web-vitals";
  AttributeList rest(batch_.logs());
  for (const KeyValue& entry : common_) rest.value(entry.key, entry.value);
  rest.members(is_vital ? "browser.web_vital." : "", map_of(measurement, "context"));
  AttributeList details(batch_.logs());
  for (const KeyValue& entry : rest.view()) details.value(entry.key, entry.value);
  bool has_vital = false;
  for (const KeyValue& entry : values) {
    const bool names_vital = std::find(kVitals.begin(), kVitals.end(), entry.key) != kVitals.end();
    has_vital = has_vital || (is_vital && names_vital);
    if (!is_vital || !names_vital)
      details.members(is_vital ? "browser.web_vital." : "", Attributes(&entry, 1));
  }
  if (!has_vital) {
    LogRow plain = row;
    plain.event_name = "faro.measurement";
    details.member("faro.measurement.type", measurement, "type");
    plain.attributes = details.keep();
    return batch_.add(plain, time);
  }
  for (const std::string_view vital : kVitals) {
    if (const auto value = number_of(values, vital))
      batch_.add_vital(vital, *value, time, details, row);
  }
}

void FaroDecoder::add_event(Attributes event) {
  LogRow row = row_of(event);
  row.event_name = event_name(text_of(event, "name"));
  AttributeList attributes = common(map_of(event, "attributes"));
  attributes.member("event.domain", event, "domain");
  row.attributes = attributes.keep();
  batch_.add(row, time_of(event, "timestamp"));
}

Result<void, ParseError> FaroDecoder::add_traces(const Value& traces) {
  std::string json;
  append_plain_value(json, traces);
  OBS_TRY(Decoded spans, decode_otlp_json(model::Signal::kSpans, json, batch_.logs().received()));
  if (spans.total > 0) traces_.push_back(std::move(spans));
  return {};
}

}  // namespace

Result<std::vector<Decoded>, ParseError> decode_faro(std::string_view request, Timestamp received) {
  return FaroDecoder(request.size(), received).decode(request);
}

}  // namespace obs::codec
