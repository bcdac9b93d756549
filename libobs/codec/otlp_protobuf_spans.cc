#include "libobs/codec/otlp_protobuf_decode.h"
#include "libobs/codec/otlp_protobuf_encode.h"

namespace obs::codec::otlp {

using model::SpanColumns;
using model::SpanEvent;
using model::SpanLink;

namespace {

// In wrapping arithmetic: what our own encoder wrote may hold any int64.
std::int64_t difference(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}

std::int64_t sum(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

class SpanDecoder final : public ItemDecoder {
 public:
  explicit SpanDecoder(Decoder& decoder) : decoder_(decoder), columns_(decoder.batch().spans) {}

  std::size_t size() const override { return columns_.size(); }
  void reserve(std::size_t more) override {
    decoder_.claim(more * sizeof(SpanRow));
    reserve_rows(columns_, more);
  }
  void decode(std::string_view message, std::uint32_t scope) override;

 private:
  void event(std::string_view message);
  void link(std::string_view message);
  void status(std::string_view message, SpanRow& row);

  Decoder& decoder_;
  SpanColumns& columns_;
  Stack<SpanEvent> events_;
  Stack<SpanLink> links_;
};

void SpanDecoder::decode(std::string_view message, std::uint32_t scope) {
  using namespace span;
  decoder_.begin_record(message);
  SpanRow row;
  row.scope = scope;
  Timestamp start = 0;
  Timestamp end = 0;
  Timestamp received = 0;
  const std::size_t attributes = decoder_.attributes.mark();
  for_each_field(message, [&](Reader& field) {
    switch (field.tag_and_type()) {
      case bytes_field(kTraceId):
        decoder_.id(field.get_view(), row.trace_id, "trace_id is not 16 bytes");
        break;
      case bytes_field(kSpanId):
        decoder_.id(field.get_view(), row.span_id, "span_id is not 8 bytes");
        break;
      case bytes_field(kParentSpanId):
        decoder_.id(field.get_view(), row.parent_span_id, "parent_span_id is not 8 bytes");
        break;
      case bytes_field(kTraceState): row.trace_state = decoder_.text(field.get_view()); break;
      case bytes_field(kName): row.name = decoder_.text(field.get_view()); break;
      case varint_field(kKind): row.kind = field.get_enum(); break;
      case fixed64_field(kStartTime):
        start = decoder_.time(field.get_fixed64(), "start_time_unix_nano is beyond the year 2262");
        break;
      case fixed64_field(kEndTime):
        end = decoder_.time(field.get_fixed64(), "end_time_unix_nano is beyond the year 2262");
        break;
      case bytes_field(kAttributes): decoder_.attribute(field.get_view()); break;
      case bytes_field(kEvents): event(field.get_view()); break;
      case bytes_field(kLinks): link(field.get_view()); break;
      case bytes_field(kStatus): status(field.get_view(), row); break;
      case varint_field(kDroppedAttributesCount):
        row.dropped_attributes_count = field.get_uint32();
        break;
      case varint_field(kDroppedEventsCount): row.dropped_events_count = field.get_uint32(); break;
      case varint_field(kDroppedLinksCount): row.dropped_links_count = field.get_uint32(); break;
      case fixed32_field(kFlags): row.flags = field.get_fixed32(); break;
      case fixed64_field(kReceivedTime): received = decoder_.received_time(field); break;
      default: field.skip();
    }
  });
  row.attributes = decoder_.take_attributes(attributes);
  row.events = decoder_.take(events_, 0);
  row.links = decoder_.take(links_, 0);
  row.time = decoder_.record_time(start, 0, received);
  row.duration = difference(end, start);
  if (decoder_.end_record()) append_row(columns_, row);
}

void SpanDecoder::event(std::string_view message) {
  using namespace event;
  SpanEvent event;
  const std::size_t attributes = decoder_.attributes.mark();
  for_each_field(message, [&](Reader& field) {
    switch (field.tag_and_type()) {
      case fixed64_field(kTime):
        event.time =
            decoder_.time(field.get_fixed64(), "time of a span event is beyond the year 2262");
        break;
      case bytes_field(kName): event.name = decoder_.text(field.get_view()); break;
      case bytes_field(kAttributes): decoder_.attribute(field.get_view()); break;
      case varint_field(kDroppedAttributesCount):
        event.dropped_attributes_count = field.get_uint32();
        break;
      default: field.skip();
    }
  });
  event.attributes = decoder_.take_attributes(attributes);
  decoder_.push(events_, event);
}

void SpanDecoder::link(std::string_view message) {
  using namespace link;
  SpanLink link;
  const std::size_t attributes = decoder_.attributes.mark();
  for_each_field(message, [&](Reader& field) {
    switch (field.tag_and_type()) {
      case bytes_field(kTraceId):
        decoder_.id(field.get_view(), link.trace_id, "trace_id of a link is not 16 bytes");
        break;
      case bytes_field(kSpanId):
        decoder_.id(field.get_view(), link.span_id, "span_id of a link is not 8 bytes");
        break;
      case bytes_field(kTraceState): link.trace_state = decoder_.text(field.get_view()); break;
      case bytes_field(kAttributes): decoder_.attribute(field.get_view()); break;
      case varint_field(kDroppedAttributesCount):
        link.dropped_attributes_count = field.get_uint32();
        break;
      case fixed32_field(kFlags): link.flags = field.get_fixed32(); break;
      default: field.skip();
    }
  });
  link.attributes = decoder_.take_attributes(attributes);
  decoder_.push(links_, link);
}

void SpanDecoder::status(std::string_view message, SpanRow& row) {
  row.status_code = 0;
  row.status_message = {};
  for_each_field(message, [&](Reader& field) {
    switch (field.tag_and_type()) {
      case varint_field(status::kCode): row.status_code = field.get_enum(); break;
      case bytes_field(status::kMessage):
        row.status_message = decoder_.text(field.get_view());
        break;
      default: field.skip();
    }
  });
}

}  // namespace

void decode_spans(Decoder& decoder, std::string_view request) {
  SpanDecoder items(decoder);
  decode_request(decoder, request, items);
}

void Encoder::span(Writer& record, std::size_t row) {
  using namespace span;
  const SpanColumns& spans = batch_.spans;
  const bool has_start = spans.time_source[row] == model::TimeSource::kSender;
  const Timestamp start = has_start ? spans.time[row] : 0;
  id(record, kTraceId, spans.trace_id[row]);
  id(record, kSpanId, spans.span_id[row]);
  text(record, kTraceState, spans.trace_state[row]);
  id(record, kParentSpanId, spans.parent_span_id[row]);
  text(record, kName, spans.name[row]);
  number(record, kKind, spans.kind[row]);
  record_time(record, kStartTime, spans.time[row], spans.time_source[row]);
  time(record, kEndTime, sum(start, spans.duration[row]));
  attributes(record, kAttributes, spans.attributes[row]);
  number(record, kDroppedAttributesCount, spans.dropped_attributes_count[row]);
  for (const SpanEvent& item : spans.events[row]) {
    message(record, kEvents, [&](Writer& out) { event(out, item); });
  }
  number(record, kDroppedEventsCount, spans.dropped_events_count[row]);
  for (const SpanLink& item : spans.links[row]) {
    message(record, kLinks, [&](Writer& out) { link(out, item); });
  }
  number(record, kDroppedLinksCount, spans.dropped_links_count[row]);
  status(record, row);
  if (spans.flags[row] != 0) record.add_fixed32(kFlags, spans.flags[row]);
}

void Encoder::event(Writer& out, const SpanEvent& event) {
  time(out, event::kTime, event.time);
  text(out, event::kName, event.name);
  attributes(out, event::kAttributes, event.attributes);
  number(out, event::kDroppedAttributesCount, event.dropped_attributes_count);
}

void Encoder::link(Writer& out, const SpanLink& link) {
  id(out, link::kTraceId, link.trace_id);
  id(out, link::kSpanId, link.span_id);
  text(out, link::kTraceState, link.trace_state);
  attributes(out, link::kAttributes, link.attributes);
  number(out, link::kDroppedAttributesCount, link.dropped_attributes_count);
  if (link.flags != 0) out.add_fixed32(link::kFlags, link.flags);
}

void Encoder::status(Writer& record, std::size_t row) {
  Writer out(record, span::kStatus);  // Taken back when both are unset, as SDKs leave it out.
  text(out, status::kMessage, batch_.spans.status_message[row]);
  number(out, status::kCode, batch_.spans.status_code[row]);
}

}  // namespace obs::codec::otlp
