#include "libobs/query/sql_clock.h"

#include <algorithm>
#include <array>
#include <string>

#include "libobs/base/text.h"
#include "libobs/query/sql_nodes.h"

namespace obs::query {
namespace {

constexpr std::array<std::string_view, 4> kNowFunctions = {
    "now", "get_current_timestamp", "transaction_timestamp", "current_localtimestamp"};

bool is_now_function(std::string_view name) {
  return std::find(kNowFunctions.begin(), kNowFunctions.end(), name) != kNowFunctions.end();
}

SqlNode make_now(Timestamp now) {
  return make_cast(make_text_constant(to_rfc3339(now)), "TIMESTAMP_NS");
}

SqlNode make_today(Timestamp now) { return make_cast(make_text_constant(to_date(now)), "DATE"); }

std::optional<SqlNode> find_function_literal(const SqlNode& node, Timestamp now) {
  const std::string name = to_lower(node.text_of("function_name"));
  const SqlNode* arguments = node.find("children");
  const std::size_t count = arguments == nullptr ? 0 : arguments->items().size();
  if (count == 0 && is_now_function(name)) return make_now(now);
  if (count == 0 && (name == "today" || name == "current_date")) return make_today(now);
  if (count != 1 || name != "ago") return std::nullopt;
  return make_function("-", {make_now(now), arguments->items()[0]}, true);
}

}  // namespace

bool is_clock_function(std::string_view name) {
  return is_now_function(name) || name == "today" || name == "current_date" || name == "ago";
}

std::optional<SqlNode> find_clock_literal(const SqlNode& node, Timestamp now) {
  if (node.text_of("class") == "FUNCTION") return find_function_literal(node, now);
  const SqlNode* names = node.find("column_names");
  if (node.text_of("class") != "COLUMN_REF" || names == nullptr || names->items().size() != 1) {
    return std::nullopt;
  }
  const std::string name = to_lower(names->items()[0].text());
  if (name == "current_timestamp" || name == "localtimestamp") return make_now(now);
  if (name == "current_date") return make_today(now);
  return std::nullopt;
}

}  // namespace obs::query
