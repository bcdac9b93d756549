// From an untrusted SQL statement to one that is safe to run: parsed by DuckDB, checked by the gate
// (query/sql_gate.h), rewritten (query/sql_rewrite.h), printed, and checked once more as printed,
// so that no fault in the printing opens a door.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/result.h"
#include "libobs/query/sql_tree.h"
#include "libobs/store/duckdb.h"

namespace obs::query {

// A query of people or of a dashboard is a few hundred bytes; this bounds what parsing can cost.
inline constexpr std::size_t kMaxSqlBytes = std::size_t{64} << 10;

// The statement to run on a connection that has the views of create_views(). kInvalidArgument names
// what is wrong and where. `now` is what now() means.
Result<std::string> compile_sql(store::Connection& connection, std::string_view sql, Timestamp now);

// A statement of our own as a tree, and a tree as a statement, both as DuckDB sees them.
Result<SqlNode> parse_sql(store::Connection& connection, std::string_view sql);
Result<std::string> print_sql(store::Connection& connection, const SqlNode& tree);
// Likewise an expression in such a tree.
Result<std::string> print_expression(store::Connection& connection, const SqlNode& expression);

// A condition over the columns of whatever query it is put into.
struct Expression {
  std::string sql;
  std::vector<std::string> names;  // Columns without a table before them, in lower case.
};

Result<Expression> compile_expression(store::Connection& connection, std::string_view expression,
                                      Timestamp now);

}  // namespace obs::query
