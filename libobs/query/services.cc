#include "libobs/query/services.h"

#include <fmt/format.h>

#include "libobs/query/views.h"

namespace obs::query {
namespace {

std::string within(const std::optional<Timestamp>& since, const std::optional<Timestamp>& until) {
  std::string where = " WHERE true";
  if (since) where += fmt::format(" AND time >= TIMESTAMP_NS '{}'", to_rfc3339(*since));
  if (until) where += fmt::format(" AND time < TIMESTAMP_NS '{}'", to_rfc3339(*until));
  return where;
}

Timestamp minute_begin(Timestamp time) { return time - (time % kMinute + kMinute) % kMinute; }

std::string table(std::string_view name) { return full_name(*find_view(name)); }

}  // namespace

// Each table is read once; what another table tells is NULL, and an aggregate skips that. Minutes
// are whole.
std::string select_services(std::optional<Timestamp> since, std::optional<Timestamp> until) {
  const std::string where = within(since, until);
  std::optional<Timestamp> minute = since;
  if (minute) *minute = minute_begin(*minute);
  const std::string where_minute = within(minute, until);
  const std::string spans = fmt::format(
      "SELECT service, round(sum(calls))::BIGINT AS spans, round(sum(errors))::BIGINT AS errors, "
      "weighted_quantile(duration_ns, calls, 0.5)::BIGINT AS p50_ns, "
      "weighted_quantile(duration_ns, calls, 0.95)::BIGINT AS p95_ns, max(time) AS last_seen "
      "FROM {}{} GROUP BY service",
      table("span_metrics"), where_minute);
  const std::string logs = fmt::format(
      "SELECT service, sum(count)::BIGINT AS logs, "
      "sum(count) FILTER (severity = 'warn')::BIGINT AS log_warnings, "
      "sum(count) FILTER (severity IN ('error', 'fatal'))::BIGINT AS log_errors, "
      "max(time) AS last_seen FROM {}{} GROUP BY service",
      table("log_counts"), where_minute);
  const std::string points = fmt::format(
      "SELECT service, count(*) AS points, max(time) AS last_seen FROM {}{} GROUP BY service",
      table("metrics"), where);
  return fmt::format(
      "SELECT service, coalesce(max(spans), 0) AS spans, coalesce(max(errors), 0) AS errors, "
      "max(p50_ns) AS p50_ns, max(p95_ns) AS p95_ns, coalesce(max(logs), 0) AS logs, "
      "coalesce(max(log_warnings), 0) AS log_warnings, "
      "coalesce(max(log_errors), 0) AS log_errors, coalesce(max(points), 0) AS points, "
      "max(last_seen) AS last_seen "
      "FROM ({} UNION ALL BY NAME {} UNION ALL BY NAME {}) GROUP BY service ORDER BY service",
      spans, logs, points);
}

std::string select_edges(std::optional<Timestamp> since, std::optional<Timestamp> until) {
  if (since) since = minute_begin(*since);
  return fmt::format(
      "SELECT caller, callee, round(sum(calls))::BIGINT AS calls, "
      "round(sum(errors))::BIGINT AS errors, "
      "weighted_quantile(duration_ns, calls, 0.5)::BIGINT AS p50_ns, "
      "weighted_quantile(duration_ns, calls, 0.95)::BIGINT AS p95_ns, "
      "weighted_quantile(duration_ns, calls, 0.99)::BIGINT AS p99_ns, max(time) AS last_seen "
      "FROM {}{} GROUP BY caller, callee ORDER BY caller, callee",
      table("edges"), within(since, until));
}

std::string select_operations(std::optional<Timestamp> since, std::optional<Timestamp> until) {
  if (since) since = minute_begin(*since);
  return fmt::format(
      "SELECT service, name, kind, round(sum(calls))::BIGINT AS calls, "
      "round(sum(errors))::BIGINT AS errors, "
      "weighted_quantile(duration_ns, calls, 0.5)::BIGINT AS p50_ns, "
      "weighted_quantile(duration_ns, calls, 0.95)::BIGINT AS p95_ns, "
      "weighted_quantile(duration_ns, calls, 0.99)::BIGINT AS p99_ns, max(time) AS last_seen "
      "FROM {}{} GROUP BY service, name, kind ORDER BY service, name, kind",
      table("span_metrics"), within(since, until));
}

}  // namespace obs::query
