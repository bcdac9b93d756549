// New nodes for a syntax tree, in DuckDB's spelling.

#pragma once

#include <string_view>
#include <vector>

#include "libobs/query/sql_tree.h"

namespace obs::query {

SqlNode make_text_constant(std::string_view text);
// `type` is one without parameters: "DATE", "TIMESTAMP_NS".
SqlNode make_cast(SqlNode child, std::string_view type);
SqlNode make_function(std::string_view name, std::vector<SqlNode> arguments,
                      bool is_operator = false);

// The name an expression has been given with AS, else empty.
std::string_view alias_of(const SqlNode& expression);

}  // namespace obs::query
