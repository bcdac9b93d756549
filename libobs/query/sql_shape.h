// What a SELECT may consist of: for each kind of node of DuckDB's syntax tree, its members that
// hold further nodes and those that hold plain data. A node or member that is not named here is
// one we do not know, and so one we refuse.

#pragma once

#include <span>
#include <string_view>

namespace obs::query {

enum class SqlPart {
  kExpression,   // Or null.
  kExpressions,  // A list.
  kRows,         // A list of lists: VALUES.
  kCases,        // A list of CASE's WHEN and THEN.
  kNamed,        // A list of REPLACE's names and expressions.
  kOrders,       // A list of ORDER BY's expressions and directions.
  kOrderBy,      // Such a list, in an object.
  kModifiers,    // A list of ORDER BY, LIMIT, DISTINCT.
  kQuery,        // A query node.
  kRecursion,    // A query node that sees the name of the WITH query it belongs to.
  kStatement,    // A query node, in an object.
  kCtes,         // WITH: {map: a list of {key, value: {query: statement, …}}}.
  kTable,        // A table reference.
  kFunction,     // A table function's call.
  kType,         // A type.
  kConstant,     // A literal: type and value.
  kData,         // Names, numbers, options: nothing that runs.
  kNull,         // Must be null: a feature we do not let through.
};

struct SqlMember {
  std::string_view name;
  SqlPart part;
};

struct SqlShape {
  std::string_view name;
  std::span<const SqlMember> members;
};

// By an expression's `class`, and by the `type` of the others; nullptr when there is none such.
const SqlShape* find_expression_shape(std::string_view name);
const SqlShape* find_table_shape(std::string_view name);
const SqlShape* find_query_shape(std::string_view name);
const SqlShape* find_modifier_shape(std::string_view name);
// By where it stands: kCases, kNamed, kOrders and kCtes (of each item), kOrderBy, kStatement,
// kConstant.
const SqlShape* find_part_shape(SqlPart part);

const SqlMember* find_member(const SqlShape& shape, std::string_view name);

}  // namespace obs::query
