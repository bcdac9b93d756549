// The gate: lets a statement through to DuckDB only when every part of it is known to do nothing
// but compute over the tables of query/views.h.
//
// DuckDB's own settings do not stop a statement from writing into the store, sleeping, or breaking
// the instance for whoever comes next (measured), so this walk is the protection and the locked
// instance only a second wall. It is an allow-list throughout: what is not known is refused.

#pragma once

#include <string_view>

#include "libobs/base/result.h"
#include "libobs/query/sql_walk.h"

namespace obs::query {

class SqlGate : public SqlVisitor {
 public:
  enum class Stage {
    kGiven,      // As the user wrote it: tables are logs, spans and metrics.
    kRewritten,  // By sql_rewrite.h: tables are the views behind these.
  };

  // Refusals are kInvalidArgument and name the place in `sql`.
  SqlGate(std::string_view sql, Stage stage) : sql_(sql), stage_(stage) {}

  Result<void> visit_expression(SqlNode& node) override;
  Result<void> visit_select_item(SqlNode& node) override;
  Result<void> visit_table(SqlNode& node, bool in_scope) override;
  Result<void> visit_table_function(SqlNode& node) override;
  Result<void> visit_type(SqlNode& node) override;

 private:
  Result<void> check_function(const SqlNode& node) const;
  Result<void> check_sizes(const SqlNode& node, std::string_view name) const;
  Result<void> check_column(const SqlNode& node) const;
  Result<void> check_unqualified(const SqlNode& node, std::string_view name) const;
  bool is_view(const SqlNode& table) const;
  Failure<Error> refuse(const SqlNode& node, std::string_view what) const;

  std::string_view sql_;
  Stage stage_;
};

}  // namespace obs::query
