#include "libobs/store/span_rollup.h"

#include "libobs/base/hash.h"
#include "libobs/store/cube.h"

namespace obs::store {
namespace {

// An enumeration as its column has it; `number` keeps what is not known by name.
std::string_view name_of(std::string_view known, std::int32_t code, std::string& number) {
  if (!known.empty()) return known;
  number = std::to_string(code);
  return number;
}

}  // namespace

void SpanMetrics::add(const RolledSpan& span) {
  std::uint64_t hash = hash64(span.project, 1);
  for (const std::string_view label : {span.service, span.name, span.kind, span.status}) {
    hash = hash64(label, hash);
  }
  Place& place = places_[hash];
  if (place.minutes == nullptr) {
    place.minutes = &rollup_.at({std::string(span.project),
                                 {std::string(span.service), std::string(span.name),
                                  std::string(span.kind), std::string(span.status)}});
  }
  const std::int64_t minute = minute_of(span.time);
  if (place.cell == nullptr || place.minute != minute) {
    place.minute = minute;
    place.cell = &(*place.minutes)[minute];
  }
  place.cell->add(span_weight(span.trace_state), span.status == kErrorStatus,
                  duration_bucket(span.duration));
}

Rollup roll_up_spans(const RowSet& set, std::span<const RowRef> rows) {
  SpanMetrics metrics;
  std::string kind;
  std::string status;
  for (const RowRef ref : rows) {
    const RowBatch& batch = set.batches()[ref.batch];
    const model::SpanColumns& spans = batch.batch->spans;
    const auto& resource = batch.resources[batch.batch->scopes[spans.scope[ref.row]].resource];
    metrics.add({batch.batch->project, resource.service.value_or(std::string_view()),
                 spans.name[ref.row],
                 name_of(model::span_kind_name(spans.kind[ref.row]), spans.kind[ref.row], kind),
                 name_of(model::status_code_name(spans.status_code[ref.row]),
                         spans.status_code[ref.row], status),
                 spans.time[ref.row], spans.duration[ref.row], spans.trace_state[ref.row]});
  }
  return metrics.rollup();
}

}  // namespace obs::store
