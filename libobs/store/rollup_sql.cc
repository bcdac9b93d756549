#include "libobs/store/rollup_sql.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "libobs/base/text.h"
#include "libobs/store/cube.h"
#include "libobs/store/peers.h"
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

// What finds the peer of a span, as columns that follow others: its kind, and its texts.
std::string peer_columns(std::string_view table) {
  std::string paths;
  for (const std::string_view key : kPeerKeys) {
    paths += fmt::format("{}'$.\"{}\"'", paths.empty() ? "" : ", ", key);
  }
  return fmt::format(
      "{0}.kind, CASE WHEN {0}.kind IN ('client', 'producer', 'consumer') THEN "
      "json_extract_string({0}.attributes, [{1}]) END AS texts",
      table, paths);
}

// The texts one by one, of a relation with a column of that name.
std::string text_columns() {
  std::string columns;
  for (std::size_t i = 1; i <= kPeerKeys.size(); ++i) columns += fmt::format(", texts[{}]", i);
  return columns;
}

std::int32_t kind_of(std::string_view name) {
  return name == "client" ? 3 : name == "producer" ? 4 : name == "consumer" ? 5 : 0;
}

// `row`: the kind, then the texts.
Peer to_peer(Row row) {
  PeerTexts texts;
  for (std::size_t i = 0; i < texts.size(); ++i) texts[i] = text_of(row[i + 1]);
  return find_peer(kind_of(text_of(row[0])), texts);
}

// project, service, time, duration_ns, status, trace_state, then what to_peer() wants.
void add_peer(Row row, bool is_answer, Rollup& rollup) {
  const Peer peer = to_peer(row.subspan(6));
  const std::string service(text_of(row[1]));
  if (peer.kind == PeerKind::kNone || service.empty() || service == peer.name) return;
  if (is_answer && peer.kind != PeerKind::kExternal) return;
  RollupKey key{
      std::string(text_of(row[0])),
      {service, peer.name, std::string(is_answer ? kAnsweredEdge : edge_label(peer.kind)), ""}};
  if (peer.kind == PeerKind::kQueueIn) std::swap(key.labels[0], key.labels[1]);
  rollup.at(key)[minute_of(number_of(row[2]))].add(span_weight(text_of(row[5])),
                                                   text_of(row[4]) == kErrorStatus,
                                                   duration_bucket(number_of(row[3])));
}

constexpr std::string_view kPeerSpan =
    "project, service, time, duration_ns, status, trace_state, kind";

Result<void> count_peers(Connection& connection, const std::string& own, Rollup& rollup) {
  const std::string sql = fmt::format(
      "SELECT {}{} FROM (SELECT s.project, s.service, s.time, s.duration_ns, s.status, "
      "s.trace_state, {} FROM {} AS s) WHERE texts IS NOT NULL",
      kPeerSpan, text_columns(), peer_columns("s"), own);
  return each_row(connection, sql, [&](Row row) { add_peer(row, false, rollup); });
}

// Client spans whose first call, by seq, came with this one or after, and one of both is in `own`.
Result<void> count_answers(Connection& connection, const std::string& own, const std::string& all,
                           Rollup& rollup) {
  const std::string sql = fmt::format(
      "WITH replies AS (SELECT p.seq AS seq, min(c.seq) AS answer FROM {1} AS p JOIN {1} AS c ON "
      "{2} "
      "WHERE p.kind = 'client' AND p.trace_id IN (SELECT trace_id FROM {0}) GROUP BY p.seq) "
      "SELECT {3}{4} FROM (SELECT s.project, s.service, s.time, s.duration_ns, s.status, "
      "s.trace_state, {5} FROM {1} AS s JOIN replies ON replies.seq = s.seq "
      "WHERE greatest(replies.seq, replies.answer) IN (SELECT seq FROM {0}))",
      own, all, kIsParent, kPeerSpan, text_columns(), peer_columns("s"));
  return each_row(connection, sql, [&](Row row) { add_peer(row, true, rollup); });
}

// project, trace_id, span_id, parent_span_id, service, time, duration_ns, status, trace_state, then
// what to_peer() wants.
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
  if (span.origin == 0) return true;
  const Peer peer = to_peer(row.subspan(9));
  span.peer = tracker.peer(text_of(row[0]), peer.name);
  if (span.peer != 0) span.peer_kind = peer.kind;
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
  OBS_TRY_VOID(count_peers(connection, own, rollup));
  OBS_TRY_VOID(count_answers(connection, own, all, rollup));
  return rollup;
}

Result<void> recall_links(Connection& connection, const std::string& spans, std::uint64_t least_seq,
                          EdgeTracker& tracker) {
  std::vector<LinkedSpan> links;
  OBS_TRY_VOID(each_row(
      connection,
      fmt::format("SELECT project, trace_id, span_id, parent_span_id, service, time, duration_ns, "
                  "status, trace_state, kind{} FROM (SELECT s.* EXCLUDE (kind), {} FROM {} AS s "
                  "WHERE s.seq >= {})",
                  text_columns(), peer_columns("s"), spans, least_seq),
      [&](Row row) {
        LinkedSpan span;
        if (to_linked(row, tracker, span)) links.push_back(span);
      }));
  tracker.adopt(links);
  return {};
}

}  // namespace obs::store
