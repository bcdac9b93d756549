#include "libobs/query/assertion.h"

#include <algorithm>

#include <fmt/format.h>

namespace obs::query {

// A join from the count keeps one row when the answer has none.
std::string select_violation(std::string_view answer, const Expression& assertion) {
  const bool names_rows =
      std::find(assertion.names.begin(), assertion.names.end(), "rows") != assertion.names.end();
  return fmt::format(
      "WITH obs_answer AS MATERIALIZED (SELECT *, row_number() OVER () AS obs_row FROM ({})), "
      "obs_count AS (SELECT count(*) AS rows FROM obs_answer) "
      "SELECT * EXCLUDE (rows, obs_row), obs_row, rows "
      "FROM obs_count LEFT JOIN obs_answer ON true "
      "WHERE {}({}) IS NOT TRUE ORDER BY obs_row LIMIT 1",
      answer, names_rows ? "" : "rows = 0 OR ", assertion.sql);
}

}  // namespace obs::query
