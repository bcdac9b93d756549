#include "libobs/query/sql_walk.h"

#include <algorithm>

#include <fmt/format.h>

#include "libobs/base/text.h"
#include "libobs/query/sql_text.h"

namespace obs::query {
namespace {

// What users call the nodes that they may try and we do not know.
std::string_view name_for_people(std::string_view type) {
  if (type == "SHOW_REF") return "SHOW, DESCRIBE or SUMMARIZE";
  if (type == "VALUE_PARAMETER") return "a parameter ($1, ?)";
  if (type == "VALUE_DEFAULT") return "DEFAULT";
  return type.empty() ? "this kind of SQL" : type;
}

}  // namespace

Result<void> SqlWalker::walk(SqlNode& statement) {
  return walk_part(SqlPart::kStatement, statement);
}

Result<void> SqlWalker::walk_part(SqlPart part, SqlNode& value) {
  if (value.is_null()) return {};
  switch (part) {
    case SqlPart::kData: return {};
    case SqlPart::kNull: return refuse(value, "AT (VERSION or TIMESTAMP)");
    case SqlPart::kExpression: return walk_expression(value);
    case SqlPart::kExpressions:
    case SqlPart::kRows:
    case SqlPart::kCases:
    case SqlPart::kNamed:
    case SqlPart::kOrders:
    case SqlPart::kModifiers: return walk_each(part, value);
    case SqlPart::kOrderBy:
    case SqlPart::kStatement:
    case SqlPart::kConstant: return walk_members(find_part_shape(part), value);
    case SqlPart::kQuery:
    case SqlPart::kRecursion: return walk_query(value);
    case SqlPart::kCtes: return {};  // Walked before its siblings.
    case SqlPart::kTable: return walk_table(value);
    case SqlPart::kType: return visitor_.visit_type(value);
    case SqlPart::kFunction:
      OBS_TRY_VOID(visitor_.visit_table_function(value));
      return walk_members(find_expression_shape(value.text_of("class")), value);
  }
  return refuse(value, {});
}

Result<void> SqlWalker::walk_each(SqlPart part, SqlNode& list) {
  if (!list.is_array()) return refuse(list, {});
  for (SqlNode& item : list.items()) {
    switch (part) {
      case SqlPart::kExpressions: OBS_TRY_VOID(walk_expression(item)); break;
      case SqlPart::kRows: OBS_TRY_VOID(walk_each(SqlPart::kExpressions, item)); break;
      case SqlPart::kModifiers:
        OBS_TRY_VOID(walk_members(find_modifier_shape(item.text_of("type")), item));
        break;
      default: OBS_TRY_VOID(walk_members(find_part_shape(part), item));
    }
  }
  return {};
}

// A member without an entry in the shape may hold a word or text, never a node.
Result<void> SqlWalker::walk_members(const SqlShape* shape, SqlNode& node) {
  if (shape == nullptr || !node.is_object()) return refuse(node, {});
  for (std::size_t i = 0; i < node.names().size(); ++i) {
    const SqlMember* member = find_member(*shape, node.names()[i]);
    SqlNode& value = node.items()[i];
    if (member != nullptr) {
      const bool recursion = member->part == SqlPart::kRecursion;
      if (recursion) ctes_.push_back(to_lower(node.text_of("cte_name")));
      OBS_TRY_VOID(walk_part(member->part, value));
      if (recursion) ctes_.pop_back();
    } else if (value.is_array() || value.is_object()) {
      return refuse(node, {});
    }
  }
  return {};
}

Result<void> SqlWalker::walk_expression(SqlNode& node) {
  const bool nests = node.text_of("class") == "SUBQUERY" || node.text_of("class") == "LAMBDA";
  if (nests && ++subqueries_ > kMaxSubqueryDepth) {
    return fail(sql_error(sql_, find_location(node), "subqueries are nested too deeply"));
  }
  OBS_TRY_VOID(visitor_.visit_expression(node));
  OBS_TRY_VOID(walk_members(find_expression_shape(node.text_of("class")), node));
  if (nests) --subqueries_;
  return {};
}

Result<void> SqlWalker::walk_table(SqlNode& node) {
  if (node.text_of("type") == "BASE_TABLE") {
    const std::string name = to_lower(node.text_of("table_name"));
    const bool in_scope = std::find(ctes_.begin(), ctes_.end(), name) != ctes_.end();
    OBS_TRY_VOID(visitor_.visit_table(node, in_scope));
  }
  return walk_members(find_table_shape(node.text_of("type")), node);
}

// The names of WITH are in scope everywhere else in the query, and nowhere once it ends.
Result<void> SqlWalker::walk_query(SqlNode& node) {
  const SqlShape* shape = find_query_shape(node.text_of("type"));
  const std::size_t outer = ctes_.size();
  if (SqlNode* ctes = node.find("cte_map")) OBS_TRY_VOID(walk_ctes(*ctes));
  if (SqlNode* list = node.find("select_list")) {
    for (SqlNode& item : list->items()) OBS_TRY_VOID(visitor_.visit_select_item(item));
  }
  OBS_TRY_VOID(walk_members(shape, node));
  ctes_.resize(outer);
  return {};
}

// Each sees those before it. One that names itself without being recursive means the table of that
// name to DuckDB, so its own name must not be in scope yet.
Result<void> SqlWalker::walk_ctes(SqlNode& map) {
  SqlNode* entries = map.find("map");
  if (entries == nullptr || !entries->is_array()) return refuse(map, {});
  for (SqlNode& entry : entries->items()) {
    SqlNode* query = entry.find("value");
    if (query == nullptr) return refuse(entry, {});
    OBS_TRY_VOID(walk_members(find_part_shape(SqlPart::kCtes), *query));
    ctes_.push_back(to_lower(entry.text_of("key")));
  }
  return {};
}

Failure<Error> SqlWalker::refuse(const SqlNode& node, std::string_view what) const {
  if (what.empty()) what = name_for_people(node.text_of("type"));
  return fail(sql_error(sql_, find_location(node), fmt::format("{} is not allowed here", what)));
}

}  // namespace obs::query
