#include "tests/unit/lang/plain_evaluator.h"

#include <algorithm>
#include <optional>

#include "libobs/base/text.h"
#include "libobs/codec/json.h"

namespace obs::test {

using model::Value;
using model::ValueKind;

namespace {

std::optional<Value> member(const Value& map, std::string_view key) {
  if (map.kind() != ValueKind::kMap) return std::nullopt;
  const Value* found = model::find_attribute(map.as_map(), key);
  return found == nullptr ? std::nullopt : std::optional(*found);
}

std::optional<Value> resolve(const Value& root, std::string_view field) {
  if (auto exact = member(root, field)) return exact;
  const std::size_t dot = field.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto outer = member(root, field.substr(0, dot));
  return outer ? member(*outer, field.substr(dot + 1)) : std::nullopt;
}

std::optional<double> number_of(const Value& value) {
  if (value.kind() == ValueKind::kInt) return static_cast<double>(value.as_int());
  if (value.kind() == ValueKind::kDouble) return value.as_double();
  return std::nullopt;
}

std::string text_of(const Value& value) {
  std::string out;
  if (value.is_string()) return std::string(value.as_string());
  codec::append_record_value(out, value);
  return out;
}

// -1, 0, 1, or nothing when the two cannot be compared.
std::optional<int> compare(const Value& a, const Value& b) {
  const auto sign = [](auto left, auto right) { return left < right ? -1 : left > right ? 1 : 0; };
  auto left = number_of(a);
  auto right = number_of(b);
  if (left && b.is_string()) right = parse_double(b.as_string());
  if (right && a.is_string()) left = parse_double(a.as_string());
  if (left && right) return sign(*left, *right);
  const bool texts = a.is_string() && b.is_string();
  const bool words = (a.kind() == ValueKind::kBool || a.is_string()) &&
                     (b.kind() == ValueKind::kBool || b.is_string());
  if (a.kind() == ValueKind::kBool && b.kind() == ValueKind::kBool) {
    return sign(a.as_bool(), b.as_bool());
  }
  if (texts || words) return sign(text_of(a), text_of(b));
  return std::nullopt;
}

bool test(const Condition& condition, const Value& root, Arena& arena) {
  const auto value = resolve(root, condition.field);
  switch (condition.kind) {
    case Condition::kExists: return value.has_value();
    case Condition::kNot: return !test(condition.parts[0], root, arena);
    case Condition::kAnd:
      return test(condition.parts[0], root, arena) && test(condition.parts[1], root, arena);
    case Condition::kOr:
      return test(condition.parts[0], root, arena) || test(condition.parts[1], root, arena);
    case Condition::kTest: break;
  }
  if (!value) return condition.op == "!=";
  const Value literal = *codec::parse_json(condition.literal, arena);
  if (condition.op == "contains" || condition.op == "startswith") {
    if (value->kind() == ValueKind::kEmpty) return false;
    const bool nested = value->kind() == ValueKind::kArray || value->kind() == ValueKind::kMap;
    std::string text = text_of(*value);
    if (nested) {  // As it stands in the line: the values above have no spaces.
      text.clear();
      codec::append_plain_value(text, *value);
    }
    const std::size_t at = text.find(text_of(literal));
    return condition.op == "contains" ? at != std::string::npos : at == 0;
  }
  const auto order = compare(*value, literal);
  if (!order) return condition.op == "!=";
  if (condition.op == "==") return *order == 0;
  if (condition.op == "!=") return *order != 0;
  if (condition.op == "<") return *order < 0;
  if (condition.op == "<=") return *order <= 0;
  return condition.op == ">" ? *order > 0 : *order >= 0;
}

std::string show(const Step& step) {
  switch (step.kind) {
    case Step::kWhere: return "where " + show(step.condition);
    case Step::kHead: return "head " + std::to_string(step.count);
    case Step::kTail: return "tail " + std::to_string(step.count);
    case Step::kSet: return "set " + std::string(step.field) + " = " + std::string(step.literal);
    case Step::kCount: break;
  }
  return "stats count() as n, count(where " + show(step.condition) + ") as m";
}

struct Row {
  std::string line;
  Value root;
};

std::vector<Row> read_rows(std::string_view lines, Arena& arena) {
  std::vector<Row> rows;
  for (std::string_view line : split(lines, '\n')) {
    if (line.empty()) continue;
    if (const auto root = codec::parse_json(line, arena)) {
      rows.push_back({std::string(line), *root});
      continue;
    }
    std::string body = "{\"body\":";
    append_json_string(body, line);
    body += '}';
    rows.push_back({body, *codec::parse_json(body, arena)});
  }
  return rows;
}

Value with(const Value& root, std::string_view key, const Value& value, Arena& arena) {
  std::vector<model::KeyValue> members(root.as_map().begin(), root.as_map().end());
  const auto found = std::find_if(members.begin(), members.end(),
                                  [key](const auto& member) { return member.key == key; });
  if (found == members.end()) {
    members.push_back({key, value});
  } else {
    found->value = value;
  }
  return Value::map(arena.copy_array(std::span<const model::KeyValue>(members)));
}

void apply_plainly(const Step& step, std::vector<Row>& rows, Arena& arena) {
  const auto size = static_cast<std::ptrdiff_t>(std::min(step.count, rows.size()));
  switch (step.kind) {
    case Step::kWhere:
      std::erase_if(rows, [&](const Row& row) { return !test(step.condition, row.root, arena); });
      break;
    case Step::kHead: rows.erase(rows.begin() + size, rows.end()); break;
    case Step::kTail: rows.erase(rows.begin(), rows.end() - size); break;
    case Step::kSet: {
      const Value value = *codec::parse_json(step.literal, arena);
      for (Row& row : rows) row.root = with(row.root, step.field, value, arena);
      break;
    }
    case Step::kCount: {
      const auto hits = std::count_if(rows.begin(), rows.end(), [&](const Row& row) {
        return test(step.condition, row.root, arena);
      });
      std::string line = "{\"n\":" + std::to_string(rows.size());
      line += ",\"m\":" + std::to_string(hits) + "}";
      rows.assign(1, {line, Value()});
    }
  }
}

}  // namespace

std::string show(const Condition& condition) {
  switch (condition.kind) {
    case Condition::kTest:
      return std::string(condition.field) + " " + std::string(condition.op) + " " +
             std::string(condition.literal);
    case Condition::kExists: return "exists " + std::string(condition.field);
    case Condition::kNot: return "not (" + show(condition.parts[0]) + ")";
    default:
      return "(" + show(condition.parts[0]) +
             (condition.kind == Condition::kAnd ? " and " : " or ") + show(condition.parts[1]) +
             ")";
  }
}

std::string show(const std::vector<Step>& steps) {
  std::string out;
  for (const Step& step : steps) out += (out.empty() ? "" : " | ") + show(step);
  return out;
}

std::string run_plainly(const std::vector<Step>& steps, std::string_view lines) {
  Arena arena;
  std::vector<Row> rows = read_rows(lines, arena);
  for (const Step& step : steps) apply_plainly(step, rows, arena);
  std::string out;
  for (const Row& row : rows) out += row.line + "\n";
  return out;
}

}  // namespace obs::test
