#include "libobs/query/attribute_plan.h"

#include <algorithm>

#include "libobs/query/sql_attributes.h"
#include "libobs/query/sql_compile.h"
#include "libobs/query/views.h"

namespace obs::query {
namespace {

constexpr std::string_view kLookup = "json_extract";

// Without the places in the text, which differ.
bool is_same(const SqlNode& a, const SqlNode& b) {
  if (a.kind() != b.kind() || a.text() != b.text() || a.names() != b.names()) return false;
  if (a.items().size() != b.items().size()) return false;
  for (std::size_t i = 0; i < a.items().size(); ++i) {
    if (a.is_object() && a.names()[i] == "query_location") continue;
    if (!is_same(a.items()[i], b.items()[i])) return false;
  }
  return true;
}

Result<void> make_views(store::Session& session, std::string_view project,
                        const AttributeKeys& keys) {
  for (const View& view : all_views()) {
    const auto& wanted = keys[static_cast<std::size_t>(view.signal)];
    if (wanted.empty()) continue;
    OBS_TRY_VOID(session.make_attribute_view(view.signal, wanted.text, wanted.json));
    OBS_TRY_VOID(create_attribute_view(session.connection(), view, project, wanted.text.size(),
                                       wanted.json.size()));
  }
  return {};
}

bool is_empty(const AttributeKeys& keys) {
  return std::all_of(keys.begin(), keys.end(), [](const auto& list) { return list.empty(); });
}

}  // namespace

// The gate has seen the statement as it was. So it must be the one that was printed from the
// changed tree, and no other, which reading it again shows.
Result<std::string> plan_attributes(store::Session& session, std::string_view project,
                                    const std::string& sql) {
  if (sql.find(kLookup) == std::string::npos) return sql;
  OBS_TRY(SqlNode tree, parse_sql(session.connection(), sql));
  const AttributeKeys keys = use_attribute_columns(tree);
  if (is_empty(keys)) return sql;
  OBS_TRY(const std::string planned, print_sql(session.connection(), tree));
  OBS_TRY(const SqlNode again, parse_sql(session.connection(), planned));
  if (!is_same(tree, again)) return sql;
  OBS_TRY_VOID(make_views(session, project, keys));
  return planned;
}

}  // namespace obs::query
