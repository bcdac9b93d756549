#include "libobs/query/scan_prune.h"

#include <algorithm>
#include <vector>

#include "libobs/base/text.h"
#include "libobs/query/views.h"
#include "libobs/store/attribute_pointer.h"

namespace obs::query {
namespace {

using model::Signal;

// Times are compared to the microsecond where the other side is a TIMESTAMP.
constexpr Duration kSlack = kMicrosecond;

bool is_class(const SqlNode& node, std::string_view name) { return node.text_of("class") == name; }
bool is_type(const SqlNode& node, std::string_view name) { return node.text_of("type") == name; }

// The last name of a column, in lower case; empty for anything else.
std::string column_of(const SqlNode& node) {
  const SqlNode* names = node.find("column_names");
  if (!is_class(node, "COLUMN_REF") || names == nullptr || names->items().empty()) return {};
  return to_lower(names->items().back().text());
}

const SqlNode* literal_of(const SqlNode& node) {
  const SqlNode* constant = node.find("value");
  return is_class(node, "CONSTANT") && constant != nullptr ? constant->find("value") : nullptr;
}

std::optional<std::string> text_of(const SqlNode& node) {
  const SqlNode* literal = literal_of(node);
  if (literal == nullptr || !literal->is_string()) return std::nullopt;
  return literal->text();
}

std::optional<std::uint64_t> number_of(const SqlNode& node) {
  const SqlNode* literal = literal_of(node);
  return literal == nullptr ? std::nullopt : parse_uint(literal->text());
}

const std::vector<SqlNode>& children_of(const SqlNode& node) {
  static const std::vector<SqlNode> kNone;
  const SqlNode* children = node.find("children");
  return children == nullptr ? kNone : children->items();
}

template <class Matches>
bool contains_node(const SqlNode& node, Matches matches) {
  if (matches(node)) return true;
  return std::any_of(node.items().begin(), node.items().end(),
                     [&](const SqlNode& child) { return contains_node(child, matches); });
}

bool is_constant(const SqlNode& node) {
  return !contains_node(node, [](const SqlNode& part) {
    return is_class(part, "COLUMN_REF") || is_class(part, "SUBQUERY") || is_class(part, "STAR");
  });
}

// Reads one conjunct after the other into a filter.
class Conjuncts {
 public:
  Conjuncts(PrunedScan& scan, const EvaluateTime& evaluate) : scan_(scan), evaluate_(evaluate) {}

  void read(const SqlNode& node) {
    if (is_type(node, "CONJUNCTION_AND")) {
      for (const SqlNode& child : children_of(node)) read(child);
      return;
    }
    if (!read_one(node)) scan_.is_whole = false;
  }

 private:
  store::ScanFilter& filter() { return scan_.filter; }

  bool read_one(const SqlNode& node) {
    if (is_class(node, "COMPARISON")) return read_comparison(node);
    if (is_class(node, "BETWEEN")) return read_between(node);
    if (is_class(node, "FUNCTION")) return read_function(node);
    if (is_type(node, "COMPARE_IN")) return read_in(node);
    if (is_type(node, "CONJUNCTION_OR")) return read_severity(node);
    return false;
  }

  bool read_comparison(const SqlNode& node) {
    const SqlNode* left = node.find("left");
    const SqlNode* right = node.find("right");
    if (left == nullptr || right == nullptr) return false;
    const std::string_view type = node.text_of("type");
    if (column_of(*left) == "time") return read_time(type, *right);
    if (type != "COMPARE_EQUAL") return false;
    if (text_of(*left)) std::swap(left, right);
    const auto text = text_of(*right);
    return text && read_equal(*left, *text);
  }

  bool read_equal(const SqlNode& what, const std::string& text) {
    const std::string column = column_of(what);
    if (column == "project") return true;  // The reader's own.
    if (column == "service") {
      if (!filter().services.empty()) return false;
      filter().services.push_back(text);
      return true;
    }
    if (column == "trace_id") {
      if (!filter().trace_id.empty()) return false;
      filter().trace_id = text;
      return true;
    }
    return is_class(what, "FUNCTION") && read_lookup(what, text);
  }

