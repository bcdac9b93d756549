// The columns of log records at rest.

#include "libobs/store/row_fill.h"

namespace obs::store {
namespace {

using model::LogColumns;
using model::ValueKind;

struct LogRecords {
  static std::uint32_t scope(const model::Batch& batch, std::uint32_t row) {
    return batch.logs.scope[row];
  }

  static void add_extra(ExtraJson& extra, const RowBatch& b, std::uint32_t row) {
    const LogColumns& logs = b.batch->logs;
    extra.add_time_source(logs.time_source[row]);
    if (logs.observed_time[row] == 0) extra.add_text("observed_time_source", "received");
    const ValueKind body = logs.body[row].kind();
    if (body != ValueKind::kNone && body != ValueKind::kString) {
      extra.begin("body_json") += "true";
    }
    extra.add_count("dropped_attributes_count", logs.dropped_attributes_count[row]);
  }
};

using Origin = OriginColumns<LogRecords>;

// One log column as an array, for the fillers that only copy.
template <auto Member>
const auto& column(const model::Batch& batch) {
  return batch.logs.*Member;
}

void fill_observed_time(const RowSlice& rows, ColumnOut& out) {
  each_row(rows, [&](idx_t i, const RowBatch& b, std::uint32_t row) {
    const Timestamp sent = b.batch->logs.observed_time[row];
    out.set(i, sent != 0 ? sent : b.batch->received);
  });
}

// The word for the number; without a number, for the text that was sent instead.
void fill_severity(const RowSlice& rows, ColumnOut& out) {
  each_row(rows, [&](idx_t i, const RowBatch& b, std::uint32_t row) {
    std::int32_t number = b.batch->logs.severity_number[row];
    if (number == 0) number = model::parse_severity(b.batch->logs.severity_text[row]);
    out.text_or_null(i, model::severity_name(number));
  });
}

void fill_severity_number(const RowSlice& rows, ColumnOut& out) {
  each_row(rows, [&](idx_t i, const RowBatch& b, std::uint32_t row) {
    const std::int32_t number = b.batch->logs.severity_number[row];
    if (number == 0) return out.null(i);
    out.set(i, number);
  });
}

void fill_body(const RowSlice& rows, ColumnOut& out) {
  std::string json;
  each_row(rows, [&](idx_t i, const RowBatch& b, std::uint32_t row) {
    const model::Value& body = b.batch->logs.body[row];
    if (body.is_string()) return out.text(i, body.as_string());
    if (body.kind() == ValueKind::kNone) return out.null(i);
    json.clear();
    codec::append_record_value(json, body);
    out.made_text(i, json);
  });
}

constexpr RowColumn kColumns[] = {
    {"time", CellType::kTimestamp,
     [](const RowSlice& rows, ColumnOut& out) {
       fill_numbers<Timestamp>(rows, out, column<&LogColumns::time>);
     }},
    {"observed_time", CellType::kTimestamp, fill_observed_time},
    {"service", CellType::kText, Origin::service},
    {"severity", CellType::kText, fill_severity},
    {"severity_number", CellType::kInt32, fill_severity_number},
    {"severity_text", CellType::kText,
     [](const RowSlice& rows, ColumnOut& out) {
       fill_optional_text(rows, out, column<&LogColumns::severity_text>);
     }},
    {"body", CellType::kText, fill_body},
    {"event_name", CellType::kText,
     [](const RowSlice& rows, ColumnOut& out) {
       fill_optional_text(rows, out, column<&LogColumns::event_name>);
     }},
    {"trace_id", CellType::kText,
     [](const RowSlice& rows, ColumnOut& out) {
       fill_ids(rows, out, column<&LogColumns::trace_id>);
     }},
    {"span_id", CellType::kText,
     [](const RowSlice& rows, ColumnOut& out) {
       fill_ids(rows, out, column<&LogColumns::span_id>);
     }},
    {"attributes", CellType::kJson,
     [](const RowSlice& rows, ColumnOut& out) {
       fill_attributes(rows, out, column<&LogColumns::attributes>);
     }},
    {"resource", CellType::kJson, Origin::resource},
    {"scope", CellType::kJson, Origin::scope},
    {"flags", CellType::kUint32,
     [](const RowSlice& rows, ColumnOut& out) {
       fill_numbers<std::uint32_t>(rows, out, column<&LogColumns::flags>);
     }},
    {"seq", CellType::kUint64, Origin::seq},
    {"project", CellType::kText, Origin::project},
    {"resource_id", CellType::kUint32, Origin::resource_id},
    {"extra", CellType::kJson, Origin::extra},
    {"block", CellType::kUint32, Origin::block},
};

}  // namespace

std::span<const RowColumn> log_columns() { return kColumns; }

}  // namespace obs::store
