#include "libobs/codec/otlp_json_decode.h"
#include "libobs/codec/otlp_json_names.h"

namespace obs::codec::otlp_json {

using model::SpanEvent;
using model::SpanLink;

namespace {

enum class Field {
  kNone,
  kTraceId,
  kSpanId,
  kTraceState,
  kParentSpanId,
  kFlags,
  kName,
  kKind,
  kStart,
  kEnd,
  kAttributes,
  kDropped,
  kEvents,
  kDroppedEvents,
  kLinks,
  kDroppedLinks,
  kStatus
};

constexpr auto kFields = key_table<Field>({{"traceId", Field::kTraceId},
                                           {"spanId", Field::kSpanId},
                                           {"traceState", Field::kTraceState},
                                           {"parentSpanId", Field::kParentSpanId},
                                           {"flags", Field::kFlags},
                                           {"name", Field::kName},
                                           {"kind", Field::kKind},
                                           {"startTimeUnixNano", Field::kStart},
                                           {"endTimeUnixNano", Field::kEnd},
                                           {"attributes", Field::kAttributes},
                                           {"droppedAttributesCount", Field::kDropped},
                                           {"events", Field::kEvents},
                                           {"droppedEventsCount", Field::kDroppedEvents},
                                           {"links", Field::kLinks},
                                           {"droppedLinksCount", Field::kDroppedLinks},
                                           {"status", Field::kStatus}});

enum class EventField { kNone, kTime, kName, kAttributes, kDropped };
constexpr KeyTable kEventFields{
    {std::pair<std::string_view, EventField>{"timeUnixNano", EventField::kTime},
     {"name", EventField::kName},
     {"attributes", EventField::kAttributes},
     {"droppedAttributesCount", EventField::kDropped}}};

enum class LinkField { kNone, kTraceId, kSpanId, kTraceState, kAttributes, kDropped, kFlags };
constexpr KeyTable kLinkFields{
    {std::pair<std::string_view, LinkField>{"traceId", LinkField::kTraceId},
     {"spanId", LinkField::kSpanId},
     {"traceState", LinkField::kTraceState},
     {"attributes", LinkField::kAttributes},
     {"droppedAttributesCount", LinkField::kDropped},
     {"flags", LinkField::kFlags}}};

enum class StatusField { kNone, kMessage, kCode };
constexpr KeyTable kStatusFields{
    {std::pair<std::string_view, StatusField>{"message", StatusField::kMessage},
     {"code", StatusField::kCode}}};

constexpr std::string_view kBadDropped = "droppedAttributesCount is not a uint32";
constexpr std::string_view kBadFlags = "flags are not a uint32";
constexpr std::string_view kBadTraceId = "traceId is not 32 hex digits";
constexpr std::string_view kBadSpanId = "spanId is not 16 hex digits";
constexpr std::string_view kBadTraceState = "traceState is not a string";

class SpanItems final : public Items {
 public:
  explicit SpanItems(Decoder& decoder) : decoder_(decoder), columns_(decoder.batch().spans) {}

  std::size_t size() const override { return columns_.size(); }
  void truncate(std::size_t size) override { truncate_rows(columns_, size); }
  void decode(std::uint32_t scope) override;

 private:
  void read(Field field, SpanRow& row);
  SpanEvent event();
  SpanLink link();
  void status(SpanRow& row);

