// Turns what a user wrote into what DuckDB runs:
//
//   logs, spans, metrics      → the views of one project (query/views.h), under the name they had
//   attributes['k']           → json_extract_string(attributes, '/k'), and so for resource, scope
//   resource['service.name']  → service, where it is kept
//   now() and its relatives   → a literal (query/sql_clock.h)
//
// A column of a SELECT without a name keeps the one it would have had as written. A column that is
// called attributes, resource or scope is taken to be JSON wherever it comes from.

#pragma once

#include <functional>
#include <string>

#include "libobs/base/clock.h"
#include "libobs/query/sql_walk.h"

namespace obs::query {

class SqlRewrite : public SqlVisitor {
 public:
  // `print` gives an expression as SQL text; without it, columns are not named.
  using Print = std::function<Result<std::string>(const SqlNode& expression)>;
  SqlRewrite(Timestamp now, Print print) : now_(now), print_(std::move(print)) {}

  Result<void> visit_expression(SqlNode& node) override;
  Result<void> visit_select_item(SqlNode& node) override;
  Result<void> visit_table(SqlNode& node, bool in_scope) override;
  Result<void> visit_table_function(SqlNode&) override { return {}; }
  Result<void> visit_type(SqlNode&) override { return {}; }

 private:
  bool contains_rewritable(const SqlNode& node) const;

  Timestamp now_;
  Print print_;
};

}  // namespace obs::query
