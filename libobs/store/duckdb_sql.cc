#include "libobs/store/duckdb_sql.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "libobs/base/fs.h"
#include "libobs/base/text.h"
#include "libobs/store/attribute_pointer.h"
#include "libobs/store/duckdb.h"
#include "libobs/store/part_groups.h"
#include "libobs/store/point_sql.h"
#include "libobs/store/row_schema.h"
#include "libobs/store/session.h"

namespace obs::store {
namespace {

// Off: a directory such as env=prod above the store would become a column.
constexpr std::string_view kReadOptions = "hive_partitioning = false";
constexpr std::string_view kByNameOptions = "hive_partitioning = false, union_by_name = true";

// What a branch calls the relation it reads.
constexpr std::string_view kTable = "p";

// A wide view has at most so many attributes, those that most rows have in columns.
constexpr std::size_t kMaxWideAttributes = 64;

// An attribute as a column of a view.
struct KeyColumn {
  std::string key;
  std::string name;
  bool is_json = false;    // As JSON, which keeps its type; else as text.
  bool is_absent = false;  // No file has it.
};

std::string quoted_list(std::span<const std::string> items) {
  std::string list = "[";
  for (const std::string& item : items) {
    if (list.size() > 1) list += ", ";
    list += to_sql_string(item);
  }
  return list + "]";
}

std::string hot_column_sql(std::string_view key, std::string_view table) {
  return fmt::format("{}.{}", table, to_sql_identifier(column_of(key)));
}

// NULL where the column is.
std::string hot_json_sql(const HotAttribute& attribute, std::string_view table) {
  const std::string column = hot_column_sql(attribute.key, table);
  return attribute.type == HotType::kText ? fmt::format("to_json({})", column)
                                          : column + "::VARCHAR";
}

// '"http.route":' || to_json(p."attributes.http.route"): NULL, and so left out, where the column
// is.
std::string member_sql(const HotAttribute& attribute, std::string_view table) {
  std::string key;
  append_json_string(key, attribute.key.starts_with('$') ? "$" + attribute.key : attribute.key);
  return fmt::format("{} || {}", to_sql_string(key + ":"), hot_json_sql(attribute, table));
}

// What `function` finds of the attribute in the JSON column. Looking for its name costs a tenth of
// reading the JSON, and most records have no rare one.
std::string lookup_sql(std::string_view function, std::string_view key, std::string_view table) {
  const std::string rest = fmt::format("{}.{}", table, to_sql_identifier(kAttributesColumn));
  const std::string found =
      fmt::format("{}({}, {})", function, rest, to_sql_string(to_pointer(key)));
  if (!is_verbatim_in_json(key)) return found;
  return fmt::format("CASE WHEN contains({}, {}) THEN {} END", rest,
                     to_sql_string(fmt::format("\"{}\":", key)), found);
}

std::string attribute_json_sql(std::span<const HotAttribute> hot, std::string_view key,
                               std::string_view table) {
  if (const HotAttribute* const found = find_hot(hot, key)) {
    return hot_json_sql(*found, table) + "::JSON";
  }
  return lookup_sql("json_extract", key, table);
}

std::string key_sql(std::span<const HotAttribute> hot, const KeyColumn& column) {
  return column.is_json ? attribute_json_sql(hot, column.key, kTable)
                        : attribute_sql(hot, column.key, kTable);
}

std::string null_sql(const KeyColumn& column) {
  return column.is_json ? "NULL::JSON" : "NULL::VARCHAR";
}

// An attribute of a group whose parts need not all have it in a column.
std::string group_attribute_sql(const PartGroup& group, const KeyColumn& column) {
  if (column.is_absent && !group.paths.empty()) return null_sql(column);
  const std::string sql = key_sql(group.hot, column);
  if (find_hot(group.partial, column.key) == nullptr) return sql;
  return fmt::format("coalesce({}, {})", sql, key_sql({}, column));
}

std::string branch(model::Signal signal, const PartGroup& group, const std::string& relation,
                   std::span<const KeyColumn> keys, std::span<const std::string> only = {}) {
  std::string list;
  for (const RowColumn& column : row_columns(signal)) {
    if (!only.empty() && std::find(only.begin(), only.end(), column.name) == only.end()) continue;
    if (!list.empty()) list += ", ";
    if (column.name == kAttributesColumn)
      list += attributes_sql(group.hot, kTable) + " AS ";
    else
      list += fmt::format("{}.", kTable);
    list += to_sql_identifier(column.name);
  }
  for (const KeyColumn& column : keys) {
    list += fmt::format(", {} AS {}", group_attribute_sql(group, column),
                        to_sql_identifier(column.name));
  }
  return fmt::format("SELECT {} FROM {} AS {}", list, relation, kTable);
}

// The same without a row.
std::string no_row(model::Signal signal, std::span<const KeyColumn> keys) {
  std::string select = empty_select(signal);
  std::string list;
  for (const KeyColumn& column : keys) {
    list += fmt::format("{} AS {}, ", null_sql(column), to_sql_identifier(column.name));
  }
  return list.empty()
             ? select
             : fmt::format("SELECT *, {} FROM ({})", list.substr(0, list.size() - 2), select);
}

template <class Item>
std::vector<PartGroup> group_parts(std::span<const Item> items) {
  PartGroups groups;
  for (const Item& item : items) groups.add(item.hot, item.path);
  return groups.groups();
}

std::string join(const std::vector<std::string>& branches, std::string_view between) {
  std::string text;
  for (const std::string& one : branches) {
    if (!text.empty()) text += between;
    text += one;
  }
  return text;
}

std::vector<KeyColumn> wide_columns(std::span<const Part> parts) {
  std::map<std::string_view, std::uint64_t> rows;
  for (const Part& part : parts) {
    for (const HotAttribute& attribute : part.hot) rows[attribute.key] += part.rows;
  }
  std::vector<std::pair<std::uint64_t, std::string_view>> by_rows;
  for (const auto& [key, count] : rows) by_rows.emplace_back(count, key);
  std::sort(by_rows.rbegin(), by_rows.rend());

  std::vector<KeyColumn> columns;
  std::set<std::string> names;  // As DuckDB compares them.
  for (const auto& [count, key] : by_rows) {
    if (columns.size() == kMaxWideAttributes) break;
    if (names.insert(to_lower(key)).second) columns.push_back({std::string(key), column_of(key)});
  }
  std::sort(columns.begin(), columns.end(),
            [](const KeyColumn& a, const KeyColumn& b) { return a.key < b.key; });
  return columns;
}

// Files by their paths in the store.
std::string read_below_dir_sql(std::span<const std::string> paths, bool by_name = false) {
  std::vector<std::string> quoted;
  for (const std::string& path : paths) quoted.push_back(to_sql_string(path));
  return fmt::format("read_parquet([getvariable('obs_dir') || '/' || f FOR f IN [\n  {}\n]], {})",
                     join(quoted, ",\n  "), by_name ? kByNameOptions : kReadOptions);
}

std::string read_files(std::span<const std::string> paths) { return read_parquet_sql(paths); }
std::string read_files_below_dir(std::span<const std::string> paths) {
  return read_below_dir_sql(paths);
}

// `read` makes a relation of paths.
template <class Item, class Read>
PointRelations relate_points(std::span<const Item> items, const std::string& fresh, Read read) {
  std::map<PointShape, std::vector<std::string>> paths;
  for (const Item& item : items) paths[shape_of(item.schema)].push_back(item.path);
  const auto relation = [&](PointShape shape) {
    return paths.count(shape) == 0 ? std::string()
                                   : read(std::span<const std::string>(paths[shape]));
  };
  return {relation(PointShape::kNumbers), relation(PointShape::kDistributions),
          relation(PointShape::kSeries), relation(PointShape::kFlat), fresh};
}

std::vector<KeyColumn> to_columns(const SelectKeys& keys) {
  const auto is_absent = [&](const std::string& key) {
    return std::find(keys.absent.begin(), keys.absent.end(), key) != keys.absent.end();
  };
  std::vector<KeyColumn> columns;
  for (std::size_t i = 0; i < keys.text.size(); ++i) {
    columns.push_back({keys.text[i], attribute_column(i), false, is_absent(keys.text[i])});
  }
  for (std::size_t i = 0; i < keys.json.size(); ++i) {
    columns.push_back({keys.json[i], json_column(i), true, is_absent(keys.json[i])});
  }
  return columns;
}

// Points keep all attributes in one column.
std::string with_attributes(std::string points, std::span<const KeyColumn> keys) {
  if (keys.empty()) return points;
  std::string list = fmt::format("{}.*", kTable);
  for (const KeyColumn& column : keys) {
    list += fmt::format(", {} AS {}", key_sql({}, column), to_sql_identifier(column.name));
  }
  return fmt::format("SELECT {} FROM ({}) AS {}", list, points, kTable);
}

std::string view_over(model::Signal signal, std::span<const Part> parts, const std::string& name,
                      std::span<const KeyColumn> keys) {
  std::vector<std::string> branches;
  if (signal == model::Signal::kMetrics) {
    branches.push_back(select_points(relate_points(parts, {}, read_files_below_dir)));
  } else {
    for (const PartGroup& group : group_parts(parts)) {
      const std::string relation = read_below_dir_sql(group.paths, !group.partial.empty());
      branches.push_back(branch(signal, group, relation, keys));
    }
  }
  if (branches.empty()) branches.push_back(no_row(signal, keys));
  return fmt::format("CREATE OR REPLACE TEMP VIEW {} AS\n{};\n", to_sql_identifier(name),
                     join(branches, "\nUNION ALL\n"));
}

std::string views_over(model::Signal signal, std::span<const Part> parts) {
  std::vector<Part> own;
  for (const Part& part : parts) {
    if (part.signal == signal) own.push_back(part);
  }
  const std::string name(view_of(signal));
  std::string text = "\n" + view_over(signal, own, name, {});
  if (!has_hot_attributes(signal)) return text;
  return text + "\n" + view_over(signal, own, "wide_" + name, wide_columns(own));
}

}  // namespace

PartFile to_file(const std::string& dir, const Part& part) {
  return {join_path(dir, part.path), part.hot, part.schema};
}

std::vector<PartFile> to_files(const std::string& dir, const Part& part,
                               std::span<const Part> all) {
  std::vector<PartFile> files = {to_file(dir, part)};
  if (part.signal != model::Signal::kMetrics || is_series(part)) return files;
  for (const Part& other : all) {
    if (is_series(other)) files.push_back(to_file(dir, other));
  }
  return files;
}

std::string read_parquet_sql(std::span<const std::string> paths, bool by_name) {
  return fmt::format("read_parquet({}, {})", quoted_list(paths),
                     by_name ? kByNameOptions : kReadOptions);
}

std::string attributes_sql(std::span<const HotAttribute> hot, std::string_view table) {
  const std::string rest = fmt::format("{}.{}", table, to_sql_identifier(kAttributesColumn));
  if (hot.empty()) return rest;
  std::string members;
  for (const HotAttribute& attribute : hot) members += member_sql(attribute, table) + ", ";
  return fmt::format("('{{' || concat_ws(',', {}nullif(({}::VARCHAR)[2:-2], '')) || '}}')::JSON",
                     members, rest);
}

std::string attribute_sql(std::span<const HotAttribute> hot, std::string_view key,
                          std::string_view table) {
  const HotAttribute* found = find_hot(hot, key);
  if (found == nullptr) return lookup_sql("json_extract_string", key, table);
  const std::string column = hot_column_sql(key, table);
  return found->type == HotType::kText ? column : column + "::VARCHAR";
}

std::string attribute_column(std::size_t number) { return fmt::format("obs_attribute_{}", number); }
std::string json_column(std::size_t number) { return fmt::format("obs_json_{}", number); }

std::string select_from(model::Signal signal, std::span<const PartFile> files,
                        const std::string& fresh, const SelectKeys& keys,
                        std::span<const std::string> only) {
  const std::vector<KeyColumn> columns = to_columns(keys);
  if (signal == model::Signal::kMetrics) {
    return with_attributes(select_points(relate_points(files, fresh, read_files)), columns);
  }
  std::vector<std::string> branches;
  std::vector<PartFile> whole;
  for (const PartFile& file : files) {
    if (!file.blocks) {
      whole.push_back(file);
      continue;
    }
    const std::string relation = read_parquet_sql(std::span(&file.path, 1));
    branches.push_back(
        fmt::format("{} WHERE {}.block IN ({})",
                    branch(signal, PartGroup{file.hot, {}, {file.path}}, relation, columns, only),
                    kTable, fmt::join(*file.blocks, ", ")));
  }
  for (const PartGroup& group : group_parts(std::span<const PartFile>(whole))) {
    const std::string relation = read_parquet_sql(group.paths, !group.partial.empty());
    branches.push_back(branch(signal, group, relation, columns, only));
  }
  if (!fresh.empty()) branches.push_back(branch(signal, PartGroup(), fresh, columns, only));
  return branches.empty() ? no_row(signal, columns) : join(branches, " UNION ALL ");
}

std::string make_duckdb_sql(const std::string& dir, std::span<const Part> parts) {
  std::string text =
      "-- The records of this obs store that are in Parquet files, as views for any DuckDB:\n"
      "--\n"
      "--   duckdb -init DIR/duckdb.sql\n"
      "--\n"
      "-- The wide views have the most frequent attributes as columns too: quicker to ask for.\n"
      "-- Written anew whenever the files change; read it again (.read) to see later records.\n"
      "-- obs-store(5) describes the columns. If the directory was moved, this line is wrong "
      "until\n"
      "-- a writer opens it:\n";
  text += fmt::format("SET VARIABLE obs_dir = {};\n", to_sql_string(dir));
  for (const model::Signal signal : model::kSignals) text += views_over(signal, parts);
  return text;
}

}  // namespace obs::store
