// Walks a SELECT's syntax tree from its root to its leaves, knowing which WITH names are in scope
// at each table. Whatever sql_shape.h does not know is refused.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/result.h"
#include "libobs/query/sql_shape.h"
#include "libobs/query/sql_tree.h"

namespace obs::query {

// DuckDB 1.5 takes twice as long to plan for each level of subqueries or lambdas in expressions:
// 0.2 s at 20, 7 s at 24, and cannot be interrupted meanwhile.
inline constexpr int kMaxSubqueryDepth = 16;

// Each call comes before those for the node's children, and may change the node.
class SqlVisitor {
 public:
  virtual ~SqlVisitor() = default;
  virtual Result<void> visit_expression(SqlNode& node) = 0;
  // An expression that is a column of a SELECT; visit_expression follows.
  virtual Result<void> visit_select_item(SqlNode& node) = 0;
  // A table by name; `in_scope`: the name is a WITH query's here.
  virtual Result<void> visit_table(SqlNode& node, bool in_scope) = 0;
  // The FUNCTION node of a table function; its arguments come as expressions.
  virtual Result<void> visit_table_function(SqlNode& node) = 0;
  virtual Result<void> visit_type(SqlNode& node) = 0;
};

class SqlWalker {
 public:
  // `sql` is what was parsed, for the places in errors (kInvalidArgument).
  SqlWalker(std::string_view sql, SqlVisitor& visitor) : sql_(sql), visitor_(visitor) {}

  // `statement` is {node: …}.
  Result<void> walk(SqlNode& statement);

 private:
  Result<void> walk_part(SqlPart part, SqlNode& value);
  Result<void> walk_each(SqlPart part, SqlNode& list);
  Result<void> walk_members(const SqlShape* shape, SqlNode& node);
  Result<void> walk_expression(SqlNode& node);
  Result<void> walk_table(SqlNode& node);
  Result<void> walk_query(SqlNode& node);
  Result<void> walk_ctes(SqlNode& map);
  Failure<Error> refuse(const SqlNode& node, std::string_view what) const;

  std::string_view sql_;
  SqlVisitor& visitor_;
  std::vector<std::string> ctes_;  // In scope, lower case.
  int subqueries_ = 0;             // Around where we are.
};

}  // namespace obs::query
