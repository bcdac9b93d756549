// Cases of `obs-pipe test`: what a program should make of an input.
//
//   == errors are kept            begins a case, and names it; text before the first is prose
//   -- program
//   where level == "error"
//   -- input                      lines, each as it is
//   {"level":"info"}
//   -- output                     what should come out; left out: nothing
//
// Blank lines at the end of a section belong to nobody.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/result.h"

namespace obs::pipe {

struct TestCase {
  std::string name;
  std::size_t line = 0;  // Where it begins, from 1.
  std::string program;
  std::string input;
  std::string output;
};

// kMalformed names `file` and the line: a section that there is not, one outside of a case, a case
// without a program, a file without cases.
Result<std::vector<TestCase>> parse_test_cases(std::string_view text, const std::string& file);

// What differs, as lines that begin with - (expected) or + (came out), forty at most, without what
// is equal before and behind; empty when nothing does.
std::vector<std::string> diff_lines(std::string_view expected, std::string_view got);

}  // namespace obs::pipe
