// Holds obs-pipeline(7) to what the language does.
//
// An example is a literal block (.EX to .EE) with a line `$ obs-pipe 'PROGRAM'`, with options
// before the program or none: what stands before it is the input, what stands behind it the output.

#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>

#include "libobs/base/text.h"
#include "libobs/lang/detectors.h"
#include "libobs/lang/engine.h"
#include "libobs/lang/field_scan.h"
#include "libobs/lang/functions.h"
#include "libobs/lang/parse_stage.h"
#include "libobs/lang/parser.h"

namespace lang = obs::lang;

namespace {

constexpr std::string_view kCommand = "$ obs-pipe ";

struct Example {
  std::string input;
  std::string program;
  std::string output;
};

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// The page as a reader sees its words.
std::string read_manual() {
  std::ifstream file(OBS_TEST_DATA "/../../man/obs-pipeline.7");
  std::stringstream page;
  page << file.rdbuf();
  std::string text = page.str();
  const std::pair<std::string_view, std::string_view> kEscapes[] = {
      {"\\-", "-"},   {"\\(aq", "'"}, {"\\(dq", "\""}, {"\\(ha", "^"},
      {"\\(ti", "~"}, {"\\&", ""},    {"\\e", "\\"}};
  for (const auto& [escape, meant] : kEscapes) replace_all(text, escape, meant);
  return text;
}

std::vector<Example> read_examples(const std::string& manual) {
  std::vector<Example> examples;
  std::optional<Example> open;
  bool in_output = false;
  for (const std::string_view line : obs::split(manual, '\n')) {
    if (line == ".EX") {
      open.emplace();
      in_output = false;
    } else if (line == ".EE") {
      if (open && in_output) examples.push_back(*open);
      open.reset();
    } else if (open && line.starts_with(kCommand)) {
      const std::size_t begin = line.find('\'') + 1;
      open->program = line.substr(begin, line.size() - begin - 1);
      in_output = true;
    } else if (open) {
      (in_output ? open->output : open->input).append(line).append("\n");
    }
  }
  return examples;
}

std::string run(const Example& example) {
  auto program = lang::parse(example.program);
  if (!program) return program.error().message;
  lang::EngineOptions options;
  options.redact_key = "secret";
  auto plan = lang::compile(std::move(*program), options);
  if (!plan) return plan.error().message;
  const std::string padded = example.input + std::string(lang::kScanPadding, '\0');
  lang::Lane lane(*plan);
  lang::Finish finish(*plan);
  std::string lines;
  std::string out;
  REQUIRE(lane.run(std::string_view(padded).substr(0, example.input.size()), 0, lines));
  REQUIRE(finish.push(lines, out));
  REQUIRE(finish.merge(lane));
  REQUIRE(finish.finish(out));
  return out;
}

}  // namespace

TEST_CASE("every example of obs-pipeline(7) does what it says", "[lang][manual]") {
  const auto examples = read_examples(read_manual());
  CHECK(examples.size() > 60);
  for (const Example& example : examples) {
    INFO(example.program);
    CHECK(run(example) == example.output);
  }
}

TEST_CASE("obs-pipeline(7) tells of every stage, function and detector", "[lang][manual]") {
  const std::string manual = read_manual();
  const auto tells = [&](std::string_view words) {
    return manual.find(words) != std::string::npos;
  };
  for (const auto& function : lang::functions()) {
    INFO(function.signature);
    CHECK(tells(".SS " + std::string(function.signature)));
  }
  for (const std::string_view stage : lang::stage_names()) {
    INFO(stage);
    CHECK((tells("\n" + std::string(stage) + " ") || tells("  " + std::string(stage) + " ")));
  }
  for (const std::string_view detector : lang::detector_names()) {
    INFO(detector);
    CHECK((tells(".B " + std::string(detector)) || tells(".BR " + std::string(detector))));
  }
}
