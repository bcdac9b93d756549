#include "libobs/query/sql_rewrite.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "libobs/base/text.h"
#include "libobs/query/sql_clock.h"
#include "libobs/query/sql_nodes.h"
#include "libobs/query/views.h"
#include "libobs/store/attribute_pointer.h"

namespace obs::query {
namespace {

constexpr std::string_view kServiceName = "service.name";

// The last name of a column reference, in lower case; empty for anything else.
std::string column_name(const SqlNode& node) {
  const SqlNode* names = node.find("column_names");
  if (node.text_of("class") != "COLUMN_REF" || names == nullptr || names->items().empty())
    return {};
  return to_lower(names->items().back().text());
}

bool is_json_column(std::string_view name) {
  return name == "attributes" || name == "resource" || name == "scope";
}

// COLUMN[KEY] of a JSON column, unless KEY is a number, which slices text.
bool is_lookup(const SqlNode& node) {
  if (node.text_of("type") != "ARRAY_EXTRACT") return false;
  const SqlNode* children = node.find("children");
  return children != nullptr && children->items().size() == 2 &&
         is_json_column(column_name(children->items()[0]));
}

// The text of a string literal.
std::optional<std::string> find_text(const SqlNode& node) {
  const SqlNode* constant = node.find("value");
  if (node.text_of("class") != "CONSTANT" || constant == nullptr) return std::nullopt;
  const SqlNode* text = constant->find("value");
  if (text == nullptr || !text->is_string()) return std::nullopt;
  return text->text();
}

// What to_pointer() makes of a key, computed by DuckDB for one that is not written out.
SqlNode make_pointer(SqlNode key) {
  SqlNode text = make_cast(std::move(key), "VARCHAR");
  const std::pair<const char*, const char*> escapes[] = {{"~", "~0"}, {"/", "~1"}};
  for (const auto& [from, to] : escapes) {
    text = make_function("replace", {text, make_text_constant(from), make_text_constant(to)});
  }
  text =
      make_function("regexp_replace", {text, make_text_constant("^\\$"), make_text_constant("$$")});
  return make_function("||", {make_text_constant("/"), text}, true);
}

SqlNode make_lookup(const SqlNode& node) {
  SqlNode column = node.find("children")->items()[0];
  const SqlNode& key = node.find("children")->items()[1];
  const auto text = find_text(key);
  if (text == kServiceName && column_name(column) == "resource") {
    column.find("column_names")->items().back() = SqlNode::string("service");
    return column;
  }
  return make_function(
      "json_extract_string",
      {column, text ? make_text_constant(store::to_pointer(*text)) : make_pointer(key)});
}

bool is_number(const SqlNode& node) {
  return node.text_of("class") == "CONSTANT" && !find_text(node);
}

bool is_rewritten_lookup(const SqlNode& node) {
  return is_lookup(node) && !is_number(node.find("children")->items()[1]);
}

}  // namespace

Result<void> SqlRewrite::visit_expression(SqlNode& node) {
  std::optional<SqlNode> other = find_clock_literal(node, now_);
  if (!other && is_rewritten_lookup(node)) other = make_lookup(node);
  if (!other) return {};
  other->set("alias", SqlNode::string(alias_of(node)));
  node = std::move(*other);
  return {};
}

Result<void> SqlRewrite::visit_select_item(SqlNode& node) {
  if (!print_ || !alias_of(node).empty() || node.text_of("class") == "STAR") return {};
  if (!contains_rewritable(node)) return {};
  OBS_TRY(const std::string as_written, print_(node));
  node.set("alias", SqlNode::string(as_written));
  return {};
}

Result<void> SqlRewrite::visit_table(SqlNode& node, bool in_scope) {
  if (in_scope) return {};
  const View* view = find_view(to_lower(node.text_of("table_name")));
  if (view == nullptr) return fail(Errc::kInternal, "a table that passed the gate is not a view");
  if (alias_of(node).empty()) node.set("alias", SqlNode::string(view->name));
  node.set("catalog_name", SqlNode::string(kViewCatalog));
  node.set("schema_name", SqlNode::string(kViewSchema));
  node.set("table_name", SqlNode::string(view->real_name));
  return {};
}

bool SqlRewrite::contains_rewritable(const SqlNode& node) const {
  if (find_clock_literal(node, now_) || is_rewritten_lookup(node)) return true;
  return std::any_of(node.items().begin(), node.items().end(),
                     [&](const SqlNode& child) { return contains_rewritable(child); });
}

}  // namespace obs::query
