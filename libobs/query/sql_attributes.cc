#include "libobs/query/sql_attributes.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "libobs/base/text.h"
#include "libobs/query/sql_nodes.h"
#include "libobs/query/views.h"
#include "libobs/store/attribute_pointer.h"
#include "libobs/store/session.h"

namespace obs::query {
namespace {

using model::Signal;

constexpr std::string_view kAttributes = "attributes";

// So many columns of a kind a view; further keys stay lookups.
constexpr std::size_t kMaxKeys = 64;

// A table of a SELECT's FROM, and the lookups into its attributes.
struct Table {
  SqlNode* node = nullptr;
  std::string alias;  // In lower case.
  Signal signal = Signal::kLogs;
  bool is_used = false;
};

struct Key {
  std::string name;
  bool is_json = false;
};

struct Lookup {
  SqlNode* node = nullptr;
  Key key;
  Signal signal = Signal::kLogs;
};

bool is_query(const SqlNode& node) {
  const std::string_view type = node.text_of("type");
  return type == "SELECT_NODE" || type == "SET_OPERATION_NODE" || type == "RECURSIVE_CTE_NODE";
}

std::vector<std::string> column_names(const SqlNode& node) {
  std::vector<std::string> names;
  const SqlNode* list = node.find("column_names");
  if (node.text_of("class") != "COLUMN_REF" || list == nullptr) return names;
  for (const SqlNode& name : list->items()) names.push_back(to_lower(name.text()));
  return names;
}

// Calls f for the node and all below it that belong to the same SELECT.
template <class F>
void each_own(SqlNode& node, F f) {
  f(node);
  for (SqlNode& child : node.items()) {
    if (!is_query(child)) each_own(child, f);
  }
}

// json_extract_string(attributes, '/key'), or json_extract(…): the key.
std::optional<Key> find_key(const SqlNode& node) {
  if (node.text_of("class") != "FUNCTION") return std::nullopt;
  const bool is_json = node.text_of("function_name") == "json_extract";
  if (!is_json && node.text_of("function_name") != "json_extract_string") return std::nullopt;
  const SqlNode* arguments = node.find("children");
  if (arguments == nullptr || arguments->items().size() != 2) return std::nullopt;
  const std::vector<std::string> names = column_names(arguments->items()[0]);
  if (names.empty() || names.size() > 2 || names.back() != kAttributes) return std::nullopt;
  const SqlNode& pointer = arguments->items()[1];
  const SqlNode* constant = pointer.find("value");
  if (pointer.text_of("class") != "CONSTANT" || constant == nullptr) return std::nullopt;
  const SqlNode* text = constant->find("value");
  if (text == nullptr || !text->is_string()) return std::nullopt;
  auto name = store::parse_pointer(text->text());
  if (!name) return std::nullopt;
  return Key{*std::move(name), is_json};
}

// The signal whose view a BASE_TABLE names, ours or the session's. Points have no such columns.
std::optional<Signal> find_signal(const SqlNode& table) {
  if (table.text_of("type") != "BASE_TABLE") return std::nullopt;
  if (table.text_of("catalog_name") != kViewCatalog) return std::nullopt;
  if (table.text_of("schema_name") != kViewSchema) return std::nullopt;
  const std::string_view name = table.text_of("table_name");
  const View* view = find_real_view(name);
  if (view == nullptr) view = find_view(name);
  if (view == nullptr || view->counts || view->signal == Signal::kMetrics) return std::nullopt;
  return view->signal;
}

// What one SELECT reads.
class Scope {
 public:
  explicit Scope(SqlNode& select) : select_(&select) {
    if (SqlNode* from = select.find("from_table")) add_tables(*from);
    each_own(select, [&](SqlNode& node) { note_danger(node); });
    note_rows(select);
    each_own(select, [&](SqlNode& node) { add_lookup(node); });
    if (SqlNode* items = select.find("select_list")) {
      for (const SqlNode& item : items->items()) note_item(item);
    }
    if (const SqlNode* groups = select.find("group_expressions")) note_groups(*groups);
  }

  bool is_plain() const { return plain_ && !lookups_.empty(); }
  std::vector<Table>& tables() { return tables_; }
  std::vector<Lookup>& lookups() { return lookups_; }
  SqlNode& select() { return *select_; }

 private:
  void add_tables(SqlNode& from) {
    if (from.text_of("type") == "JOIN") {
      plain_ = plain_ && from.text_of("ref_type") != "NATURAL";
      for (const char* side : {"left", "right"}) {
        if (SqlNode* table = from.find(side)) add_tables(*table);
      }
      return;
    }
    ++relations_;
    const auto signal = find_signal(from);
    const SqlNode* renamed = from.find("column_name_alias");
    if (!signal || renamed == nullptr || !renamed->items().empty()) return;
    const std::string_view alias = alias_of(from);
    tables_.push_back(
        {&from, to_lower(alias.empty() ? from.text_of("table_name") : alias), *signal, false});
  }

  // What would show that a table has more columns, or may mean something else by `attributes`.
  void note_danger(const SqlNode& node) {
    const std::string_view kind = node.text_of("class");
    if (kind == "LAMBDA" || (kind == "STAR" && node.text_of("columns") == "true")) plain_ = false;
  }

