#include "libobs/query/sql_compile.h"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "libobs/base/text.h"
#include "libobs/query/sql_gate.h"
#include "libobs/query/sql_rewrite.h"
#include "libobs/query/sql_text.h"
#include "libobs/query/sql_tree.h"

namespace obs::query {
namespace {

constexpr std::string_view kSelect = "SELECT ";

// What DuckDB says about a statement that it could not parse, or that is no SELECT.
Error explain_refusal(std::string_view sql, const SqlNode& tree, std::size_t skipped) {
  const std::string_view what = tree.text_of("error_message");
  if (what.starts_with("Only SELECT")) {
    return sql_error(sql, std::nullopt, "only one SELECT is allowed, and no other statement");
  }
  const auto position = parse_uint(tree.text_of("position"));
  if (!position || *position < skipped) return sql_error(sql, std::nullopt, what);
  return sql_error(sql, *position - skipped, what);
}

// `skipped`: bytes put before what the user wrote.
Result<SqlNode> parse(store::Connection& connection, std::string_view given, std::string_view sql,
                      std::size_t skipped = 0) {
  OBS_TRY(const std::string json,
          connection.query_text("SELECT json_serialize_sql($1::VARCHAR)", sql));
  auto tree = parse_sql_tree(json);
  if (!tree && tree.error().code == Errc::kLimitExceeded) {
    return fail(sql_error(given, std::nullopt, "the statement is nested too deeply"));
  }
  if (!tree) return fail(sql_error(given, std::nullopt, "a number in the statement is too large"));
  if (tree->text_of("error") == "true") return fail(explain_refusal(given, *tree, skipped));
  const SqlNode* statements = tree->find("statements");
  const std::size_t count = statements == nullptr ? 0 : statements->items().size();
  if (count == 1) return std::move(*tree);
  return fail(sql_error(given, std::nullopt,
                        count == 0 ? "there is no statement" : "only one statement is allowed"));
}

Result<std::string> print(store::Connection& connection, const SqlNode& tree) {
  return connection.query_text("SELECT json_deserialize_sql($1::JSON)", to_json(tree));
}

SqlNode& statement_of(SqlNode& tree) { return tree.find("statements")->items()[0]; }

Result<void> check(std::string_view sql, SqlNode& tree, SqlGate::Stage stage) {
  SqlGate gate(sql, stage);
  return SqlWalker(sql, gate).walk(statement_of(tree));
}

Result<std::string> check_and_rewrite(store::Connection& connection, std::string_view given,
                                      SqlNode tree, SqlRewrite rewrite) {
  OBS_TRY_VOID(check(given, tree, SqlGate::Stage::kGiven));
  OBS_TRY_VOID(SqlWalker(given, rewrite).walk(statement_of(tree)));
  OBS_TRY(std::string sql, print(connection, tree));
  OBS_TRY(SqlNode printed, parse(connection, sql, sql));
  OBS_TRY_VOID(check(sql, printed, SqlGate::Stage::kRewritten));
  return sql;
}

void shift_locations(SqlNode& node, std::size_t by) {
  if (const auto location = find_location(node); location && *location >= by) {
    node.set("query_location", SqlNode::word(std::to_string(*location - by)));
  }
  for (SqlNode& child : node.items()) shift_locations(child, by);
}

void collect_names(const SqlNode& node, std::vector<std::string>& names) {
  const SqlNode* column = node.find("column_names");
  if (column != nullptr && column->items().size() == 1) {
    names.push_back(to_lower(column->items()[0].text()));
  }
  for (const SqlNode& child : node.items()) collect_names(child, names);
}

// True when nothing but the one column was written after SELECT.
bool is_bare_expression(SqlNode& tree) {
  static constexpr std::array<std::string_view, 4> kNull = {"where_clause", "having", "qualify",
                                                            "sample"};
  static constexpr std::array<std::string_view, 3> kEmpty = {"modifiers", "group_expressions",
                                                             "group_sets"};
  SqlNode* node = statement_of(tree).find("node");
  if (node == nullptr || node->text_of("type") != "SELECT_NODE") return false;
  for (std::string_view name : kNull) {
    if (const SqlNode* part = node->find(name); part == nullptr || !part->is_null()) return false;
  }
  for (std::string_view name : kEmpty) {
    if (const SqlNode* part = node->find(name); part == nullptr || !part->items().empty())
      return false;
  }
  const SqlNode* from = node->find("from_table");
  const SqlNode* list = node->find("select_list");
  return from != nullptr && from->text_of("type") == "EMPTY" && list != nullptr &&
         list->items().size() == 1 && list->items()[0].text_of("class") != "STAR" &&
         list->items()[0].text_of("alias").empty();
}

Result<void> check_size(std::string_view sql) {
  if (sql.size() <= kMaxSqlBytes) return {};
  return fail(
      Errc::kInvalidArgument,
      fmt::format("the statement has {} bytes, over the limit of {}", sql.size(), kMaxSqlBytes));
}

}  // namespace

// An expression as SQL: printed as the one column of a SELECT.
Result<std::string> print_expression(store::Connection& connection, const SqlNode& expression) {
  OBS_TRY(SqlNode frame, parse(connection, {}, "SELECT 1"));
  SqlNode* list = statement_of(frame).find("node")->find("select_list");
  list->items()[0] = expression;
  OBS_TRY(const std::string sql, print(connection, frame));
  return sql.substr(kSelect.size());
}

Result<SqlNode> parse_sql(store::Connection& connection, std::string_view sql) {
  return parse(connection, sql, sql);
}

Result<std::string> print_sql(store::Connection& connection, const SqlNode& tree) {
  return print(connection, tree);
}

Result<std::string> compile_sql(store::Connection& connection, std::string_view sql,
                                Timestamp now) {
  OBS_TRY_VOID(check_size(sql));
  OBS_TRY(SqlNode tree, parse(connection, sql, sql));
  const auto print_one = [&](const SqlNode& expression) {
    return print_expression(connection, expression);
  };
  return check_and_rewrite(connection, sql, std::move(tree), SqlRewrite(now, print_one));
}

Result<Expression> compile_expression(store::Connection& connection, std::string_view expression,
                                      Timestamp now) {
  OBS_TRY_VOID(check_size(expression));
  const std::string sql = std::string(kSelect) + std::string(expression);
  OBS_TRY(SqlNode tree, parse(connection, expression, sql, kSelect.size()));
  if (!is_bare_expression(tree)) {
    return fail(sql_error(expression, std::nullopt, "only one expression is allowed"));
  }
  shift_locations(tree, kSelect.size());
  Expression result;
  collect_names(tree, result.names);
  OBS_TRY(const std::string printed,
          check_and_rewrite(connection, expression, std::move(tree), SqlRewrite(now, nullptr)));
  result.sql = printed.substr(kSelect.size());
  return result;
}

}  // namespace obs::query
