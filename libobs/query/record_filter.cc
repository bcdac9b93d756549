#include "libobs/query/record_filter.h"

#include <fmt/format.h>

#include "libobs/query/record_line.h"
#include "libobs/query/views.h"
#include "libobs/store/attribute_pointer.h"
#include "libobs/store/duckdb.h"
#include "libobs/store/scan_condition.h"

namespace obs::query {
namespace {

using model::Signal;
using store::to_sql_identifier;
using store::to_sql_string;

class Conditions {
 public:
  void add(std::string condition) {
    text_ += text_.empty() ? " WHERE " : " AND ";
    text_ += condition;
  }

  void add_any(std::string_view column, const std::vector<std::string>& values) {
    if (values.empty()) return;
    std::string list;
    for (const std::string& value : values) {
      if (!list.empty()) list += ", ";
      list += to_sql_string(value);
    }
    add(fmt::format("{} IN ({})", column, list));
  }

  void add_time(std::string_view comparison, const std::optional<Timestamp>& time) {
    if (time) add(fmt::format("time {} TIMESTAMP_NS '{}'", comparison, to_rfc3339(*time)));
  }

  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::string conditions(Signal signal, const RecordFilter& filter, RecordColumns columns,
                       std::string_view project) {
  Conditions all;
  if (columns == RecordColumns::kLine) all.add("project = " + to_sql_string(project));
  all.add_time(">=", filter.since);
  all.add_time("<", filter.until);
  all.add_any("service", filter.services);
  all.add_any("name", filter.names);
  all.add_any("status", filter.statuses);
  if (!filter.trace_id.empty()) all.add("trace_id = " + to_sql_string(filter.trace_id));
  if (filter.least_severity > 0) all.add(store::severity_condition(filter.least_severity));
  for (const std::string& phrase : filter.phrases) {
    all.add(fmt::format("has({}, {})", signal == Signal::kLogs ? "body" : "name",
                        to_sql_string(phrase)));
  }
  for (const auto& [key, value] : filter.attributes) {
    all.add(fmt::format("json_extract_string(attributes, {}) = {}",
                        to_sql_string(store::to_pointer(key)), to_sql_string(value)));
  }
  if (filter.after_seq > 0) all.add(fmt::format("seq > {}", filter.after_seq));
  if (!filter.condition.empty()) all.add(filter.condition);
  return all.text();
}

std::string select(const std::string& list, const std::string& table, const View& view,
                   const std::string& where, std::uint64_t newest, RecordOrder order) {
  std::string sql = fmt::format("SELECT {} FROM {} AS {}{}", list, table, view.name, where);
  if (newest > 0) {
    sql = fmt::format("SELECT * FROM ({} ORDER BY time DESC, seq DESC LIMIT {})", sql, newest);
  }
  if (order == RecordOrder::kTime) sql += " ORDER BY time, seq";
  if (order == RecordOrder::kArrival) sql += " ORDER BY seq";
  return sql;
}

}  // namespace

std::string select_members(Signal signal, const RecordFilter& filter,
                           std::span<const std::string> members, RecordOrder order,
                           std::string_view project) {
  const View& view = view_of(signal);
  return select(fmt::format("{}", fmt::join(members, ", ")),
                fmt::format("{}.{}.{}", kViewCatalog, kViewSchema, view.name), view,
                conditions(signal, filter, RecordColumns::kLine, project), filter.newest, order);
}

std::string select_records(Signal signal, const RecordFilter& filter, RecordColumns columns,
                           RecordOrder order, std::string_view project) {
  const View& view = view_of(signal);
  const bool shown = columns == RecordColumns::kShown;
  std::vector<std::string> list;
  for (std::string_view column : shown ? view.columns : record_columns(signal)) {
    list.push_back(to_sql_identifier(column));
  }
  if (!shown) return select_members(signal, filter, list, order, project);
  return select(fmt::format("{}", fmt::join(list, ", ")), full_name(view), view,
                conditions(signal, filter, columns, project), filter.newest, order);
}

}  // namespace obs::query
