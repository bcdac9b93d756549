#include "libobs/query/sql_tree.h"

#include <algorithm>

#include "libobs/base/text.h"
#include "libobs/query/sql_tree_reader.h"

namespace obs::query {

SqlNode SqlNode::word(std::string_view spelling) {
  SqlNode node;
  node.text_ = spelling;
  return node;
}

SqlNode SqlNode::string(std::string_view text) {
  SqlNode node;
  node.kind_ = Kind::kString;
  node.text_ = text;
  return node;
}

SqlNode SqlNode::array(std::vector<SqlNode> items) {
  SqlNode node;
  node.kind_ = Kind::kArray;
  node.text_.clear();
  node.items_ = std::move(items);
  return node;
}

SqlNode SqlNode::object() {
  SqlNode node;
  node.kind_ = Kind::kObject;
  node.text_.clear();
  return node;
}

const SqlNode* SqlNode::find(std::string_view name) const {
  if (!is_object()) return nullptr;
  const auto found = std::find(names_.begin(), names_.end(), name);
  return found == names_.end() ? nullptr : &items_[found - names_.begin()];
}

SqlNode* SqlNode::find(std::string_view name) {
  return const_cast<SqlNode*>(static_cast<const SqlNode*>(this)->find(name));
}

std::string_view SqlNode::text_of(std::string_view name) const {
  const SqlNode* member = find(name);
  return member == nullptr ? std::string_view() : std::string_view(member->text_);
}

SqlNode& SqlNode::set(std::string_view name, SqlNode value) {
  if (SqlNode* member = find(name)) {
    *member = std::move(value);
  } else {
    names_.emplace_back(name);
    items_.push_back(std::move(value));
  }
  return *this;
}

namespace {

void append_node(std::string& out, const SqlNode& node) {
  switch (node.kind()) {
    case SqlNode::Kind::kWord: out += node.text(); return;
    case SqlNode::Kind::kString: return append_json_string(out, node.text());
    case SqlNode::Kind::kArray:
    case SqlNode::Kind::kObject: break;
  }
  out += node.is_array() ? '[' : '{';
  for (std::size_t i = 0; i < node.items().size(); ++i) {
    if (i > 0) out += ',';
    if (node.is_object()) {
      append_json_string(out, node.names()[i]);
      out += ':';
    }
    append_node(out, node.items()[i]);
  }
  out += node.is_array() ? ']' : '}';
}

}  // namespace

std::string to_json(const SqlNode& node) {
  std::string out;
  append_node(out, node);
  return out;
}

Result<SqlNode, ParseError> parse_sql_tree(std::string_view json) {
  return SqlTreeReader(json).read();
}

std::optional<std::size_t> find_location(const SqlNode& node) {
  const auto offset = parse_uint(node.text_of("query_location"));
  // DuckDB's spelling of "unknown" is the greatest number.
  if (!offset || *offset == UINT64_MAX) return std::nullopt;
  return *offset;
}

}  // namespace obs::query
