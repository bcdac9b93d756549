#include "libobs/store/row_schema.h"

#include "libobs/store/duckdb.h"

namespace obs::store {

using model::Signal;

std::span<const RowColumn> row_columns(Signal signal) {
  switch (signal) {
    case Signal::kLogs: return log_columns();
    case Signal::kSpans: return span_columns();
    case Signal::kMetrics: break;
  }
  return point_columns();
}

std::string_view to_sql_type(CellType type) {
  switch (type) {
    case CellType::kTimestamp: return "TIMESTAMP_NS";
    case CellType::kText: return "VARCHAR";
    case CellType::kJson: return "JSON";
    case CellType::kBool: return "BOOLEAN";
    case CellType::kInt32: return "INTEGER";
    case CellType::kInt64: return "BIGINT";
    case CellType::kUint32: return "UINTEGER";
    case CellType::kUint64: return "UBIGINT";
    case CellType::kDouble: return "DOUBLE";
    case CellType::kDoubles: return "DOUBLE[]";
    case CellType::kUint64s: return "UBIGINT[]";
  }
  return "VARCHAR";
}

std::string column_list(Signal signal) {
  std::string list;
  for (const RowColumn& column : row_columns(signal)) {
    if (!list.empty()) list += ", ";
    list += to_sql_identifier(column.name);
  }
  return list;
}

std::string empty_select(Signal signal) {
  std::string list;
  for (const RowColumn& column : row_columns(signal)) {
    if (!list.empty()) list += ", ";
    list += "NULL::";
    list += to_sql_type(column.type);
    list += " AS ";
    list += to_sql_identifier(column.name);
  }
  return "SELECT " + list + " WHERE false";
}

std::string_view directory_of(Signal signal) {
  return signal == Signal::kMetrics ? "points" : model::to_string(signal);
}

std::string_view view_of(Signal signal) { return model::to_string(signal); }

}  // namespace obs::store
