// Assertions on an answer: "p95 < 200e6", "rows == 0", "rows > 3 and service <> ''".
//
// The expression is SQL over the columns of the answer, checked and rewritten as any other, and it
// has to be true (not false, not NULL) for every row. `rows` is the number of rows. An answer
// without rows fails, unless the expression names `rows`, so that nothing passes because nothing
// was there; it is then asked once, with every column NULL.

#pragma once

#include <string>
#include <string_view>

#include "libobs/query/sql_compile.h"

namespace obs::query {

// A query with the first row of `answer` (a compiled statement) for which the assertion does not
// hold, and no row when it holds. Its last two columns are the number of that row, NULL when there
// are none, and the number of all.
std::string select_violation(std::string_view answer, const Expression& assertion);

}  // namespace obs::query
