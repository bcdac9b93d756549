#include "libobs/codec/ndjson_fields.h"
#include "libobs/codec/ndjson_record.h"

namespace obs::codec {

using model::Signal;

namespace {

using F = RecordField;

class LogLine final : public RecordLine {
 public:
  explicit LogLine(LineReader& line)
      : line_(line), json_(line.json), recent_(line.builders.recent(Signal::kLogs)) {}

  void read(RecordField field) override;
  BatchBuilder* keep() override;

 private:
  LineReader& line_;
  JsonReader& json_;
  const BatchBuilder& recent_;
  RecordHead head_;
  LogRow row_;
  std::string_view severity_;
};

void LogLine::read(RecordField field) {
  switch (field) {
    case F::kSeverity: return read_text(json_, severity_, "severity is not a string");
    case F::kSeverityNumber:
      return read_integer(json_, row_.severity_number, "severity_number is not an int32");
    case F::kSeverityText:
      return read_text(json_, row_.severity_text, "severity_text is not a string");
    case F::kBody: row_.body = line_.values.value(); return;
    case F::kTraceId: return read_id(json_, row_.trace_id, "trace_id is not 32 hex digits");
    case F::kSpanId: return read_id(json_, row_.span_id, "span_id is not 16 hex digits");
    case F::kEventName: return read_text(json_, row_.event_name, "event_name is not a string");
    case F::kAttributes: row_.attributes = line_.values.attributes(); return;
    case F::kDropped:
      return read_integer(json_, row_.dropped_attributes_count,
                          "dropped_attributes_count is not a uint32");
    case F::kFlags: return read_integer(json_, row_.flags, "flags are not a uint32");
    default: return head_.read(line_, recent_, field);
  }
}

BatchBuilder* LogLine::keep() {
  BatchBuilder& builder = line_.builders.of_project(Signal::kLogs, head_.project);
  row_.scope = builder.scope(json_, line_.values, head_.context);
  if (!json_.ok()) return nullptr;
  row_.time = head_.record_time(line_.received);
  row_.observed_time = head_.observed_time;
  row_.attributes = head_.with_error(*builder.batch().arena, row_.attributes);
  if (row_.severity_number == 0) row_.severity_number = model::parse_severity(severity_);
  append_row(builder.batch().logs, row_);
  return &builder;
}

}  // namespace

BatchBuilder* read_log(LineReader& line) {
  LogLine record(line);
  return read_record_line(line, record);
}

}  // namespace obs::codec
