#include "cmd/obs-pipe/test_run.h"

#include <fmt/format.h>

#include "cmd/obs-pipe/job.h"
#include "cmd/obs-pipe/test_case.h"
#include "cmd/obs-pipe/text_chunks.h"
#include "libobs/app/run.h"
#include "libobs/app/stdout.h"
#include "libobs/base/fs.h"
#include "libobs/lang/pump.h"

namespace obs::pipe {
namespace {

struct Outcome {
  std::string name;
  std::string file;
  std::vector<std::string> problem;  // Empty: passed.
};

class CaseInput final : public lang::ChunkSource {
 public:
  explicit CaseInput(const std::string& text) : chunks_("input", text) {}
  Result<bool> next(lang::Chunk& chunk) override {
    if (stopped_) return false;
    chunk.number = number_++;
    chunk.name = chunks_.name();
    chunk.begins_file = chunk.number == 0;
    return chunks_.claim(chunk);
  }
  void stop() override { stopped_ = true; }

 private:
  TextChunks chunks_;
  std::uint64_t number_ = 0;
  bool stopped_ = false;
};

// What the program makes of the input.
Result<std::string> run_program(const TestCase& test, lang::EngineOptions options) {
  // Files stay as they are: what is routed away is only no longer in the output.
  options.deliver = [](std::string_view, std::string_view) { return Result<void>(); };
  OBS_TRY(const lang::Plan plan, compile_job({test.program, {}, {}}, options));
  std::string output;
  CaseInput input(test.input);
  lang::PumpOptions pump;
  pump.write = [&output](std::string_view lines) {
    output += lines;
    return Result<void>();
  };
  OBS_TRY_VOID(lang::pump(plan, input, pump));
  return output;
}

Outcome run_case(const TestCase& test, const std::string& file,
                 const lang::EngineOptions& options) {
  Outcome outcome{test.name, fmt::format("{}:{}", file, test.line), {}};
  const auto output = run_program(test, options);
  if (output) {
    outcome.problem = diff_lines(test.output, *output);
  } else {
    outcome.problem = diff_lines({}, output.error().message);
  }
  return outcome;
}

std::string to_tap(const std::vector<Outcome>& outcomes) {
  std::string tap = fmt::format("TAP version 14\n1..{}\n", outcomes.size());
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const Outcome& one = outcomes[i];
    std::string name;
    for (const char c : one.name)
      name += c == '#' || c == '\\' ? std::string{'\\', c} : std::string{c};
    tap += fmt::format("{} {} - {}\n", one.problem.empty() ? "ok" : "not ok", i + 1, name);
    if (!one.problem.empty()) tap += fmt::format("# {}\n", one.file);
    for (const std::string& line : one.problem) tap += fmt::format("# {}\n", line);
  }
  return tap;
}

std::string escape_xml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += (c >= 0 && c < 0x20) ? (c == '\n' || c == '\t' ? c : '?') : c;
    }
  }
  return out;
}

std::string to_junit(const std::vector<Outcome>& outcomes, std::size_t failed) {
  std::string xml = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuite name=\"obs-pipe\" tests=\"{}\" failures=\"{}\">\n",
      outcomes.size(), failed);
  for (const Outcome& one : outcomes) {
    xml += fmt::format("  <testcase name=\"{}\" classname=\"{}\"", escape_xml(one.name),
                       escape_xml(one.file));
    if (one.problem.empty()) {
      xml += "/>\n";
      continue;
    }
    xml += "><failure message=\"the output differs\">";
    for (const std::string& line : one.problem) xml += escape_xml(line) + '\n';
    xml += "</failure></testcase>\n";
  }
  return xml + "</testsuite>\n";
}

}  // namespace

Result<int> run_tests(const std::vector<std::string>& files, const lang::EngineOptions& options,
                      const std::string& junit) {
  if (files.empty()) {
    return fail(Errc::kInvalidArgument, "test wants files with cases: obs-pipe test FILE...");
  }
  std::vector<Outcome> outcomes;
  std::size_t failed = 0;
  for (const std::string& file : files) {
    OBS_TRY(const std::string text, system_fs().read_file(file));
    OBS_TRY(const auto cases, parse_test_cases(text, file));
    for (const TestCase& test : cases) {
      outcomes.push_back(run_case(test, file, options));
      failed += outcomes.back().problem.empty() ? 0 : 1;
    }
  }
  app::Stdout out;
  OBS_TRY_VOID(out.write(to_tap(outcomes)));
  OBS_TRY_VOID(out.flush());
  if (!junit.empty()) {
    OBS_TRY_VOID(system_fs().replace_file(junit, to_junit(outcomes, failed)));
  }
  return failed == 0 ? app::kExitDone : app::kExitNo;
}

}  // namespace obs::pipe
