// A plain evaluator of filters and short programs, which parses every line whole and knows no
// shortcuts: what the engine is compared with.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace obs::test {

// A condition over fields, as a tree; show() is its text in the language.
struct Condition {
  enum Kind { kTest, kExists, kAnd, kOr, kNot } kind = kTest;
  std::string_view field;
  std::string_view op;
  std::string_view literal;
  std::vector<Condition> parts;
};

std::string show(const Condition& condition);

// A stage that filters, cuts, sets or counts.
struct Step {
  enum Kind { kWhere, kHead, kTail, kSet, kCount } kind = kWhere;
  Condition condition;  // kCount: of the second count.
  std::size_t count = 0;
  std::string_view field;
  std::string_view literal;
};

std::string show(const std::vector<Step>& steps);

// What comes out for these lines.
std::string run_plainly(const std::vector<Step>& steps, std::string_view lines);

}  // namespace obs::test
