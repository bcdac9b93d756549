#include "libobs/store/duckdb_sql.h"

#include <fmt/format.h>

#include "libobs/store/duckdb.h"
#include "libobs/store/row_schema.h"

namespace obs::store {
namespace {

// Off: a directory such as env=prod above the store would become a column.
constexpr std::string_view kReadOptions = "hive_partitioning = false";

std::string quoted_list(std::span<const std::string> items) {
  std::string list = "[";
  for (const std::string& item : items) {
    if (list.size() > 1) list += ", ";
    list += to_sql_string(item);
  }
  return list + "]";
}

std::string view_over(model::Signal signal, std::span<const Part> parts) {
  std::string files;
  for (const Part& part : parts) {
    if (part.signal != signal) continue;
    files += files.empty() ? "\n  " : ",\n  ";
    files += to_sql_string(part.path);
  }
  const std::string head =
      fmt::format("CREATE OR REPLACE TEMP VIEW {} AS\n", to_sql_identifier(view_of(signal)));
  if (files.empty()) return head + empty_select(signal) + ";\n";
  return fmt::format(
      "{}SELECT {}\nFROM read_parquet([getvariable('obs_dir') || '/' || f FOR f IN [{}\n]], {});\n",
      head, column_list(signal), files, kReadOptions);
}

}  // namespace

std::string select_from(model::Signal signal, std::span<const std::string> files,
                        const std::string& fresh) {
  const std::string columns = column_list(signal);
  std::string select;
  if (!files.empty()) {
    select = fmt::format("SELECT {} FROM read_parquet({}, {})", columns, quoted_list(files),
                         kReadOptions);
  }
  if (!fresh.empty()) {
    if (!select.empty()) select += " UNION ALL ";
    select += fmt::format("SELECT {} FROM {}", columns, fresh);
  }
  return select.empty() ? empty_select(signal) : select;
}

std::string make_duckdb_sql(const std::string& dir, std::span<const Part> parts) {
  std::string text =
      "-- The records of this obs store that are in Parquet files, as views for any DuckDB:\n"
      "--\n"
      "--   duckdb -init DIR/duckdb.sql\n"
      "--\n"
      "-- Written anew whenever the files change; read it again (.read) to see later records.\n"
      "-- obs-store(5) describes the columns. If the directory was moved, this line is wrong "
      "until\n"
      "-- a writer opens it:\n";
  text += fmt::format("SET VARIABLE obs_dir = {};\n", to_sql_string(dir));
  for (const model::Signal signal : model::kSignals) text += "\n" + view_over(signal, parts);
  return text;
}

}  // namespace obs::store
