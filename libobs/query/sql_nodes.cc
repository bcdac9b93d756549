#include "libobs/query/sql_nodes.h"

#include <utility>

namespace obs::query {
namespace {

SqlNode make_expression(std::string_view kind, std::string_view type) {
  SqlNode node = SqlNode::object();
  node.set("class", SqlNode::string(kind)).set("type", SqlNode::string(type));
  node.set("alias", SqlNode::string(""));
  return node;
}

SqlNode make_type(std::string_view id) {
  SqlNode type = SqlNode::object();
  type.set("id", SqlNode::string(id)).set("type_info", SqlNode());
  return type;
}

SqlNode word(bool value) { return SqlNode::word(value ? "true" : "false"); }

}  // namespace

SqlNode make_text_constant(std::string_view text) {
  SqlNode value = SqlNode::object();
  value.set("type", make_type("VARCHAR")).set("is_null", word(false));
  value.set("value", SqlNode::string(text));
  SqlNode node = make_expression("CONSTANT", "VALUE_CONSTANT");
  node.set("value", std::move(value));
  return node;
}

SqlNode make_cast(SqlNode child, std::string_view type) {
  SqlNode node = make_expression("CAST", "OPERATOR_CAST");
  node.set("child", std::move(child)).set("cast_type", make_type(type));
  node.set("try_cast", word(false));
  return node;
}

SqlNode make_function(std::string_view name, std::vector<SqlNode> arguments, bool is_operator) {
  SqlNode order = SqlNode::object();
  order.set("type", SqlNode::string("ORDER_MODIFIER")).set("orders", SqlNode::array());
  SqlNode node = make_expression("FUNCTION", "FUNCTION");
  node.set("function_name", SqlNode::string(name)).set("schema", SqlNode::string(""));
  node.set("children", SqlNode::array(std::move(arguments))).set("filter", SqlNode());
  node.set("order_bys", std::move(order)).set("distinct", word(false));
  node.set("is_operator", word(is_operator)).set("export_state", word(false));
  node.set("catalog", SqlNode::string(""));
  return node;
}

std::string_view alias_of(const SqlNode& expression) { return expression.text_of("alias"); }

}  // namespace obs::query