  // json_extract_string(attributes, '/key') = 'text'
  bool read_lookup(const SqlNode& node, const std::string& text) {
    const auto& arguments = children_of(node);
    if (node.text_of("function_name") != "json_extract_string" || arguments.size() != 2)
      return false;
    const auto pointer = text_of(arguments[1]);
    const auto key = pointer ? store::parse_pointer(*pointer) : std::nullopt;
    const std::string column = column_of(arguments[0]);
    if (!key || (column != "attributes" && column != "resource")) return false;
    (column == "attributes" ? filter().attributes : filter().resource).push_back({*key, text});
    return true;
  }

  bool read_time(std::string_view type, const SqlNode& other) {
    const auto time = is_constant(other) ? evaluate_(other) : std::nullopt;
    if (!time) return false;
    if (type == "COMPARE_GREATERTHAN" || type == "COMPARE_GREATERTHANOREQUALTO" ||
        type == "COMPARE_EQUAL") {
      since(*time);
    }
    if (type == "COMPARE_LESSTHAN" || type == "COMPARE_LESSTHANOREQUALTO" ||
        type == "COMPARE_EQUAL") {
      until(*time);
    }
    return type != "COMPARE_NOTEQUAL";
  }

  void since(Timestamp time) {
    time -= kSlack;
    if (!filter().since || *filter().since < time) filter().since = time;
  }

  void until(Timestamp time) {
    time += kSlack;
    if (!filter().until || *filter().until > time) filter().until = time;
  }

  bool read_between(const SqlNode& node) {
    const SqlNode* input = node.find("input");
    const SqlNode* lower = node.find("lower");
    const SqlNode* upper = node.find("upper");
    if (input == nullptr || lower == nullptr || upper == nullptr || column_of(*input) != "time") {
      return false;
    }
    const bool low = read_time("COMPARE_GREATERTHANOREQUALTO", *lower);
    return read_time("COMPARE_LESSTHANOREQUALTO", *upper) && low;
  }

  bool read_function(const SqlNode& node) {
    const auto& arguments = children_of(node);
    const std::string_view name = node.text_of("function_name");
    if (arguments.size() != 2 || (name != "has" && name != "contains")) return false;
    const auto text = text_of(arguments[1]);
    const std::string_view column = scan_.signal == Signal::kSpans ? "name" : "body";
    if (!text || column_of(arguments[0]) != column) return false;
    (name == "has" ? filter().phrases : filter().substrings).push_back(*text);
    return true;
  }

  std::optional<std::vector<std::string>> list_of(const SqlNode& node, std::string_view column) {
    const auto& children = children_of(node);
    if (!is_type(node, "COMPARE_IN") || children.empty() || column_of(children[0]) != column) {
      return std::nullopt;
    }
    std::vector<std::string> values;
    for (std::size_t i = 1; i < children.size(); ++i) {
      const auto text = text_of(children[i]);
      if (!text) return std::nullopt;
      values.push_back(*text);
    }
    return values;
  }

  bool read_in(const SqlNode& node) {
    const auto services = list_of(node, "service");
    if (!services || !filter().services.empty()) return false;
    filter().services = *services;
    return true;
  }

  // severity_number >= N OR (severity_number IS NULL AND severity IN (…)), as record_filter.cc
  // writes it.
  bool read_severity(const SqlNode& node) {
    const auto& either = children_of(node);
    if (either.size() != 2 || !is_type(either[0], "COMPARE_GREATERTHANOREQUALTO")) return false;
    const SqlNode* left = either[0].find("left");
    const SqlNode* right = either[0].find("right");
    if (left == nullptr || right == nullptr || column_of(*left) != "severity_number") return false;
    const auto least = number_of(*right);
    const auto& unnumbered = children_of(either[1]);
    if (!least || *least > 24 || unnumbered.size() != 2 || !is_type(either[1], "CONJUNCTION_AND") ||
        !is_type(unnumbered[0], "OPERATOR_IS_NULL")) {
      return false;
    }
    const auto names = list_of(unnumbered[1], "severity");
    if (!names || *names != expected_names(static_cast<std::int32_t>(*least))) return false;
    filter().least_severity = std::max(filter().least_severity, static_cast<std::int32_t>(*least));
    return true;
  }

