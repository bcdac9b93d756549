#include "libobs/codec/otlp_json_decode.h"
#include "libobs/codec/otlp_json_names.h"

namespace obs::codec::otlp_json {
namespace {

enum class Field {
  kNone,
  kTime,
  kObservedTime,
  kSeverityNumber,
  kSeverityText,
  kBody,
  kAttributes,
  kDropped,
  kFlags,
  kTraceId,
  kSpanId,
  kEventName
};

constexpr auto kFields = key_table<Field>({{"timeUnixNano", Field::kTime},
                                           {"observedTimeUnixNano", Field::kObservedTime},
                                           {"severityNumber", Field::kSeverityNumber},
                                           {"severityText", Field::kSeverityText},
                                           {"body", Field::kBody},
                                           {"attributes", Field::kAttributes},
                                           {"droppedAttributesCount", Field::kDropped},
                                           {"flags", Field::kFlags},
                                           {"traceId", Field::kTraceId},
                                           {"spanId", Field::kSpanId},
                                           {"eventName", Field::kEventName}});

class LogItems final : public Items {
 public:
  explicit LogItems(Decoder& decoder) : decoder_(decoder), columns_(decoder.batch().logs) {}

  std::size_t size() const override { return columns_.size(); }
  void truncate(std::size_t size) override { truncate_rows(columns_, size); }
  void decode(std::uint32_t scope) override;

 private:
  void read(Field field, LogRow& row, Timestamp& sent);

  Decoder& decoder_;
  model::LogColumns& columns_;
};

void LogItems::read(Field field, LogRow& row, Timestamp& sent) {
  switch (field) {
    case Field::kTime: return decoder_.time(sent, "timeUnixNano is no time up to 2262");
    case Field::kObservedTime:
      return decoder_.time(row.observed_time, "observedTimeUnixNano is no time up to 2262");
    case Field::kSeverityNumber:
      return decoder_.enumeration(row.severity_number, parse_severity_name,
                                  "severityNumber is no severity");
    case Field::kSeverityText:
      return decoder_.text(row.severity_text, "severityText is not a string");
    case Field::kBody: row.body = decoder_.value(); return;
    case Field::kAttributes: row.attributes = decoder_.attributes(); return;
    case Field::kDropped:
      return decoder_.integer(row.dropped_attributes_count,
                              "droppedAttributesCount is not a uint32");
    case Field::kFlags: return decoder_.integer(row.flags, "flags are not a uint32");
    case Field::kTraceId: return decoder_.id(row.trace_id, "traceId is not 32 hex digits");
    case Field::kSpanId: return decoder_.id(row.span_id, "spanId is not 16 hex digits");
    case Field::kEventName: return decoder_.text(row.event_name, "eventName is not a string");
    case Field::kNone: return;
  }
}

void LogItems::decode(std::uint32_t scope) {
  const Decoder::Level level(decoder_);
  LogRow row;
  row.scope = scope;
  Timestamp sent = 0;
  decoder_.object(kFields, "log record is not an object",
                  [&](Field field) { read(field, row, sent); });
  if (!decoder_.count_record(level)) return;
  row.time = resolve_time(sent, row.observed_time, decoder_.batch().received);
  decoder_.claim(sizeof row);
  append_row(columns_, row);
}

}  // namespace

void decode_logs(Decoder& decoder) {
  LogItems items(decoder);
  decode_request(decoder, items);
}

}  // namespace obs::codec::otlp_json
