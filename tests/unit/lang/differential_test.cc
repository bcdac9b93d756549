// The engine against a plain evaluator that parses every line whole and knows no shortcuts; and
// against itself with other chunks and more threads. Programs and lines are random, from fixed
// seeds.

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/unit/lang/plain_evaluator.h"
#include "tests/unit/lang/run_program.h"

using obs::test::Condition;
using obs::test::run_program;
using obs::test::Step;

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
    const std::vector<Step> filter = {{Step::kWhere, random_condition(random, 2), 0, {}, {}}};
    const std::string program = show(filter);
    INFO(program);
    CHECK(run_program(program, lines).output == run_plainly(filter, lines));
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
