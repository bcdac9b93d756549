#include "libobs/query/sql_shape.h"

#include <algorithm>

namespace obs::query {
namespace {

using P = SqlPart;

// Members that hold no node need no entry; `type`, `alias` and the like are words and strings.

constexpr SqlMember kBetween[] = {
    {"input", P::kExpression}, {"lower", P::kExpression}, {"upper", P::kExpression}};
constexpr SqlMember kCase[] = {{"case_checks", P::kCases}, {"else_expr", P::kExpression}};
constexpr SqlMember kCast[] = {{"child", P::kExpression}, {"cast_type", P::kType}};
constexpr SqlMember kCollate[] = {{"child", P::kExpression}};
constexpr SqlMember kColumnRef[] = {{"column_names", P::kData}};
constexpr SqlMember kComparison[] = {{"left", P::kExpression}, {"right", P::kExpression}};
constexpr SqlMember kChildren[] = {{"children", P::kExpressions}};
constexpr SqlMember kConstant[] = {{"value", P::kConstant}};
constexpr SqlMember kFunction[] = {
    {"children", P::kExpressions}, {"filter", P::kExpression}, {"order_bys", P::kOrderBy}};
constexpr SqlMember kLambda[] = {{"lhs", P::kExpression}, {"expr", P::kExpression}};
constexpr SqlMember kStar[] = {{"exclude_list", P::kData},
                               {"qualified_exclude_list", P::kData},
                               {"rename_list", P::kData},
                               {"replace_list", P::kNamed},
                               {"expr", P::kExpression}};
constexpr SqlMember kSubquery[] = {{"subquery", P::kStatement}, {"child", P::kExpression}};
constexpr SqlMember kWindow[] = {
    {"children", P::kExpressions},   {"partitions", P::kExpressions},
    {"orders", P::kOrders},          {"arg_orders", P::kOrders},
    {"start_expr", P::kExpression},  {"end_expr", P::kExpression},
    {"offset_expr", P::kExpression}, {"default_expr", P::kExpression},
    {"filter_expr", P::kExpression},
};

constexpr SqlShape kExpressions[] = {
    {"BETWEEN", kBetween},
    {"CASE", kCase},
    {"CAST", kCast},
    {"COLLATE", kCollate},
    {"COLUMN_REF", kColumnRef},
    {"COMPARISON", kComparison},
    {"CONJUNCTION", kChildren},
    {"CONSTANT", kConstant},
    {"FUNCTION", kFunction},
    {"LAMBDA", kLambda},
    {"OPERATOR", kChildren},
    {"POSITIONAL_REFERENCE", {}},
    {"STAR", kStar},
    {"SUBQUERY", kSubquery},
    {"WINDOW", kWindow},
};

constexpr SqlMember kBaseTable[] = {
    {"sample", P::kData}, {"column_name_alias", P::kData}, {"at_clause", P::kNull}};
constexpr SqlMember kSubqueryTable[] = {
    {"sample", P::kData}, {"column_name_alias", P::kData}, {"subquery", P::kStatement}};
constexpr SqlMember kJoin[] = {
    {"sample", P::kData},        {"left", P::kTable},
    {"right", P::kTable},        {"condition", P::kExpression},
    {"using_columns", P::kData}, {"duplicate_eliminated_columns", P::kExpressions}};
constexpr SqlMember kTableFunction[] = {
    {"sample", P::kData}, {"column_name_alias", P::kData}, {"function", P::kFunction}};
constexpr SqlMember kExpressionList[] = {{"sample", P::kData},
                                         {"expected_names", P::kData},
                                         {"expected_types", P::kData},
                                         {"values", P::kRows}};
constexpr SqlMember kEmpty[] = {{"sample", P::kData}};

constexpr SqlShape kTables[] = {
    {"BASE_TABLE", kBaseTable},         {"SUBQUERY", kSubqueryTable},         {"JOIN", kJoin},
    {"TABLE_FUNCTION", kTableFunction}, {"EXPRESSION_LIST", kExpressionList}, {"EMPTY", kEmpty},
};

constexpr SqlMember kSelect[] = {
    {"modifiers", P::kModifiers},
    {"cte_map", P::kCtes},
    {"select_list", P::kExpressions},
    {"from_table", P::kTable},
    {"where_clause", P::kExpression},
    {"group_expressions", P::kExpressions},
    {"group_sets", P::kData},
    {"having", P::kExpression},
    {"sample", P::kData},
    {"qualify", P::kExpression},
};
constexpr SqlMember kSetOperation[] = {
    {"modifiers", P::kModifiers}, {"cte_map", P::kCtes}, {"left", P::kQuery}, {"right", P::kQuery}};
constexpr SqlMember kRecursive[] = {{"modifiers", P::kModifiers}, {"cte_map", P::kCtes},
                                    {"left", P::kQuery},          {"right", P::kRecursion},
                                    {"aliases", P::kData},        {"key_targets", P::kExpressions}};

constexpr SqlShape kQueries[] = {{"SELECT_NODE", kSelect},
                                 {"SET_OPERATION_NODE", kSetOperation},
                                 {"RECURSIVE_CTE_NODE", kRecursive}};

constexpr SqlMember kLimit[] = {{"limit", P::kExpression}, {"offset", P::kExpression}};
constexpr SqlMember kOrder[] = {{"orders", P::kOrders}};
constexpr SqlMember kDistinct[] = {{"distinct_on_targets", P::kExpressions}};

constexpr SqlShape kModifiers[] = {{"LIMIT_MODIFIER", kLimit},
                                   {"LIMIT_PERCENT_MODIFIER", kLimit},
                                   {"ORDER_MODIFIER", kOrder},
                                   {"DISTINCT_MODIFIER", kDistinct}};

constexpr SqlMember kCaseItem[] = {{"when_expr", P::kExpression}, {"then_expr", P::kExpression}};
constexpr SqlMember kNamedItem[] = {{"value", P::kExpression}};
constexpr SqlMember kOrderItem[] = {{"expression", P::kExpression}};
constexpr SqlMember kStatement[] = {{"node", P::kQuery}, {"named_param_map", P::kData}};
constexpr SqlMember kCte[] = {
    {"aliases", P::kData}, {"query", P::kStatement}, {"key_targets", P::kExpressions}};
constexpr SqlMember kLiteral[] = {{"type", P::kType}, {"value", P::kData}};

constexpr SqlShape kCaseShape = {"case", kCaseItem};
constexpr SqlShape kNamedShape = {"named", kNamedItem};
constexpr SqlShape kOrderShape = {"order", kOrderItem};
constexpr SqlShape kOrderByShape = {"order by", kOrder};
constexpr SqlShape kStatementShape = {"statement", kStatement};
constexpr SqlShape kCteShape = {"with", kCte};
constexpr SqlShape kLiteralShape = {"literal", kLiteral};

template <class Items>
auto find_named(const Items& items, std::string_view name) {
  const auto found = std::find_if(std::begin(items), std::end(items),
                                  [&](const auto& item) { return item.name == name; });
  return found == std::end(items) ? nullptr : &*found;
}

}  // namespace

const SqlShape* find_expression_shape(std::string_view name) {
  return find_named(kExpressions, name);
}
const SqlShape* find_table_shape(std::string_view name) { return find_named(kTables, name); }
const SqlShape* find_query_shape(std::string_view name) { return find_named(kQueries, name); }
const SqlShape* find_modifier_shape(std::string_view name) { return find_named(kModifiers, name); }

const SqlShape* find_part_shape(SqlPart part) {
  switch (part) {
    case P::kCases: return &kCaseShape;
    case P::kNamed: return &kNamedShape;
    case P::kOrders: return &kOrderShape;
    case P::kOrderBy: return &kOrderByShape;
    case P::kStatement: return &kStatementShape;
    case P::kCtes: return &kCteShape;
    case P::kConstant: return &kLiteralShape;
    default: return nullptr;
  }
}

const SqlMember* find_member(const SqlShape& shape, std::string_view name) {
  return find_named(shape.members, name);
}

}  // namespace obs::query
