#include "libobs/codec/otlp_protobuf_decode.h"
#include "libobs/codec/otlp_protobuf_encode.h"

namespace obs::codec::otlp {

using model::LogColumns;

namespace {

class LogDecoder final : public ItemDecoder {
 public:
  explicit LogDecoder(Decoder& decoder) : decoder_(decoder), columns_(decoder.batch().logs) {}

  std::size_t size() const override { return columns_.size(); }
  void reserve(std::size_t more) override {
    decoder_.claim(more * sizeof(LogRow));
    reserve_rows(columns_, more);
  }
  void decode(std::string_view message, std::uint32_t scope) override;

 private:
  Decoder& decoder_;
  LogColumns& columns_;
};

void LogDecoder::decode(std::string_view message, std::uint32_t scope) {
  using namespace log_record;
  decoder_.begin_record(message);
  LogRow row;
  row.scope = scope;
  Timestamp sent = 0;
  Timestamp received = 0;
  const std::size_t attributes = decoder_.attributes.mark();
  for_each_field(message, [&](Reader& field) {
    switch (field.tag_and_type()) {
      case fixed64_field(kTime):
        sent = decoder_.time(field.get_fixed64(), "time_unix_nano is beyond the year 2262");
        break;
      case fixed64_field(kObservedTime):
        row.observed_time =
            decoder_.time(field.get_fixed64(), "observed_time_unix_nano is beyond the year 2262");
        break;
      case varint_field(kSeverityNumber): row.severity_number = field.get_enum(); break;
      case bytes_field(kSeverityText): row.severity_text = decoder_.text(field.get_view()); break;
      case bytes_field(kBody): row.body = decoder_.value(field.get_view()); break;
      case bytes_field(kAttributes): decoder_.attribute(field.get_view()); break;
      case varint_field(kDroppedAttributesCount):
        row.dropped_attributes_count = field.get_uint32();
        break;
      case fixed32_field(kFlags): row.flags = field.get_fixed32(); break;
      case bytes_field(kTraceId):
        decoder_.id(field.get_view(), row.trace_id, "trace_id is not 16 bytes");
        break;
      case bytes_field(kSpanId):
        decoder_.id(field.get_view(), row.span_id, "span_id is not 8 bytes");
        break;
      case bytes_field(kEventName): row.event_name = decoder_.text(field.get_view()); break;
      case fixed64_field(kReceivedTime): received = decoder_.received_time(field); break;
      default: field.skip();
    }
  });
  row.attributes = decoder_.take_attributes(attributes);
  row.time = decoder_.record_time(sent, row.observed_time, received);
  if (decoder_.end_record()) append_row(columns_, row);
}

}  // namespace

void decode_logs(Decoder& decoder, std::string_view request) {
  LogDecoder items(decoder);
  decode_request(decoder, request, items);
}

void Encoder::log_record(Writer& record, std::size_t row) {
  using namespace log_record;
  const LogColumns& logs = batch_.logs;
  record_time(record, kTime, logs.time[row], logs.time_source[row]);
  number(record, kSeverityNumber, logs.severity_number[row]);
  text(record, kSeverityText, logs.severity_text[row]);
  value(record, kBody, logs.body[row]);
  attributes(record, kAttributes, logs.attributes[row]);
  number(record, kDroppedAttributesCount, logs.dropped_attributes_count[row]);
  if (logs.flags[row] != 0) record.add_fixed32(kFlags, logs.flags[row]);
  id(record, kTraceId, logs.trace_id[row]);
  id(record, kSpanId, logs.span_id[row]);
  time(record, kObservedTime, logs.observed_time[row]);
  text(record, kEventName, logs.event_name[row]);
}

}  // namespace obs::codec::otlp
