// The columns of spans at rest.

#include "libobs/codec/record.h"
#include "libobs/store/row_fill.h"

namespace obs::store {
namespace {

using model::SpanColumns;

struct SpanRecords {
  static std::uint32_t scope(const model::Batch& batch, std::uint32_t row) {
    return batch.spans.scope[row];
  }

  static void add_extra(ExtraJson& extra, const RowBatch& b, std::uint32_t row) {
    const SpanColumns& spans = b.batch->spans;
    extra.add_time_source(spans.time_source[row]);
    extra.add_count("dropped_attributes_count", spans.dropped_attributes_count[row]);
    extra.add_count("dropped_events_count", spans.dropped_events_count[row]);
    extra.add_count("dropped_links_count", spans.dropped_links_count[row]);
  }
};

using Origin = OriginColumns<SpanRecords>;

template <auto Member>
const auto& column(const model::Batch& batch) {
  return batch.spans.*Member;
}

// An enumeration by name; a number that OTLP does not know stays a number.
template <class Get, class Name>
void fill_names(const RowSlice& rows, ColumnOut& out, Get get, Name name) {
  each_row(rows, [&](idx_t i, const RowBatch& b, std::uint32_t row) {
    const std::int32_t number = get(*b.batch)[row];
    const std::string_view known = name(number);
    if (!known.empty()) return out.text(i, known);
    out.made_text(i, std::to_string(number));
  });
}

constexpr RowColumn kColumns[] = {
    {"time", CellType::kTimestamp,
     [](const RowSlice& rows, ColumnOut& out) {
       fill_numbers<Timestamp>(rows, out, column<&SpanColumns::time>);
     }},
    {"duration_ns", CellType::kInt64,
     [](const RowSlice& rows, ColumnOut& out) {
       fill_numbers<Duration>(rows, out, column<&SpanColumns::duration>);
     }},
    {"service", CellType::kText, Origin::service},
    {"name", CellType::kText,
     [](const RowSlice& rows, ColumnOut& out) {
       each_row(rows, [&](idx_t i, const RowBatch& b, std::uint32_t row) {
         out.text(i, b.batch->spans.name[row]);
       });
     }},
    {"kind", CellType::kText,
     [](const RowSlice& rows, ColumnOut& out) {
       fill_names(rows, out, column<&SpanColumns::kind>, model::span_kind_name);
     }},
    {"status", CellType::kText,
     [](const RowSlice& rows, ColumnOut& out) {
       fill_names(rows, out, column<&SpanColumns::status_code>, model::status_code_name);
     }},
    {"status_message", CellType::kText,
     [](const RowSlice& rows, ColumnOut& out) {
       fill_optional_text(rows, out, column<&SpanColumns::status_message>);
     }},
    {"trace_id", CellType::kText,
     [](const RowSlice& rows, ColumnOut& out) {
       fill_ids(rows, out, column<&SpanColumns::trace_id>);
     }},
    {"span_id", CellType::kText,
     [](const RowSlice& rows, ColumnOut& out) {
       fill_ids(rows, out, column<&SpanColumns::span_id>);
     }},
    {"parent_span_id", CellType::kText,
     [](const RowSlice& rows, ColumnOut& out) {
       fill_ids(rows, out, column<&SpanColumns::parent_span_id>);
     }},
    {"attributes", CellType::kJson,
     [](const RowSlice& rows, ColumnOut& out) {
       fill_attributes(rows, out, column<&SpanColumns::attributes>);
     }},
    {"resource", CellType::kJson, Origin::resource},
    {"scope", CellType::kJson, Origin::scope},
    {"events", CellType::kJson,
     [](const RowSlice& rows, ColumnOut& out) {
       fill_json_list(rows, out, column<&SpanColumns::events>, codec::append_record_events);
     }},
    {"links", CellType::kJson,
     [](const RowSlice& rows, ColumnOut& out) {
       fill_json_list(rows, out, column<&SpanColumns::links>, codec::append_record_links);
     }},
    {"trace_state", CellType::kText,
     [](const RowSlice& rows, ColumnOut& out) {
       fill_optional_text(rows, out, column<&SpanColumns::trace_state>);
     }},
    {"flags", CellType::kUint32,
     [](const RowSlice& rows, ColumnOut& out) {
       fill_numbers<std::uint32_t>(rows, out, column<&SpanColumns::flags>);
     }},
    {"seq", CellType::kUint64, Origin::seq},
    {"project", CellType::kText, Origin::project},
    {"resource_id", CellType::kUint32, Origin::resource_id},
    {"extra", CellType::kJson, Origin::extra},
    {"block", CellType::kUint32, Origin::block},
};

}  // namespace

std::span<const RowColumn> span_columns() { return kColumns; }

}  // namespace obs::store
