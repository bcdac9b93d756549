#include "libobs/query/views.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "libobs/store/session.h"

namespace obs::query {
namespace {

constexpr std::string_view kLogColumns[] = {
    "time",     "observed_time", "service",  "severity",      "severity_number",
    "body",     "event_name",    "trace_id", "span_id",       "attributes",
    "resource", "scope",         "seq",      "severity_text", "flags"};

constexpr std::string_view kSpanColumns[] = {
    "time",       "duration_ns",    "service",  "name",    "kind",
    "status",     "status_message", "trace_id", "span_id", "parent_span_id",
    "attributes", "resource",       "scope",    "events",  "links",
    "seq",        "trace_state",    "flags"};

constexpr std::string_view kMetricColumns[] = {
    "time",        "name",         "service",    "type",
    "unit",        "attributes",   "value",      "count",
    "sum",         "min",          "max",        "bounds",
    "counts",      "scale",        "zero_count", "zero_threshold",
    "positive",    "negative",     "quantiles",  "exemplars",
    "temporality", "is_monotonic", "start_time", "value_int",
    "description", "resource",     "scope",      "seq",
    "flags"};

constexpr std::array<View, model::kSignalCount> kViews = {{
    {model::Signal::kLogs, "logs", "obs_logs", kLogColumns},
    {model::Signal::kSpans, "spans", "obs_spans", kSpanColumns},
    {model::Signal::kMetrics, "metrics", "obs_metrics", kMetricColumns},
}};

constexpr std::string_view kSpanMetricColumns[] = {"time",   "service",     "name",  "kind",
                                                   "status", "duration_ns", "calls", "errors"};
constexpr std::string_view kEdgeColumns[] = {"time",        "caller", "callee",
                                             "duration_ns", "calls",  "errors"};
constexpr std::string_view kLogCountColumns[] = {"time", "service", "severity", "count"};

using store::CountTable;
constexpr std::array<View, store::kCountTables> kCountViews = {{
    {model::Signal::kSpans, "span_metrics", "obs_span_metrics", kSpanMetricColumns,
     CountTable::kSpanMetrics},
    {model::Signal::kSpans, "edges", "obs_edges", kEdgeColumns, CountTable::kEdges},
    {model::Signal::kLogs, "log_counts", "obs_log_counts", kLogCountColumns,
     CountTable::kLogCounts},
}};

template <class Matches>
const View* find_where(Matches matches) {
  const auto found = std::find_if(kViews.begin(), kViews.end(), matches);
  if (found != kViews.end()) return &*found;
  const auto count = std::find_if(kCountViews.begin(), kCountViews.end(), matches);
  return count == kCountViews.end() ? nullptr : &*count;
}

// So many attributes as columns too, as text and as JSON.
std::string create_statement(const View& view, std::string_view suffix, std::size_t texts,
                             std::size_t jsons, std::string_view project) {
  std::string columns;
  const auto add = [&](std::string_view column) {
    if (!columns.empty()) columns += ", ";
    columns += store::to_sql_identifier(column);
  };
  for (std::string_view column : view.columns) add(column);
  for (std::size_t i = 0; i < texts; ++i) add(store::attribute_column(i));
  for (std::size_t i = 0; i < jsons; ++i) add(store::json_column(i));
  return fmt::format(
      "CREATE OR REPLACE TEMP VIEW {0}{1} AS SELECT {2} FROM {3}.{4}.{5}{1} WHERE project = {6}",
      view.real_name, suffix, columns, kViewCatalog, kViewSchema, view.name,
      store::to_sql_string(project));
}

}  // namespace

std::span<const View> all_views() { return kViews; }
std::span<const View> count_views() { return kCountViews; }

const View& view_of(model::Signal signal) { return kViews[static_cast<std::size_t>(signal)]; }

const View* find_view(std::string_view name) {
  return find_where([&](const View& view) { return view.name == name; });
}

const View* find_real_view(std::string_view name) {
  return find_where([&](const View& view) { return view.real_name == name; });
}

std::string full_name(const View& view) {
  return fmt::format("{}.{}.{}", kViewCatalog, kViewSchema, view.real_name);
}

Result<void> create_views(store::Connection& connection, std::string_view project) {
  for (const View& view : kViews) {
    OBS_TRY_VOID(connection.execute(create_statement(view, "", 0, 0, project)));
  }
  return {};
}

Result<void> create_count_view(store::Connection& connection, const View& view) {
  return connection.execute(fmt::format("CREATE OR REPLACE TEMP VIEW {} AS SELECT * FROM {}.{}.{}",
                                        view.real_name, kViewCatalog, kViewSchema,
                                        store::to_sql_identifier(view.name)));
}

Result<void> create_attribute_view(store::Connection& connection, const View& view,
                                   std::string_view project, std::size_t texts, std::size_t jsons) {
  return connection.execute(create_statement(view, kAttributesSuffix, texts, jsons, project));
}

}  // namespace obs::query
