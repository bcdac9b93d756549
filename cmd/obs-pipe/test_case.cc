#include "cmd/obs-pipe/test_case.h"

#include <algorithm>

#include <fmt/format.h>

#include "cmd/obs-pipe/lines.h"

namespace obs::pipe {
namespace {

constexpr std::size_t kMaxDiffLines = 40;

std::string* find_section(TestCase& test, std::string_view name) {
  if (name == "program") return &test.program;
  if (name == "input") return &test.input;
  return name == "output" ? &test.output : nullptr;
}

void trim_blank_lines(std::string& text) {
  while (text.ends_with("\n\n") || text == "\n") text.pop_back();
}

Result<void> finish(std::vector<TestCase>& cases, const std::string& file) {
  if (cases.empty()) return {};
  TestCase& test = cases.back();
  for (std::string* text : {&test.program, &test.input, &test.output}) trim_blank_lines(*text);
  if (!test.program.empty()) return {};
  return fail(Errc::kMalformed,
              fmt::format("{}:{}: the case has no `-- program`", file, test.line));
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) lines.push_back(take_line(text));
  return lines;
}

}  // namespace

Result<std::vector<TestCase>> parse_test_cases(std::string_view text, const std::string& file) {
  std::vector<TestCase> cases;
  std::string* section = nullptr;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = take_line(text);
    if (line.starts_with("== ")) {
      OBS_TRY_VOID(finish(cases, file));
      cases.push_back({std::string(line.substr(3)), number, {}, {}, {}});
      section = nullptr;
    } else if (line.starts_with("-- ")) {
      section = cases.empty() ? nullptr : find_section(cases.back(), line.substr(3));
      if (section != nullptr) continue;
      return fail(Errc::kMalformed,
                  fmt::format("{}:{}: a section is `-- program`, `-- input` or `-- output`, in a "
                              "case that begins with `== name`",
                              file, number));
    } else if (section != nullptr) {
      section->append(line) += '\n';
    }
  }
  OBS_TRY_VOID(finish(cases, file));
  if (!cases.empty()) return cases;
  return fail(Errc::kMalformed, file + ": holds no case; one begins with a line `== name`");
}

std::vector<std::string> diff_lines(std::string_view expected, std::string_view got) {
  const auto want = split(expected);
  const auto have = split(got);
  const std::size_t shorter = std::min(want.size(), have.size());
  std::size_t before = 0;
  while (before < shorter && want[before] == have[before]) ++before;
  std::size_t behind = 0;
  while (behind < shorter - before &&
         want[want.size() - 1 - behind] == have[have.size() - 1 - behind]) {
    ++behind;
  }
  std::vector<std::string> diff;
  for (std::size_t i = before; i < want.size() - behind && diff.size() < kMaxDiffLines / 2; ++i) {
    diff.push_back("- " + std::string(want[i]));
  }
  for (std::size_t i = before; i < have.size() - behind && diff.size() < kMaxDiffLines; ++i) {
    diff.push_back("+ " + std::string(have[i]));
  }
  return diff;
}

}  // namespace obs::pipe
