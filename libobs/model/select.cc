// Picking rows out of a batch. Each column is listed once; the assertions see to it that a column
// added to the header is not forgotten here.

#include <tuple>

#include "libobs/model/batch.h"

namespace obs::model {
namespace {

constexpr std::tuple kLogColumns = {&LogColumns::time,
                                    &LogColumns::time_source,
                                    &LogColumns::observed_time,
                                    &LogColumns::scope,
                                    &LogColumns::severity_number,
                                    &LogColumns::severity_text,
                                    &LogColumns::body,
                                    &LogColumns::event_name,
                                    &LogColumns::attributes,
                                    &LogColumns::dropped_attributes_count,
                                    &LogColumns::flags,
                                    &LogColumns::trace_id,
                                    &LogColumns::span_id};

constexpr std::tuple kSpanColumns = {&SpanColumns::time,
                                     &SpanColumns::time_source,
                                     &SpanColumns::duration,
                                     &SpanColumns::scope,
                                     &SpanColumns::trace_id,
                                     &SpanColumns::span_id,
                                     &SpanColumns::parent_span_id,
                                     &SpanColumns::name,
                                     &SpanColumns::kind,
                                     &SpanColumns::status_code,
                                     &SpanColumns::status_message,
                                     &SpanColumns::trace_state,
                                     &SpanColumns::flags,
                                     &SpanColumns::attributes,
                                     &SpanColumns::events,
                                     &SpanColumns::links,
                                     &SpanColumns::dropped_attributes_count,
                                     &SpanColumns::dropped_events_count,
                                     &SpanColumns::dropped_links_count};

constexpr std::tuple kMetricColumns = {
    &MetricColumns::time,   &MetricColumns::time_source,  &MetricColumns::start_time,
    &MetricColumns::metric, &MetricColumns::attributes,   &MetricColumns::flags,
    &MetricColumns::value,  &MetricColumns::distribution, &MetricColumns::exemplars};

template <class Columns, class Tuple>
constexpr bool lists_all(const Tuple&, std::size_t others) {
  return sizeof(Columns) == (std::tuple_size_v<Tuple> + others) * sizeof(std::vector<int>);
}
static_assert(lists_all<LogColumns>(kLogColumns, 0));
static_assert(lists_all<SpanColumns>(kSpanColumns, 0));
// `metrics` is a table, and `series` what a decoder knows of the bytes.
static_assert(lists_all<MetricColumns>(kMetricColumns, 2));

template <class T>
std::vector<T> pick(const std::vector<T>& column, std::span<const std::uint32_t> keep) {
  std::vector<T> picked;
  picked.reserve(keep.size());
  for (const std::uint32_t row : keep) picked.push_back(column[row]);
  return picked;
}

template <class Columns, class Tuple>
void select(const Columns& from, Columns& to, std::span<const std::uint32_t> keep,
            const Tuple& columns) {
  std::apply([&](auto... column) { ((to.*column = pick(from.*column, keep)), ...); }, columns);
}

}  // namespace

Batch select_rows(const Batch& batch, std::span<const std::uint32_t> keep) {
  Batch out;
  out.signal = batch.signal;
  out.arena = batch.arena;
  out.project = batch.project;
  out.received = batch.received;
  out.resources = batch.resources;
  out.scopes = batch.scopes;
  out.metrics.metrics = batch.metrics.metrics;
  switch (batch.signal) {
    case Signal::kLogs: select(batch.logs, out.logs, keep, kLogColumns); break;
    case Signal::kSpans: select(batch.spans, out.spans, keep, kSpanColumns); break;
    case Signal::kMetrics: select(batch.metrics, out.metrics, keep, kMetricColumns); break;
  }
  return out;
}

}  // namespace obs::model
