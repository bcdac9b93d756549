// Lookups of attributes, in the tree of a rewritten statement (query/sql_rewrite.h), turned into
// columns: parts keep their most frequent attributes in columns of their own, and reading one of
// those beats looking into JSON by far.
//
//   json_extract_string(l.attributes, '/http.route') … FROM temp.main.obs_logs AS l
//   l.obs_attribute_0                                … FROM temp.main.obs_logs_attributes AS l
//
// json_extract(l.attributes, '/http.route'), which keeps the type, is l.obs_json_0.
//
// A lookup is left as it is where its table cannot be told for sure, or where somebody could see
// that the table has more columns.

#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/model/batch.h"
#include "libobs/query/sql_tree.h"

namespace obs::query {

struct LookedUp {
  std::vector<std::string> text;  // text[n] is read from column store::attribute_column(n).
  std::vector<std::string> json;  // json[n] is read from column store::json_column(n).
  bool empty() const { return text.empty() && json.empty(); }
};
// By signal.
using AttributeKeys = std::array<LookedUp, model::kSignalCount>;

// Changes the tree of statements, {statements: …}, and answers what its views need (query/views.h,
// create_attribute_view); nothing, when nothing was changed.
AttributeKeys use_attribute_columns(SqlNode& tree);

}  // namespace obs::query