  // A table's name for a column is its whole row. So it is in a subquery too.
  void note_rows(const SqlNode& node) {
    const std::vector<std::string> names = column_names(node);
    for (const Table& table : tables_) {
      if (names.size() == 1 && table.alias == names[0]) plain_ = false;
    }
    for (const SqlNode& child : node.items()) note_rows(child);
  }

  void note_item(const SqlNode& item) {
    if (equals_ignore_case(alias_of(item), kAttributes)) plain_ = false;
    // The name of such a column is its text.
    if (alias_of(item).empty() && has_lookup(item)) plain_ = false;
  }

  // Grouped by all attributes, a SELECT may name any of them.
  void note_groups(const SqlNode& groups) {
    for (const SqlNode& group : groups.items()) {
      const std::vector<std::string> names = column_names(group);
      if (!names.empty() && names.back() == kAttributes) plain_ = false;
    }
  }

  static bool has_lookup(const SqlNode& node) {
    return find_key(node) || std::any_of(node.items().begin(), node.items().end(),
                                         [](const SqlNode& child) { return has_lookup(child); });
  }

  void add_lookup(SqlNode& node) {
    const auto key = find_key(node);
    if (!key) return;
    Table* table = find_table(column_names(node.find("children")->items()[0]));
    if (table == nullptr) return;
    table->is_used = true;
    lookups_.push_back({&node, *key, table->signal});
  }

  Table* find_table(const std::vector<std::string>& names) {
    if (names.size() == 1) {
      return relations_ == 1 && tables_.size() == 1 ? &tables_.front() : nullptr;
    }
    const auto found = std::find_if(tables_.begin(), tables_.end(),
                                    [&](const Table& table) { return table.alias == names[0]; });
    return found == tables_.end() ? nullptr : &*found;
  }

  SqlNode* select_;
  std::vector<Table> tables_;
  std::vector<Lookup> lookups_;
  std::size_t relations_ = 0;
  bool plain_ = true;
};

void collect_scopes(SqlNode& node, std::vector<Scope>& scopes) {
  if (node.text_of("type") == "SELECT_NODE") scopes.emplace_back(node);
  for (SqlNode& child : node.items()) collect_scopes(child, scopes);
}

// The column that has the key; nullopt when there are too many.
std::optional<std::string> column_of(LookedUp& looked_up, const Key& key) {
  std::vector<std::string>& keys = key.is_json ? looked_up.json : looked_up.text;
  const auto found = std::find(keys.begin(), keys.end(), key.name);
  const auto place = static_cast<std::size_t>(found - keys.begin());
  if (found == keys.end()) {
    if (keys.size() == kMaxKeys) return std::nullopt;
    keys.push_back(key.name);
  }
  return key.is_json ? store::json_column(place) : store::attribute_column(place);
}

// The column under which the lookup's table has the attribute, with the alias of the lookup.
void replace_lookup(SqlNode& lookup, std::string name) {
  SqlNode column = lookup.find("children")->items()[0];
  column.find("column_names")->items().back() = SqlNode::string(std::move(name));
  column.set("alias", SqlNode::string(alias_of(lookup)));
  lookup = std::move(column);
}

void rename_table(SqlNode& table) {
  std::string name(table.text_of("table_name"));
  if (alias_of(table).empty()) table.set("alias", SqlNode::string(name));
  table.set("table_name", SqlNode::string(name + std::string(kAttributesSuffix)));
}

// Nobody asked for the columns when he wrote `*`.
void hide_columns(SqlNode& star, std::span<const Table> tables, const AttributeKeys& keys) {
  if (star.text_of("class") != "STAR") return;
  const std::string relation = to_lower(star.text_of("relation_name"));
  SqlNode* excluded = star.find("exclude_list");
  if (excluded == nullptr) return;
  std::size_t texts = 0;
  std::size_t jsons = 0;
  for (const Table& table : tables) {
    if (!table.is_used || (!relation.empty() && relation != table.alias)) continue;
    texts = std::max(texts, keys[static_cast<std::size_t>(table.signal)].text.size());
    jsons = std::max(jsons, keys[static_cast<std::size_t>(table.signal)].json.size());
  }
  for (std::size_t place = 0; place < texts; ++place) {
    excluded->items().push_back(SqlNode::string(store::attribute_column(place)));
  }
  for (std::size_t place = 0; place < jsons; ++place) {
    excluded->items().push_back(SqlNode::string(store::json_column(place)));
  }
}

}  // namespace

AttributeKeys use_attribute_columns(SqlNode& tree) {
  AttributeKeys keys;
  std::vector<Scope> scopes;
  collect_scopes(tree, scopes);
  scopes.erase(std::remove_if(scopes.begin(), scopes.end(),
                              [](const Scope& scope) { return !scope.is_plain(); }),
               scopes.end());
  // First all keys, since each view has those of the whole statement.
  for (Scope& scope : scopes) {
    for (const Lookup& lookup : scope.lookups()) {
      auto column = column_of(keys[static_cast<std::size_t>(lookup.signal)], lookup.key);
      if (column) replace_lookup(*lookup.node, *std::move(column));
    }
  }
  for (Scope& scope : scopes) {
    each_own(scope.select(), [&](SqlNode& node) { hide_columns(node, scope.tables(), keys); });
    for (const Table& table : scope.tables()) {
      if (table.is_used) rename_table(*table.node);
    }
  }
  return keys;
}

}  // namespace obs::query
