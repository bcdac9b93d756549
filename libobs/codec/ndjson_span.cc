#include "libobs/codec/json_keys.h"
#include "libobs/codec/ndjson_fields.h"
#include "libobs/codec/ndjson_record.h"

namespace obs::codec {

using model::Signal;
using model::SpanEvent;
using model::SpanLink;

namespace {

using F = RecordField;

enum class EventField { kNone, kTime, kName, kAttributes, kDropped };
constexpr auto kEventFields =
    key_table<EventField>({{"time", EventField::kTime},
                           {"name", EventField::kName},
                           {"attributes", EventField::kAttributes},
                           {"dropped_attributes_count", EventField::kDropped}});

enum class LinkField { kNone, kTraceId, kSpanId, kTraceState, kAttributes, kDropped, kFlags };
constexpr auto kLinkFields =
    key_table<LinkField>({{"trace_id", LinkField::kTraceId},
                          {"span_id", LinkField::kSpanId},
                          {"trace_state", LinkField::kTraceState},
                          {"attributes", LinkField::kAttributes},
                          {"dropped_attributes_count", LinkField::kDropped},
                          {"flags", LinkField::kFlags}});

constexpr std::string_view kBadTraceId = "trace_id is not 32 hex digits";
constexpr std::string_view kBadSpanId = "span_id is not 16 hex digits";
constexpr std::string_view kBadDropped = "dropped_attributes_count is not a uint32";
constexpr std::string_view kBadFlags = "flags are not a uint32";

class SpanLine final : public RecordLine {
 public:
  explicit SpanLine(LineReader& line)
      : line_(line), json_(line.json), recent_(line.builders.recent(Signal::kSpans)) {}

  void read(RecordField field) override;
  BatchBuilder* keep() override;

 private:
  SpanEvent event();
  SpanLink link();

  LineReader& line_;
  JsonReader& json_;
  const BatchBuilder& recent_;
  RecordHead head_;
  SpanRow row_;
  std::vector<SpanEvent> events_;
  std::vector<SpanLink> links_;
};

void SpanLine::read(RecordField field) {
  switch (field) {
    case F::kDuration: return read_integer(json_, row_.duration, "duration_ns is not an int64");
    case F::kName: return read_text(json_, row_.name, "name is not a string");
    case F::kKind:
      return read_named(json_, row_.kind, model::parse_span_kind, "kind is no span kind");
    case F::kStatus:
      return read_named(json_, row_.status_code, model::parse_status_code, "status is no status");
    case F::kStatusMessage:
      return read_text(json_, row_.status_message, "status_message is not a string");
    case F::kTraceId: return read_id(json_, row_.trace_id, kBadTraceId);
    case F::kSpanId: return read_id(json_, row_.span_id, kBadSpanId);
    case F::kParentSpanId:
      return read_id(json_, row_.parent_span_id, "parent_span_id is not 16 hex digits");
    case F::kTraceState: return read_text(json_, row_.trace_state, "trace_state is not a string");
    case F::kAttributes: row_.attributes = line_.values.attributes(); return;
    case F::kEvents: return json_.items([&] { push_item(json_, events_, event()); });
    case F::kLinks: return json_.items([&] { push_item(json_, links_, link()); });
    case F::kDropped: return read_integer(json_, row_.dropped_attributes_count, kBadDropped);
    case F::kDroppedEvents:
      return read_integer(json_, row_.dropped_events_count, "dropped_events_count is not a uint32");
    case F::kDroppedLinks:
      return read_integer(json_, row_.dropped_links_count, "dropped_links_count is not a uint32");
    case F::kFlags: return read_integer(json_, row_.flags, kBadFlags);
    default: return head_.read(line_, recent_, field);
  }
}

SpanEvent SpanLine::event() {
  SpanEvent event;
  read_members(json_, kEventFields, [&](EventField field) {
    switch (field) {
      case EventField::kTime: return read_time(json_, event.time, "time of an event is no time");
      case EventField::kName: return read_text(json_, event.name, "event name is not a string");
      case EventField::kAttributes: event.attributes = line_.values.attributes(); return;
      case EventField::kDropped:
        return read_integer(json_, event.dropped_attributes_count, kBadDropped);
      case EventField::kNone: return;
    }
  });
  return event;
}

SpanLink SpanLine::link() {
  SpanLink link;
  read_members(json_, kLinkFields, [&](LinkField field) {
    switch (field) {
      case LinkField::kTraceId: return read_id(json_, link.trace_id, kBadTraceId);
      case LinkField::kSpanId: return read_id(json_, link.span_id, kBadSpanId);
      case LinkField::kTraceState:
        return read_text(json_, link.trace_state, "trace_state is not a string");
      case LinkField::kAttributes: link.attributes = line_.values.attributes(); return;
      case LinkField::kDropped:
        return read_integer(json_, link.dropped_attributes_count, kBadDropped);
      case LinkField::kFlags: return read_integer(json_, link.flags, kBadFlags);
      case LinkField::kNone: return;
    }
  });
  return link;
}

BatchBuilder* SpanLine::keep() {
  BatchBuilder& builder = line_.builders.of_project(Signal::kSpans, head_.project);
  row_.scope = builder.scope(json_, line_.values, head_.context);
  if (!json_.ok()) return nullptr;
  Arena& arena = *builder.batch().arena;
  row_.time = head_.record_time(line_.received);
  row_.events = arena.copy_array<SpanEvent>(events_);
  row_.links = arena.copy_array<SpanLink>(links_);
  row_.attributes = head_.with_error(arena, row_.attributes);
  append_row(builder.batch().spans, row_);
  return &builder;
}

}  // namespace

BatchBuilder* read_span(LineReader& line) {
  SpanLine record(line);
  return read_record_line(line, record);
}

}  // namespace obs::codec
