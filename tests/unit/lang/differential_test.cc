// The engine against a plain evaluator that parses every line whole and knows no shortcuts; and
// against itself with other chunks and more threads. Programs and lines are random, from fixed
// seeds.

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

#include "libobs/base/text.h"
#include "libobs/codec/json.h"
#include "tests/unit/lang/run_program.h"

using obs::test::run_program;

namespace {

using Random = std::mt19937;

std::size_t below(Random& random, std::size_t bound) { return random() % bound; }

template <std::size_t N>
std::string_view pick(Random& random, const std::string_view (&from)[N]) {
  return from[below(random, N)];
}

// Lines: members in any order, values of all kinds, escapes, spaces, and lines that are no JSON.

constexpr std::string_view kKeys[] = {"a", "b", "c", "d.e", "d", "xs", "a\\u0062"};
constexpr std::string_view kValues[] = {"1",
                                        "2",
                                        "2.5",
                                        "-3",
                                        "1e2",
                                        "\"1\"",
                                        "\"cart\"",
                                        "\"\"",
                                        "\"ca\\u0072t\"",
                                        "true",
                                        "false",
                                        "null",
                                        "\"x\\\"y\"",
                                        "[1,\"cart\"]",
                                        "{\"e\":\"cart\"}",
                                        "{\"e\":{\"f\":2}}",
                                        "\"shopping cart\"",
                                        "12345678901234567890",
                                        "\"\\\\\""};
constexpr std::string_view kSpaces[] = {"", "", "", " ", "\t"};

std::string random_line(Random& random) {
  if (below(random, 20) == 0) return "no json, but a cart \\u";
  std::string line = "{";
  const std::size_t members = below(random, 6);
  for (std::size_t i = 0; i < members; ++i) {
    if (i != 0) line += ",";
    line += pick(random, kSpaces);
    line += '"' + std::string(pick(random, kKeys)) + '"';
    line += pick(random, kSpaces);
    line += ":";
    line += pick(random, kSpaces);
    line += pick(random, kValues);
  }
  return line + std::string(pick(random, kSpaces)) + "}";
}

std::string random_lines(Random& random, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += random_line(random) + "\n";
  return out;
}

// Programs: one condition over the fields, as text and as a tree for the plain evaluator.

constexpr std::string_view kFields[] = {"a", "b", "c", "d.e", "d", "ab", "absent"};
constexpr std::string_view kOps[] = {"==", "!=", "<", "<=", ">", ">=", "contains", "startswith"};
constexpr std::string_view kLiterals[] = {"1",
                                          "2",
                                          "2.5",
                                          "100",
                                          "-3",
                                          "\"cart\"",
                                          "\"car\"",
                                          "\"1\"",
                                          "true",
                                          "\"x\\\"y\"",
                                          "\"shopping cart\""};

struct Condition {
  enum Kind { kTest, kExists, kAnd, kOr, kNot } kind = kTest;
  std::string_view field;
  std::string_view op;
  std::string_view literal;
  std::vector<Condition> parts;
};

Condition random_condition(Random& random, int depth) {
  Condition out;
  const std::size_t kind = depth == 0 ? below(random, 5) : below(random, 9);
  out.field = pick(random, kFields);
  if (kind < 4) {
    out.op = pick(random, kOps);
    out.literal = pick(random, kLiterals);
    return out;
  }
  out.kind = kind == 4  ? Condition::kExists
             : kind < 7 ? Condition::kAnd
             : kind < 8 ? Condition::kOr
                        : Condition::kNot;
  const std::size_t parts = kind == 4 ? 0 : out.kind == Condition::kNot ? 1 : 2;
  for (std::size_t i = 0; i < parts; ++i) out.parts.push_back(random_condition(random, depth - 1));
  return out;
}

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

// The plain evaluator.

using obs::model::Value;
using obs::model::ValueKind;

std::optional<Value> member(const Value& map, std::string_view key) {
  if (map.kind() != ValueKind::kMap) return std::nullopt;
  const Value* found = obs::model::find_attribute(map.as_map(), key);
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
  obs::codec::append_record_value(out, value);
  return out;
}

// -1, 0, 1, or nothing when the two cannot be compared.
std::optional<int> compare(const Value& a, const Value& b) {
  const auto sign = [](auto left, auto right) { return left < right ? -1 : left > right ? 1 : 0; };
  auto left = number_of(a);
  auto right = number_of(b);
  if (left && b.is_string()) right = obs::parse_double(b.as_string());
  if (right && a.is_string()) left = obs::parse_double(a.as_string());
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

bool test(const Condition& condition, const Value& root, obs::Arena& arena) {
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
  const Value literal = *obs::codec::parse_json(condition.literal, arena);
  if (condition.op == "contains" || condition.op == "startswith") {
    if (value->kind() == ValueKind::kEmpty) return false;
    const bool nested = value->kind() == ValueKind::kArray || value->kind() == ValueKind::kMap;
    std::string text = text_of(*value);
    if (nested) {  // As it stands in the line: the values above have no spaces.
      text.clear();
      obs::codec::append_plain_value(text, *value);
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

// Whole programs: stages that filter, cut and set, then perhaps counts; as text and as steps.

struct Step {
  enum Kind { kWhere, kHead, kTail, kSet, kCount } kind = kWhere;
  Condition condition;  // kCount: of the second count.
  std::size_t count = 0;
  std::string_view field;
  std::string_view literal;
};

// A line that is set is never shown, only counted: how it is spelled is for other tests.
std::vector<Step> random_steps(Random& random) {
  std::vector<Step> steps;
  bool counts = below(random, 2) == 0;
  const std::size_t size = 1 + below(random, 5);
  for (std::size_t i = 0; i < size; ++i) {
    Step step;
    step.kind = static_cast<Step::Kind>(below(random, 4));
    step.condition = random_condition(random, 1);
    step.count = 1 + below(random, 50);
    step.field = pick(random, kFields);
    step.literal = pick(random, kLiterals);
    counts |= step.kind == Step::kSet;
    steps.push_back(step);
  }
  if (counts) steps.push_back({Step::kCount, random_condition(random, 1), 0, {}, {}});
  return steps;
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

std::string show(const std::vector<Step>& steps) {
  std::string out;
  for (const Step& step : steps) out += (out.empty() ? "" : " | ") + show(step);
  return out;
}

struct Row {
  std::string line;
  Value root;
};

std::vector<Row> read_rows(std::string_view lines, obs::Arena& arena) {
  std::vector<Row> rows;
  for (std::string_view line : obs::split(lines, '\n')) {
    if (line.empty()) continue;
    if (const auto root = obs::codec::parse_json(line, arena)) {
      rows.push_back({std::string(line), *root});
      continue;
    }
    std::string body = "{\"body\":";
    obs::append_json_string(body, line);
    body += '}';
    rows.push_back({body, *obs::codec::parse_json(body, arena)});
  }
  return rows;
}

Value with(const Value& root, std::string_view key, const Value& value, obs::Arena& arena) {
  std::vector<obs::model::KeyValue> members(root.as_map().begin(), root.as_map().end());
  const auto found = std::find_if(members.begin(), members.end(),
                                  [key](const auto& member) { return member.key == key; });
  if (found == members.end()) {
    members.push_back({key, value});
  } else {
    found->value = value;
  }
  return Value::map(arena.copy_array(std::span<const obs::model::KeyValue>(members)));
}

void apply_plainly(const Step& step, std::vector<Row>& rows, obs::Arena& arena) {
  const auto size = static_cast<std::ptrdiff_t>(std::min(step.count, rows.size()));
  switch (step.kind) {
    case Step::kWhere:
      std::erase_if(rows, [&](const Row& row) { return !test(step.condition, row.root, arena); });
      break;
    case Step::kHead: rows.erase(rows.begin() + size, rows.end()); break;
    case Step::kTail: rows.erase(rows.begin(), rows.end() - size); break;
    case Step::kSet: {
      const Value value = *obs::codec::parse_json(step.literal, arena);
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

std::string run_plainly(const std::vector<Step>& steps, std::string_view lines) {
  obs::Arena arena;
  std::vector<Row> rows = read_rows(lines, arena);
  for (const Step& step : steps) apply_plainly(step, rows, arena);
  std::string out;
  for (const Row& row : rows) out += row.line + "\n";
  return out;
}

std::string filter_plainly(const Condition& condition, std::string_view lines) {
  std::string out;
  for (std::string_view line : obs::split(lines, '\n')) {
    if (line.empty()) continue;
    obs::Arena arena;
    const auto root = obs::codec::parse_json(line, arena);
    std::string kept(line);
    if (!root) {
      kept = "{\"body\":";
      obs::append_json_string(kept, line);
      kept += '}';
    }
    const Value none = Value::map({});
    if (test(condition, root ? *root : none, arena)) out += kept + "\n";
  }
  return out;
}

std::string random_tail(Random& random) {
  constexpr std::string_view kTails[] = {
      "",
      " | stats count() as n, sum(a), avg(b), min(c), max(a), p50(b), uniq(c) by a",
      " | stats first(a) as f, last(b) as l, values(c) as v, count(where a == 1) as ones by d.e",
      " | set z = a, b = 1 | drop c",
      " | keep b, a",
      " | sort -a, b | head 7",
      " | top 4 a",
      " | rename a as z | where exists z | tail 5",
      " | unroll xs | stats count() by xs",
      " | dedup by a within 1h",
      " | set b = a + 1, c = len(c) | stats sum(b), max(c)",
      " | format \"{a}-{b}\"",
  };
  return std::string(pick(random, kTails));
}

}  // namespace

TEST_CASE("filters keep what a plain evaluator keeps", "[lang][differential]") {
  Random random(20261122);
  for (int round = 0; round < 400; ++round) {
    const std::string lines = random_lines(random, 60);
    const Condition condition = random_condition(random, 2);
    const std::string program = "where " + show(condition);
    INFO(program);
    CHECK(run_program(program, lines).output == filter_plainly(condition, lines));
  }
}

TEST_CASE("whole programs answer what a plain evaluator answers", "[lang][differential]") {
  Random random(4);
  for (int round = 0; round < 600; ++round) {
    const std::string lines = random_lines(random, 80);
    const std::vector<Step> steps = random_steps(random);
    const std::string program = show(steps);
    INFO(program << "\n" << lines);
    obs::test::RunOptions options;
    options.threads = 1 + static_cast<unsigned>(below(random, 2));
    options.chunk_bytes = 1 + below(random, 2000);
    CHECK(run_program(program, lines, options).output == run_plainly(steps, lines));
  }
}

TEST_CASE("threads and chunks change nothing", "[lang][differential]") {
  Random random(7);
  for (int round = 0; round < 150; ++round) {
    const std::string lines = random_lines(random, 300);
    const std::string program = "where " + show(random_condition(random, 1)) + random_tail(random);
    INFO(program);
    const auto whole = run_program(program, lines);
    REQUIRE(whole.error.empty());
    obs::test::RunOptions options;
    options.threads = 1 + static_cast<unsigned>(below(random, 4));
    options.chunk_bytes = 1 + below(random, 2000);
    const auto cut = run_program(program, lines, options);
    CHECK(cut.error.empty());
    CHECK(cut.output == whole.output);
    CHECK(cut.counters.sent == whole.counters.sent);
  }
}
