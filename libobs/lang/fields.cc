#include "libobs/lang/fields.h"

#include <algorithm>
#include <array>

namespace obs::lang {
namespace {

struct FieldName {
  std::string_view name;
  RecordField field;
};

// The first name of each field is the one of obs-record(5); the others are aliases.
constexpr std::array kNames = {
    FieldName{"signal", RecordField::kSignal},
    FieldName{"time", RecordField::kTime},
    FieldName{"ts", RecordField::kTime},
    FieldName{"timestamp", RecordField::kTime},
    FieldName{"@timestamp", RecordField::kTime},
    FieldName{"observed_time", RecordField::kObservedTime},
    FieldName{"service", RecordField::kService},
    FieldName{"severity", RecordField::kSeverity},
    FieldName{"level", RecordField::kSeverity},
    FieldName{"lvl", RecordField::kSeverity},
    FieldName{"severity_number", RecordField::kSeverityNumber},
    FieldName{"severity_text", RecordField::kSeverityText},
    FieldName{"body", RecordField::kBody},
    FieldName{"msg", RecordField::kBody},
    FieldName{"message", RecordField::kBody},
    FieldName{"event_name", RecordField::kEventName},
    FieldName{"trace_id", RecordField::kTraceId},
    FieldName{"traceId", RecordField::kTraceId},
    FieldName{"span_id", RecordField::kSpanId},
    FieldName{"spanId", RecordField::kSpanId},
    FieldName{"parent_span_id", RecordField::kParentSpanId},
    FieldName{"name", RecordField::kName},
    FieldName{"kind", RecordField::kKind},
    FieldName{"status", RecordField::kStatus},
    FieldName{"status_message", RecordField::kStatusMessage},
    FieldName{"duration_ns", RecordField::kDurationNs},
    FieldName{"trace_state", RecordField::kTraceState},
    FieldName{"flags", RecordField::kFlags},
    FieldName{"type", RecordField::kType},
    FieldName{"unit", RecordField::kUnit},
    FieldName{"temporality", RecordField::kTemporality},
    FieldName{"start_time", RecordField::kStartTime},
    FieldName{"value", RecordField::kValue},
    FieldName{"count", RecordField::kCount},
    FieldName{"sum", RecordField::kSum},
    FieldName{"min", RecordField::kMin},
    FieldName{"max", RecordField::kMax},
    FieldName{"scope", RecordField::kScope},
    FieldName{"attributes", RecordField::kAttributes},
    FieldName{"resource", RecordField::kResource},
    FieldName{"events", RecordField::kEvents},
    FieldName{"links", RecordField::kLinks},
    FieldName{"project", RecordField::kProject},
    FieldName{"seq", RecordField::kSeq},
    FieldName{"_error", RecordField::kError},
    FieldName{"duration", RecordField::kDuration},
    FieldName{"duration_ms", RecordField::kDurationMs},
    FieldName{"date", RecordField::kDate},
    FieldName{"age", RecordField::kAge},
};

constexpr auto kNameList = [] {
  std::array<std::string_view, kNames.size()> names{};
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kNames[i].name;
  return names;
}();

bool needs_backticks(std::string_view name) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.';
  };
  return name.empty() || !std::all_of(name.begin(), name.end(), is_plain);
}

}  // namespace

std::optional<RecordField> find_record_field(std::string_view name) {
  for (const FieldName& known : kNames) {
    if (known.name == name) return known.field;
  }
  return std::nullopt;
}

std::string_view to_string(RecordField field) {
  for (const FieldName& known : kNames) {
    if (known.field == field) return known.name;
  }
  return {};
}

std::span<const std::string_view> record_field_names() { return kNameList; }

FieldRef resolve_name(std::string_view name, bool quoted) {
  using Root = FieldRef::Root;
  if (quoted) return {Root::kAny, std::string(name)};
  if (name.starts_with("attributes.")) return {Root::kAttributes, std::string(name.substr(11))};
  if (name.starts_with("resource.")) return {Root::kResource, std::string(name.substr(9))};
  if (const auto field = find_record_field(name))
    return {Root::kAny, std::string(to_string(*field))};
  return {Root::kAny, std::string(name)};
}

std::string to_string(const FieldRef& field) {
  const std::string_view root = field.root == FieldRef::Root::kAny          ? ""
                                : field.root == FieldRef::Root::kAttributes ? "attributes."
                                                                            : "resource.";
  const std::string name = std::string(root) + field.name;
  return needs_backticks(name) ? "`" + name + "`" : name;
}

}  // namespace obs::lang
