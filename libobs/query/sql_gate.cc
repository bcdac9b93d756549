#include "libobs/query/sql_gate.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "libobs/base/text.h"
#include "libobs/query/sql_clock.h"
#include "libobs/query/sql_functions.h"
#include "libobs/query/sql_text.h"
#include "libobs/query/views.h"

namespace obs::query {
namespace {

// What DuckDB makes a function call of when no column has the name. Those that tell the time are
// rewritten instead.
constexpr std::array<std::string_view, 8> kHiddenFunctions = {
    "current_catalog", "current_database", "current_role", "current_schema",
    "current_time",    "current_user",     "localtime",    "session_user"};

constexpr std::array<std::string_view, 33> kTypes = {"NULL",
                                                     "BOOLEAN",
                                                     "TINYINT",
                                                     "SMALLINT",
                                                     "INTEGER",
                                                     "BIGINT",
                                                     "HUGEINT",
                                                     "UTINYINT",
                                                     "USMALLINT",
                                                     "UINTEGER",
                                                     "UBIGINT",
                                                     "UHUGEINT",
                                                     "FLOAT",
                                                     "DOUBLE",
                                                     "DECIMAL",
                                                     "VARCHAR",
                                                     "CHAR",
                                                     "BLOB",
                                                     "DATE",
                                                     "TIME",
                                                     "TIMESTAMP",
                                                     "TIMESTAMP_S",
                                                     "TIMESTAMP_MS",
                                                     "TIMESTAMP_NS",
                                                     "TIMESTAMP WITH TIME ZONE",
                                                     "TIME WITH TIME ZONE",
                                                     "INTERVAL",
                                                     "UUID",
                                                     "BIT",
                                                     "LIST",
                                                     "STRUCT",
                                                     "MAP",
                                                     "ARRAY"};

template <class Names>
bool is_one_of(std::string_view name, const Names& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_small_integer(const SqlNode& node) {
  const SqlNode* constant = node.find("value");
  if (node.text_of("class") != "CONSTANT" || constant == nullptr) return false;
  const auto number = parse_int(constant->text_of("value"));
  const SqlNode* type = constant->find("type");
  return number && *number <= kMaxSizeArgument && *number >= -kMaxSizeArgument && type != nullptr &&
         type->text_of("id") == "INTEGER";
}

}  // namespace

Result<void> SqlGate::visit_expression(SqlNode& node) {
  const std::string_view kind = node.text_of("class");
  if (kind == "FUNCTION" || kind == "WINDOW") return check_function(node);
  if (kind == "COLUMN_REF") return check_column(node);
  return {};
}

Result<void> SqlGate::visit_select_item(SqlNode&) { return {}; }

Result<void> SqlGate::check_function(const SqlNode& node) const {
  const std::string name = to_lower(node.text_of("function_name"));
  OBS_TRY_VOID(check_unqualified(node, name));
  if (!is_allowed_function(name) && !is_clock_function(name)) {
    return refuse(node, fmt::format("function {}() is not allowed", name));
  }
  return check_sizes(node, name);
}

Result<void> SqlGate::check_sizes(const SqlNode& node, std::string_view name) const {
  const SizeArguments sizes = find_size_arguments(name);
  const SqlNode* arguments = node.find("children");
  if (sizes.count == 0 || arguments == nullptr) return {};
  const std::size_t end = std::min(arguments->items().size(), sizes.first + sizes.count);
  for (std::size_t i = sizes.first; i < end; ++i) {
    if (is_small_integer(arguments->items()[i])) continue;
    return refuse(node, fmt::format("function {}() takes only whole numbers up to {} for a size, "
                                    "written out",
                                    name, kMaxSizeArgument));
  }
  return {};
}

// The parser itself puts `main` before the functions that stand for syntax.
Result<void> SqlGate::check_unqualified(const SqlNode& node, std::string_view name) const {
  const std::string_view schema = node.text_of("schema");
  if (node.text_of("catalog").empty() && (schema.empty() || schema == "main")) return {};
  return refuse(node, fmt::format("{}: a schema before a function is not allowed", name));
}

Result<void> SqlGate::check_column(const SqlNode& node) const {
  const SqlNode* names = node.find("column_names");
  if (names == nullptr || names->items().size() != 1) return {};
  const std::string name = to_lower(names->items()[0].text());
  if (!is_one_of(name, kHiddenFunctions)) return {};
  return refuse(node, fmt::format("{} is not allowed", name));
}

Result<void> SqlGate::visit_table(SqlNode& node, bool in_scope) {
  const std::string_view name = node.text_of("table_name");
  if (is_view(node)) return {};
  if (!node.text_of("schema_name").empty() || !node.text_of("catalog_name").empty()) {
    return refuse(node, fmt::format("{}: a schema before a table is not allowed", name));
  }
  if (in_scope) return {};
  return refuse(node, fmt::format("no table \"{}\": there are logs, spans, metrics, span_metrics, "
                                  "edges and log_counts",
                                  name));
}

// A WITH query may be called logs; its name then comes first, as in any SQL.
bool SqlGate::is_view(const SqlNode& table) const {
  const std::string_view name = table.text_of("table_name");
  const std::string_view schema = table.text_of("schema_name");
  const std::string_view catalog = table.text_of("catalog_name");
  if (stage_ == Stage::kGiven) {
    return schema.empty() && catalog.empty() && find_view(to_lower(name)) != nullptr;
  }
  return schema == kViewSchema && catalog == kViewCatalog && find_real_view(name) != nullptr;
}

Result<void> SqlGate::visit_table_function(SqlNode& node) {
  const std::string name = to_lower(node.text_of("function_name"));
  if (node.text_of("class") != "FUNCTION" || !is_allowed_table_function(name)) {
    return refuse(node, fmt::format("table function {}() is not allowed", name));
  }
  return check_unqualified(node, name);
}

Result<void> SqlGate::visit_type(SqlNode& node) {
  if (node.is_null()) return {};
  SqlNode* info = node.find("type_info");
  const std::string_view id = node.text_of("id");
  if (id == "UNBOUND" && info != nullptr) {
    const bool json = equals_ignore_case(info->text_of("name"), "json");
    if (json && info->text_of("schema").empty() && info->text_of("catalog").empty()) return {};
    return refuse(node, fmt::format("type {} is not allowed", info->text_of("name")));
  }
  if (!is_one_of(id, kTypes)) return refuse(node, fmt::format("type {} is not allowed", id));
  if (info == nullptr || info->is_null()) return {};
  if (SqlNode* child = info->find("child_type")) return visit_type(*child);
  SqlNode* fields = info->find("child_types");
  if (fields == nullptr) return {};
  for (SqlNode& field : fields->items()) {
    SqlNode* type = field.find("second");
    if (type == nullptr) return refuse(node, "a field without a type is not allowed");
    OBS_TRY_VOID(visit_type(*type));
  }
  return {};
}

Failure<Error> SqlGate::refuse(const SqlNode& node, std::string_view what) const {
  return fail(sql_error(sql_, find_location(node), what));
}

}  // namespace obs::query
