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

std::string table(model::Signal signal) { return full_name(view_of(signal)); }

}  // namespace

// Each table is read once; what another table tells is NULL, and an aggregate skips that.
std::string select_services(std::optional<Timestamp> since, std::optional<Timestamp> until) {
  const std::string where = within(since, until);
  const std::string spans = fmt::format(
      "SELECT service, count(*) AS spans, count(*) FILTER (status = 'error') AS errors, "
      "quantile_cont(duration_ns, 0.5)::BIGINT AS p50_ns, "
      "quantile_cont(duration_ns, 0.95)::BIGINT AS p95_ns, max(time) AS last_seen "
      "FROM {}{} GROUP BY service",
      table(model::Signal::kSpans), where);
  const std::string logs = fmt::format(
      "SELECT service, count(*) AS logs, count(*) FILTER (severity = 'warn') AS log_warnings, "
      "count(*) FILTER (severity IN ('error', 'fatal')) AS log_errors, max(time) AS last_seen "
      "FROM {}{} GROUP BY service",
      table(model::Signal::kLogs), where);
  const std::string points = fmt::format(
      "SELECT service, count(*) AS points, max(time) AS last_seen FROM {}{} GROUP BY service",
      table(model::Signal::kMetrics), where);
  return fmt::format(
      "SELECT service, coalesce(max(spans), 0) AS spans, coalesce(max(errors), 0) AS errors, "
      "max(p50_ns) AS p50_ns, max(p95_ns) AS p95_ns, coalesce(max(logs), 0) AS logs, "
      "coalesce(max(log_warnings), 0) AS log_warnings, "
      "coalesce(max(log_errors), 0) AS log_errors, coalesce(max(points), 0) AS points, "
      "max(last_seen) AS last_seen "
      "FROM ({} UNION ALL BY NAME {} UNION ALL BY NAME {}) GROUP BY service ORDER BY service",
      spans, logs, points);
}

}  // namespace obs::query
