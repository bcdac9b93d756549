#include "libobs/store/scan.h"

#include <fmt/format.h>

#include "libobs/store/scan_condition.h"

namespace obs::store {
namespace {

using model::Signal;

std::string order_sql(ScanOrder order) {
  switch (order) {
    case ScanOrder::kOldestFirst: return " ORDER BY time, seq";
    case ScanOrder::kNewestFirst: return " ORDER BY time DESC, seq DESC";
    case ScanOrder::kArrival: return " ORDER BY seq";
    case ScanOrder::kAny: break;
  }
  return {};
}

std::string limit_sql(std::uint64_t limit) {
  return limit == 0 ? std::string() : fmt::format(" LIMIT {}", limit);
}

std::string column_list(const RecordScan& scan) {
  std::string list;
  for (const std::string& column : scan.columns) {
    list += (list.empty() ? "" : ", ") + to_sql_identifier(column);
  }
  return list;
}

// What the filter does not say.
std::string other_conditions(const RecordScan& scan) {
  std::string text;
  if (scan.after_seq > 0) text += fmt::format(" AND seq > {}", scan.after_seq);
  if (!scan.condition.empty()) text += fmt::format(" AND ({})", scan.condition);
  return text;
}

std::string any_of(std::string_view column, const std::vector<std::string>& values) {
  std::string list;
  for (const std::string& value : values) {
    list += (list.empty() ? "" : ", ") + to_sql_string(value);
  }
  return fmt::format(" AND {} IN ({})", column, list);
}

// Those that are asked for, and that filters and orders name. A condition may name any.
std::vector<std::string> needed_columns(Signal signal, const RecordScan& scan) {
  if (!scan.condition.empty() || signal == Signal::kMetrics) return {};
  std::vector<std::string> needed = scan.columns;
  for (const char* column : {"time", "seq", "project", "service", "trace_id", "resource"}) {
    needed.emplace_back(column);
  }
  if (signal == Signal::kLogs) {
    for (const char* column : {"severity", "severity_number", "body"}) needed.emplace_back(column);
  } else {
    needed.emplace_back("name");
  }
  return needed;
}

RecordScan to_records(const SpanScan& scan) {
  RecordScan records = scan;
  std::string more;
  if (!scan.names.empty()) more += any_of("name", scan.names);
  if (!scan.statuses.empty()) more += any_of("status", scan.statuses);
  if (scan.least_duration > 0) more += fmt::format(" AND duration_ns >= {}", scan.least_duration);
  if (!more.empty()) {
    records.condition = (scan.condition.empty() ? "true" : "(" + scan.condition + ")") + more;
  }
  return records;
}

}  // namespace

Result<std::string> plan_scan(Session& session, Signal signal, const RecordScan& scan,
                              ScanExplanation* explanation) {
  ScanFilter filter = scan.filter;
  const std::vector<std::string> keys = keys_of(filter);
  const std::string others = other_conditions(scan);
  const bool takes_latest = scan.order == ScanOrder::kNewestFirst && scan.limit > 0;
  const std::uint64_t newest = scan.newest > 0 ? scan.newest : takes_latest ? scan.limit : 0;
  if (newest > 0) {
    OBS_TRY(const auto start,
            session.find_newest_start(signal, filter, keys, to_condition(signal, filter) + others,
                                      others.empty(), newest));
    if (start && (!filter.since || *filter.since < *start)) filter.since = start;
  }
  ScanExplanation narrowed;
  OBS_TRY(const std::string view,
          session.make_scan_view(signal, filter, needed_columns(signal, scan), keys, narrowed));
  if (explanation != nullptr) *explanation = narrowed;

  std::string sql = fmt::format("SELECT {} FROM {} AS {} WHERE {}{}", column_list(scan), view,
                                to_sql_identifier(model::to_string(signal)),
                                to_condition(signal, filter), others);
  if (scan.newest == 0) return sql + order_sql(scan.order) + limit_sql(scan.limit);
  sql += order_sql(ScanOrder::kNewestFirst) + limit_sql(scan.newest);
  if (scan.order == ScanOrder::kNewestFirst && scan.limit == 0) return sql;
  return fmt::format("SELECT * FROM ({}){}{}", sql, order_sql(scan.order), limit_sql(scan.limit));
}

Result<std::string> plan_scan(Session& session, const SpanScan& scan,
                              ScanExplanation* explanation) {
  return plan_scan(session, Signal::kSpans, to_records(scan), explanation);
}

Result<std::unique_ptr<RowStream>> scan_logs(Session& session, const LogScan& scan,
                                             ScanExplanation* explanation) {
  OBS_TRY(const std::string sql, plan_scan(session, Signal::kLogs, scan, explanation));
  return session.connection().query(sql);
}

Result<std::unique_ptr<RowStream>> scan_spans(Session& session, const SpanScan& scan,
                                              ScanExplanation* explanation) {
  OBS_TRY(const std::string sql, plan_scan(session, scan, explanation));
  return session.connection().query(sql);
}

}  // namespace obs::store
