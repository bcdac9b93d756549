// One record at a time into the columns of a batch.
//
// A decoder fills a row, whose defaults mean "not sent", and appends it: so that the list of a
// signal's columns stands here and nowhere else in the codecs. Text and values in a row lie in the
// batch's arena.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "libobs/base/clock.h"
#include "libobs/model/batch.h"

namespace obs::codec {

// The time of a record and whose it is. A record that carries none gets its observed time (logs
// only; 0 elsewhere), or else the time we received it.
struct RecordTime {
  Timestamp time = 0;
  model::TimeSource source = model::TimeSource::kSender;
};

inline RecordTime resolve_time(Timestamp sent, Timestamp observed, Timestamp received) {
  if (sent != 0) return {sent, model::TimeSource::kSender};
  if (observed != 0) return {observed, model::TimeSource::kObserved};
  return {received, model::TimeSource::kReceived};
}

struct LogRow {
  RecordTime time;
  Timestamp observed_time = 0;
  std::uint32_t scope = 0;
  std::int32_t severity_number = 0;
  std::string_view severity_text;
  model::Value body;
  std::string_view event_name;
  model::Attributes attributes;
  std::uint32_t dropped_attributes_count = 0;
  std::uint32_t flags = 0;
  model::TraceId trace_id;
  model::SpanId span_id;
};

struct SpanRow {
  RecordTime time;
  Duration duration = 0;
  std::uint32_t scope = 0;
  model::TraceId trace_id;
  model::SpanId span_id;
  model::SpanId parent_span_id;
  std::string_view name;
  std::int32_t kind = 0;
  std::int32_t status_code = 0;
  std::string_view status_message;
  std::string_view trace_state;
  std::uint32_t flags = 0;
  model::Attributes attributes;
  std::span<const model::SpanEvent> events;
  std::span<const model::SpanLink> links;
  std::uint32_t dropped_attributes_count = 0;
  std::uint32_t dropped_events_count = 0;
  std::uint32_t dropped_links_count = 0;
};

struct PointRow {
  RecordTime time;
  Timestamp start_time = 0;
  std::uint32_t metric = 0;
  model::Attributes attributes;
  std::uint32_t flags = 0;
  model::Value value;
  const model::Distribution* distribution = nullptr;
  std::span<const model::Exemplar> exemplars;
};

inline void append_row(model::LogColumns& columns, const LogRow& row) {
  columns.time.push_back(row.time.time);
  columns.time_source.push_back(row.time.source);
  columns.observed_time.push_back(row.observed_time);
  columns.scope.push_back(row.scope);
  columns.severity_number.push_back(row.severity_number);
  columns.severity_text.push_back(row.severity_text);
  columns.body.push_back(row.body);
  columns.event_name.push_back(row.event_name);
  columns.attributes.push_back(row.attributes);
  columns.dropped_attributes_count.push_back(row.dropped_attributes_count);
  columns.flags.push_back(row.flags);
  columns.trace_id.push_back(row.trace_id);
  columns.span_id.push_back(row.span_id);
}

inline void append_row(model::SpanColumns& columns, const SpanRow& row) {
  columns.time.push_back(row.time.time);
  columns.time_source.push_back(row.time.source);
  columns.duration.push_back(row.duration);
  columns.scope.push_back(row.scope);
  columns.trace_id.push_back(row.trace_id);
  columns.span_id.push_back(row.span_id);
  columns.parent_span_id.push_back(row.parent_span_id);
  columns.name.push_back(row.name);
  columns.kind.push_back(row.kind);
  columns.status_code.push_back(row.status_code);
  columns.status_message.push_back(row.status_message);
  columns.trace_state.push_back(row.trace_state);
  columns.flags.push_back(row.flags);
  columns.attributes.push_back(row.attributes);
  columns.events.push_back(row.events);
  columns.links.push_back(row.links);
  columns.dropped_attributes_count.push_back(row.dropped_attributes_count);
  columns.dropped_events_count.push_back(row.dropped_events_count);
  columns.dropped_links_count.push_back(row.dropped_links_count);
}

inline void append_row(model::MetricColumns& columns, const PointRow& row) {
  columns.time.push_back(row.time.time);
  columns.time_source.push_back(row.time.source);
  columns.start_time.push_back(row.start_time);
  columns.metric.push_back(row.metric);
  columns.attributes.push_back(row.attributes);
  columns.flags.push_back(row.flags);
  columns.value.push_back(row.value);
  columns.distribution.push_back(row.distribution);
  columns.exemplars.push_back(row.exemplars);
}

// Calls `visit` with each column that has one item a row.
template <class Visit>
void for_each_column(model::LogColumns& columns, Visit&& visit) {
  visit(columns.time);
  visit(columns.time_source);
  visit(columns.observed_time);
  visit(columns.scope);
  visit(columns.severity_number);
  visit(columns.severity_text);
  visit(columns.body);
  visit(columns.event_name);
  visit(columns.attributes);
  visit(columns.dropped_attributes_count);
  visit(columns.flags);
  visit(columns.trace_id);
  visit(columns.span_id);
}

template <class Visit>
void for_each_column(model::SpanColumns& columns, Visit&& visit) {
  visit(columns.time);
  visit(columns.time_source);
  visit(columns.duration);
  visit(columns.scope);
  visit(columns.trace_id);
  visit(columns.span_id);
  visit(columns.parent_span_id);
  visit(columns.name);
  visit(columns.kind);
  visit(columns.status_code);
  visit(columns.status_message);
  visit(columns.trace_state);
  visit(columns.flags);
  visit(columns.attributes);
  visit(columns.events);
  visit(columns.links);
  visit(columns.dropped_attributes_count);
  visit(columns.dropped_events_count);
  visit(columns.dropped_links_count);
}

template <class Visit>
void for_each_column(model::MetricColumns& columns, Visit&& visit) {
  visit(columns.time);
  visit(columns.time_source);
  visit(columns.start_time);
  visit(columns.metric);
  visit(columns.attributes);
  visit(columns.flags);
  visit(columns.value);
  visit(columns.distribution);
  visit(columns.exemplars);
}

// Makes room for `more` rows. Grows at least by half, so that asking for one scope after another
// does not copy every column each time (std::vector::reserve alone would).
template <class Columns>
void reserve_rows(Columns& columns, std::size_t more) {
  for_each_column(columns, [more](auto& column) {
    const std::size_t wanted = column.size() + more;
    if (wanted <= column.capacity()) return;
    column.reserve(std::max(wanted, column.capacity() + column.capacity() / 2));
  });
}

}  // namespace obs::codec
