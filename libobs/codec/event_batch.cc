#include "libobs/codec/event_batch.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "libobs/base/text.h"
#include "libobs/codec/json_value.h"

namespace obs::codec {

using model::Attributes;
using model::KeyValue;
using model::Value;
using model::ValueKind;

namespace {

// Of the arrays and objects that are open at a time: far above what any SDK sends.
constexpr std::size_t kMaxItems = 1 << 16;
// What is more would be a year beyond 5138 in seconds, and is one of 1973 in milliseconds.
constexpr double kMostSeconds = 1e11;
constexpr double kMostNanoseconds = 9.2e18;

bool says_nothing(const Value& value) {
  return value.kind() == ValueKind::kNone || value.kind() == ValueKind::kEmpty ||
         (value.is_string() && value.as_string().empty());
}

std::optional<double> to_number(const Value& value) {
  if (value.kind() == ValueKind::kInt) return static_cast<double>(value.as_int());
  if (value.kind() == ValueKind::kDouble) return value.as_double();
  return std::nullopt;
}

}  // namespace

Attributes as_object(const Value& value) {
  return value.kind() == ValueKind::kMap ? value.as_map() : Attributes();
}

std::string_view text_of(Attributes object, std::string_view key) {
  const Value* value = model::find_attribute(object, key);
  return value != nullptr && value->is_string() ? value->as_string() : std::string_view();
}

Attributes map_of(Attributes object, std::string_view key) {
  const Value* value = model::find_attribute(object, key);
  return value == nullptr ? Attributes() : as_object(*value);
}

std::span<const Value> items_of(Attributes object, std::string_view key) {
  const Value* value = model::find_attribute(object, key);
  if (value == nullptr || value->kind() != ValueKind::kArray) return {};
  return value->as_array();
}

std::optional<double> number_of(Attributes object, std::string_view key) {
  const Value* value = model::find_attribute(object, key);
  return value == nullptr ? std::nullopt : to_number(*value);
}

std::optional<Timestamp> time_of(Attributes object, std::string_view key) {
  if (const std::string_view text = text_of(object, key); !text.empty()) {
    const auto time = parse_rfc3339(text);
    return time && *time > 0 ? time : std::nullopt;
  }
  const auto number = number_of(object, key);
  if (!number || !(*number > 0)) return std::nullopt;
  const bool is_seconds = *number < kMostSeconds;
  const double nanoseconds = *number * (is_seconds ? 1e9 : 1e6);
  if (!(nanoseconds < kMostNanoseconds)) return std::nullopt;
  // A double has no room for nanoseconds; microseconds are what clients measure.
  return static_cast<Timestamp>(std::llround(nanoseconds / 1e3)) * kMicrosecond;
}

void AttributeList::text(std::string_view key, std::string_view value) {
  if (!value.empty()) entries_.push_back({key, Value::string(value)});
}

void AttributeList::value(std::string_view key, const Value& value) {
  if (!says_nothing(value)) entries_.push_back({key, value});
}

void AttributeList::number(std::string_view key, double value) {
  entries_.push_back({key, Value::number(value)});
}

void AttributeList::flag(std::string_view key, bool value) {
  entries_.push_back({key, Value::boolean(value)});
}

void AttributeList::member(std::string_view key, Attributes object, std::string_view from) {
  if (const Value* found = model::find_attribute(object, from)) value(key, *found);
}

void AttributeList::members(std::string_view prefix, Attributes object) {
  for (const KeyValue& entry : object) {
    if (says_nothing(entry.value)) continue;
    std::string name(prefix);
    name += entry.key;
    batch_.claim(name.size());
    if (!batch_.fits()) return;
    value(prefix.empty() ? entry.key : batch_.arena().copy(name), entry.value);
  }
}

EventBatch::EventBatch(std::size_t request_size, Timestamp received)
    : logs_(model::Signal::kLogs, request_size, received),
      spans_(model::Signal::kSpans, request_size, received),
      points_(model::Signal::kMetrics, request_size, received) {}

Result<Value, ParseError> EventBatch::parse(std::string_view json) {
  JsonReader reader;
  Value tree;
  if (logs_.start_json(reader, json)) {
    JsonValues values(reader, logs_.arena(), JsonSpelling::kPlain,
                      {kMaxValueDepth, kMaxItems, true});
    tree = values.value();
  }
  if (!reader.finish()) return fail(reader.error());
  logs_.count_repairs(reader.repaired());
  return tree;
}

void EventBatch::set_resource(Attributes resource, std::string_view scope_name,
                              std::string_view scope_version) {
  resource_.assign(resource.begin(), resource.end());
  scope_name_ = scope_name;
  scope_version_ = scope_version;
}

std::uint32_t EventBatch::log_scope() {
  return logs_.scope(resource_, scope_name_, scope_version_);
}

std::uint32_t EventBatch::span_scope() {
  return spans_.scope(resource_, scope_name_, scope_version_);
}

std::uint32_t EventBatch::point_scope() {
  return points_.scope(resource_, scope_name_, scope_version_);
}

void EventBatch::add(LogRow row, std::optional<Timestamp> time) {
  row.time = resolve_time(time.value_or(0), 0, logs_.received());
  row.scope = log_scope();
  logs_.add(row);
}

void EventBatch::add_vital(std::string_view name, double value, std::optional<Timestamp> time,
                           const AttributeList& more, LogRow row) {
  // "LCP" is how the library writes it, whatever others make of it.
  std::string upper(name);
  std::transform(upper.begin(), upper.end(), upper.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  AttributeList attributes(logs_);
  attributes.text("browser.web_vital.name", logs_.arena().copy(upper));
  attributes.number("browser.web_vital.value", value);
  for (const KeyValue& entry : more.view()) attributes.value(entry.key, entry.value);
  row.event_name = "browser.web_vital";
  row.attributes = attributes.keep();
  add(row, time);
}

std::vector<Decoded> EventBatch::take() {
  Decoded logs = logs_.take();
  Decoded spans = spans_.take();
  Decoded points = points_.take();
  // The trees lie in the arena of the logs.
  spans.batch.arena->keep(logs.batch.arena);
  points.batch.arena->keep(logs.batch.arena);
  std::vector<Decoded> out;
  if (spans.total > 0) out.push_back(std::move(spans));
  if (points.total > 0) out.push_back(std::move(points));
  if (logs.total > 0) out.push_back(std::move(logs));
  return out;
}

void set_trace(LogRow& row, std::string_view trace_id, std::string_view span_id) {
  model::TraceId trace;
  model::SpanId span;
  if (!model::parse_id(trace_id, trace)) return;
  row.trace_id = trace;
  if (model::parse_id(span_id, span)) row.span_id = span;
}

void set_level(LogRow& row, std::string_view level) {
  if (level.empty()) return;
  // What consoles call a log is information.
  row.severity_number = model::parse_severity(level == "log" ? "info" : level);
  row.severity_text = level;
}

}  // namespace obs::codec