  Decoder& decoder_;
  model::SpanColumns& columns_;
  Timestamp start_ = 0;
  Timestamp end_ = 0;
  std::vector<SpanEvent> events_;
  std::vector<SpanLink> links_;
};

SpanEvent SpanItems::event() {
  SpanEvent event;
  decoder_.object(kEventFields, "event is not an object", [&](EventField field) {
    switch (field) {
      case EventField::kTime:
        return decoder_.time(event.time, "event timeUnixNano is no time up to 2262");
      case EventField::kName: return decoder_.text(event.name, "event name is not a string");
      case EventField::kAttributes: event.attributes = decoder_.attributes(); return;
      case EventField::kDropped:
        return decoder_.integer(event.dropped_attributes_count, kBadDropped);
      case EventField::kNone: return;
    }
  });
  return event;
}

SpanLink SpanItems::link() {
  SpanLink link;
  decoder_.object(kLinkFields, "link is not an object", [&](LinkField field) {
    switch (field) {
      case LinkField::kTraceId: return decoder_.id(link.trace_id, kBadTraceId);
      case LinkField::kSpanId: return decoder_.id(link.span_id, kBadSpanId);
      case LinkField::kTraceState: return decoder_.text(link.trace_state, kBadTraceState);
      case LinkField::kAttributes: link.attributes = decoder_.attributes(); return;
      case LinkField::kDropped: return decoder_.integer(link.dropped_attributes_count, kBadDropped);
      case LinkField::kFlags: return decoder_.integer(link.flags, kBadFlags);
      case LinkField::kNone: return;
    }
  });
  return link;
}

void SpanItems::status(SpanRow& row) {
  row.status_code = 0;
  row.status_message = {};
  decoder_.object(kStatusFields, "status is not an object", [&](StatusField field) {
    if (field == StatusField::kMessage) {
      decoder_.text(row.status_message, "status message is not a string");
    } else {
      decoder_.enumeration(row.status_code, parse_status_name, "status code is no status");
    }
  });
}

void SpanItems::read(Field field, SpanRow& row) {
  switch (field) {
    case Field::kTraceId: return decoder_.id(row.trace_id, kBadTraceId);
    case Field::kSpanId: return decoder_.id(row.span_id, kBadSpanId);
    case Field::kTraceState: return decoder_.text(row.trace_state, kBadTraceState);
    case Field::kParentSpanId:
      return decoder_.id(row.parent_span_id, "parentSpanId is not 16 hex digits");
    case Field::kFlags: return decoder_.integer(row.flags, kBadFlags);
    case Field::kName: return decoder_.text(row.name, "name is not a string");
    case Field::kKind:
      return decoder_.enumeration(row.kind, parse_kind_name, "kind is no span kind");
    case Field::kStart: return decoder_.time(start_, "startTimeUnixNano is no time up to 2262");
    case Field::kEnd: return decoder_.time(end_, "endTimeUnixNano is no time up to 2262");
    case Field::kAttributes: row.attributes = decoder_.attributes(); return;
    case Field::kDropped: return decoder_.integer(row.dropped_attributes_count, kBadDropped);
    case Field::kEvents:
      return decoder_.array("events are not an array", [&] { decoder_.push(events_, event()); });
    case Field::kDroppedEvents:
      return decoder_.integer(row.dropped_events_count, "droppedEventsCount is not a uint32");
    case Field::kLinks:
      return decoder_.array("links are not an array", [&] { decoder_.push(links_, link()); });
    case Field::kDroppedLinks:
      return decoder_.integer(row.dropped_links_count, "droppedLinksCount is not a uint32");
    case Field::kStatus: return status(row);
    case Field::kNone: return;
  }
}

void SpanItems::decode(std::uint32_t scope) {
  const Decoder::Level level(decoder_);
  SpanRow row;
  row.scope = scope;
  start_ = end_ = 0;
  events_.clear();
  links_.clear();
  decoder_.object(kFields, "span is not an object", [&](Field field) { read(field, row); });
  if (!decoder_.count_record(level)) return;
  row.time = resolve_time(start_, 0, decoder_.batch().received);
  row.duration = end_ - start_;
  row.events = decoder_.keep(events_);
  row.links = decoder_.keep(links_);
  decoder_.claim(sizeof row);
  append_row(columns_, row);
}

}  // namespace

void decode_spans(Decoder& decoder) {
  SpanItems items(decoder);
  decode_request(decoder, items);
}

}  // namespace obs::codec::otlp_json
