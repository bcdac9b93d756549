#include "libobs/store/rollup_sql.h"

#include <vector>

#include <fmt/format.h>

#include "libobs/base/text.h"
#include "libobs/store/cube.h"
#include "libobs/store/span_rollup.h"

namespace obs::store {
namespace {

using Row = std::span<const model::Value>;

std::string_view text_of(const model::Value& value) {
  return value.kind() == model::ValueKind::kString ? value.as_string() : std::string_view();
}

std::int64_t number_of(const model::Value& value) {
  return value.kind() == model::ValueKind::kInt ? value.as_int() : 0;
}

template <class Use>
Result<void> each_row(Connection& connection, const std::string& sql, Use use) {
  OBS_TRY(const auto rows, connection.query(sql));
  Row row;
  for (;;) {
    OBS_TRY(const bool more, rows->next(row));
    if (!more) return {};
    use(row);
  }
}

// An edge's sides; in column order of the queries below.
constexpr std::string_view kEdge =
    "SELECT p.project, p.service, c.service, c.time, c.duration_ns, c.status, c.trace_state";
constexpr std::string_view kIsParent =
    "c.project = p.project AND c.trace_id = p.trace_id AND c.parent_span_id = p.span_id AND "
    "c.service <> p.service AND c.service <> '' AND p.service <> ''";

// project, trace_id, span_id, parent_span_id, service, time, duration_ns, status, trace_state.
bool to_linked(Row row, EdgeTracker& tracker, LinkedSpan& span) {
  model::TraceId trace;
  model::SpanId id;
  if (!parse_hex(text_of(row[1]), trace.bytes) || !parse_hex(text_of(row[2]), id.bytes)) {
    return false;
  }
  span.id = link_id(text_of(row[0]), trace.bytes, id.bytes);
  if (parse_hex(text_of(row[3]), id.bytes)) {
    span.parent = link_id(text_of(row[0]), trace.bytes, id.bytes);
  }
  span.origin = tracker.origin(text_of(row[0]), text_of(row[4]));
  span.minute = minute_of(number_of(row[5]));
  span.bucket = duration_bucket(number_of(row[6]));
  span.is_error = text_of(row[7]) == kErrorStatus;
  span.weight = span_weight(text_of(row[8]));
  return true;
}

}  // namespace

Result<Rollup> count_span_metrics(Connection& connection, const std::string& spans) {
  SpanMetrics metrics;
  OBS_TRY_VOID(each_row(
      connection,
      "SELECT project, service, name, kind, status, time, duration_ns, trace_state FROM " + spans,
      [&](Row row) {
        metrics.add({text_of(row[0]), text_of(row[1]), text_of(row[2]), text_of(row[3]),
                     text_of(row[4]), number_of(row[5]), number_of(row[6]), text_of(row[7])});
      }));
  return metrics.rollup();
}

Result<Rollup> count_edges(Connection& connection, const std::string& own, const std::string& all) {
  Rollup rollup;
  const std::string sql = fmt::format(
      "{0} FROM {1} AS c JOIN {2} AS p ON {3} AND p.seq < c.seq UNION ALL "
      "{0} FROM {1} AS p JOIN {2} AS c ON {3} AND c.seq < p.seq",
      kEdge, own, all, kIsParent);
  OBS_TRY_VOID(each_row(connection, sql, [&](Row row) {
    const RollupKey key{std::string(text_of(row[0])),
                        {std::string(text_of(row[1])), std::string(text_of(row[2])), "", ""}};
    rollup.at(key)[minute_of(number_of(row[3]))].add(span_weight(text_of(row[6])),
                                                     text_of(row[5]) == kErrorStatus,
                                                     duration_bucket(number_of(row[4])));
  }));
  return rollup;
}

Result<void> recall_links(Connection& connection, const std::string& spans, std::uint64_t least_seq,
                          EdgeTracker& tracker) {
  std::vector<LinkedSpan> links;
  OBS_TRY_VOID(each_row(
      connection,
      fmt::format("SELECT project, trace_id, span_id, parent_span_id, service, time, duration_ns, "
                  "status, trace_state FROM {} WHERE seq >= {}",
                  spans, least_seq),
      [&](Row row) {
        LinkedSpan span;
        if (to_linked(row, tracker, span)) links.push_back(span);
      }));
  tracker.adopt(links);
  return {};
}

}  // namespace obs::store
