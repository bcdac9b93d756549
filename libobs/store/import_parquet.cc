// Parquet files as records: whatever columns they have, as those of a view.

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "libobs/base/fs.h"
#include "libobs/store/duckdb_sql.h"
#include "libobs/store/import.h"
#include "libobs/store/point_shape.h"
#include "libobs/store/point_sql.h"
#include "libobs/store/row_schema.h"

namespace obs::store {
namespace {

using model::Signal;

constexpr std::string_view kHotPrefix = "attributes.";

// The columns of a file, and DuckDB's names of their types.
class FileColumns {
 public:
  static Result<FileColumns> read(Connection& connection, const std::string& relation) {
    FileColumns columns;
    OBS_TRY(const auto rows, connection.query("DESCRIBE SELECT * FROM " + relation));
    std::span<const model::Value> row;
    for (;;) {
      OBS_TRY(const bool more, rows->next(row));
      if (!more) return columns;
      columns.types_.emplace(row[0].as_string(), row[1].as_string());
    }
  }

  bool has(std::string_view name) const { return types_.find(name) != types_.end(); }
  std::string_view type_of(std::string_view name) const {
    const auto found = types_.find(name);
    return found == types_.end() ? std::string_view() : found->second;
  }

  // Those that a store would make of hot attributes.
  HotAttributes find_hot() const {
    HotAttributes hot;
    for (const auto& [name, type] : types_) {
      if (!name.starts_with(kHotPrefix)) continue;
      for (const HotType known : {HotType::kText, HotType::kInt, HotType::kBool}) {
        if (to_sql_type(known) == type) hot.push_back({name.substr(kHotPrefix.size()), known});
      }
    }
    return hot;
  }

 private:
  std::map<std::string, std::string, std::less<>> types_;
};

Signal guess(const FileColumns& columns) {
  if (columns.has("duration_ns") || columns.has("parent_span_id")) return Signal::kSpans;
  const bool has_point = columns.has("value") || columns.has("count") || columns.has("series_id");
  return has_point && !columns.has("body") ? Signal::kMetrics : Signal::kLogs;
}

std::string time_sql(const std::string& column, std::string_view type) {
  if (type == "TIMESTAMP_NS") return column;
  if (type.starts_with("TIMESTAMP")) return fmt::format("make_timestamp_ns(epoch_ns({}))", column);
  if (type.ends_with("INT") || type == "INTEGER" || type == "UINTEGER") {
    return fmt::format("make_timestamp_ns({}::BIGINT)", column);
  }
  return column + "::TIMESTAMP_NS";
}

std::string json_sql(const std::string& column, std::string_view type) {
  if (type == "JSON" || type == "VARCHAR") return column + "::JSON";
  return fmt::format("to_json({})", column);
}

std::string cell_sql(const FileColumns& columns, const RowColumn& wanted) {
  const std::string column = "p." + to_sql_identifier(wanted.name);
  const std::string_view type = columns.type_of(wanted.name);
  if (type.empty()) {
    // What somebody calls a severity is the text of one.
    if (wanted.name == "severity_text" && !columns.has("severity_number")) {
      if (columns.has("severity")) return "p.severity::VARCHAR";
    }
    return fmt::format("NULL::{}", to_sql_type(wanted.type));
  }
  if (wanted.type == CellType::kTimestamp) return time_sql(column, type);
  if (wanted.type == CellType::kJson) return json_sql(column, type);
  return fmt::format("{}::{}", column, to_sql_type(wanted.type));
}

std::string attributes_of(const FileColumns& columns) {
  const std::string_view type = columns.type_of("attributes");
  if (!type.empty() && type != "JSON" && type != "VARCHAR") return json_sql("p.attributes", type);
  return attributes_sql(columns.find_hot(), "p");
}

std::string select_columns(const FileColumns& columns, const std::string& relation, Signal signal) {
  std::string list;
  for (const RowColumn& column : row_columns(signal)) {
    if (!list.empty()) list += ", ";
    list += column.name == "attributes" ? attributes_of(columns) : cell_sql(columns, column);
    list += " AS " + to_sql_identifier(column.name);
  }
  const std::string from =
      columns.has("attributes")
          ? relation
          : fmt::format("(SELECT *, '{{}}'::JSON AS attributes FROM {})", relation);
  return fmt::format("SELECT {} FROM {} AS p", list, from);
}

// A part of points refers to parts of series, which lie two directories up.
Result<std::string> select_points_of(const std::string& path, const FileColumns& columns) {
  const std::string dir = join_path(parent_path(parent_path(path)), kSeriesPartition);
  std::vector<std::string> series;
  if (const auto files = system_fs().list(dir)) {
    for (const DirEntry& file : *files) {
      if (file.name.ends_with(".parquet")) series.push_back(join_path(dir, file.name));
    }
  }
  if (series.empty()) {
    return fail(Errc::kMalformed,
                fmt::format("its points refer to series that should be in {}; import the store's "
                            "export or restore its backup instead",
                            dir));
  }
  PointRelations relations;
  const std::string own = read_parquet_sql(std::span(&path, 1));
  (columns.has("bounds") || columns.has("count") ? relations.distributions : relations.numbers) =
      own;
  relations.series = read_parquet_sql(series);
  return select_points(relations);
}

}  // namespace

Result<ParquetRecords> select_parquet(Connection& connection, const std::string& path) {
  const std::string relation = read_parquet_sql(std::span(&path, 1));
  auto columns = FileColumns::read(connection, relation);
  if (!columns) return fail(Errc::kMalformed, columns.error().message);
  ParquetRecords records;
  records.signal = guess(*columns);
  if (columns->has("series_id") && !columns->has("type")) {
    OBS_TRY(records.sql, select_points_of(path, *columns));
    return records;
  }
  if (!columns->has("time")) {
    return fail(Errc::kMalformed, "it has no column `time`, so these are no records");
  }
  records.sql = select_columns(*columns, relation, records.signal);
  return records;
}

}  // namespace obs::store