  static std::vector<std::string> expected_names(std::int32_t least) {
    std::vector<std::string> names;
    for (std::int32_t number = least; number <= 24; ++number) {
      const std::string_view name = model::severity_name(number);
      if (names.empty() || names.back() != name) names.emplace_back(name);
    }
    return names;
  }

  PrunedScan& scan_;
  const EvaluateTime& evaluate_;
};

bool is_absent(const SqlNode& node, std::string_view name) {
  const SqlNode* part = node.find(name);
  return part == nullptr || part->is_null() || (part->is_array() && part->items().empty());
}

// SELECT_NODEs of which the FROM is a table, and how many tables there are at all.
struct Tables {
  const SqlNode* select = nullptr;
  std::size_t count = 0;

  void find(const SqlNode& node) {
    if (is_type(node, "BASE_TABLE")) ++count;
    const SqlNode* from = node.find("from_table");
    if (is_type(node, "SELECT_NODE") && from != nullptr && is_type(*from, "BASE_TABLE"))
      select = &node;
    for (const SqlNode& child : node.items()) find(child);
  }
};

// ORDER BY time DESC … LIMIT n, of plain columns; 0 for anything else.
std::uint64_t find_newest(const SqlNode& select) {
  const SqlNode* modifiers = select.find("modifiers");
  const SqlNode* columns = select.find("select_list");
  if (modifiers == nullptr || modifiers->items().size() != 2 || columns == nullptr) return 0;
  if (!is_absent(select, "group_expressions") || !is_absent(select, "having") ||
      !is_absent(select, "qualify")) {
    return 0;
  }
  for (const SqlNode& column : columns->items()) {
    if (!is_class(column, "COLUMN_REF") && !is_class(column, "STAR")) return 0;
  }
  const SqlNode& order = modifiers->items()[0];
  const SqlNode& limit = modifiers->items()[1];
  const SqlNode* orders = order.find("orders");
  const SqlNode* count = limit.find("limit");
  if (!is_type(limit, "LIMIT_MODIFIER") || orders == nullptr || orders->items().empty() ||
      count == nullptr || !is_absent(limit, "offset")) {
    return 0;
  }
  const SqlNode& first = orders->items()[0];
  const SqlNode* by = first.find("expression");
  if (!is_type(first, "DESCENDING") || by == nullptr || column_of(*by) != "time") return 0;
  return number_of(*count).value_or(0);
}

}  // namespace

std::optional<PrunedScan> find_pruned_scan(const SqlNode& tree, const EvaluateTime& evaluate) {
  Tables tables;
  tables.find(tree);
  if (tables.count != 1 || tables.select == nullptr) return std::nullopt;
  const SqlNode& from = *tables.select->find("from_table");
  const std::string_view name = from.text_of("table_name");
  const View* view = find_real_view(name);
  if (view == nullptr) view = find_view(name);
  if (view == nullptr || view->signal == Signal::kMetrics || !is_absent(from, "sample") ||
      !is_absent(*tables.select, "sample")) {
    return std::nullopt;
  }
  PrunedScan scan;
  scan.signal = view->signal;
  scan.counts = view->counts;
  if (!scan.counts) scan.newest = find_newest(*tables.select);
  if (const SqlNode* where = tables.select->find("where_clause");
      where != nullptr && !where->is_null()) {
    scan.where = where;
    Conjuncts(scan, evaluate).read(*where);
  }
  if (scan.filter.is_empty() && scan.newest == 0) return std::nullopt;
  return scan;
}

}  // namespace obs::query
