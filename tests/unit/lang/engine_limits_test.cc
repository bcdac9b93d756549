// What the engine does with lines it cannot read, and when its memory is at an end.

#include <string>

#include <catch2/catch.hpp>

#include "tests/unit/lang/run_program.h"

using obs::test::run_program;

TEST_CASE("strict stops at the first line that is no JSON, and says where", "[lang][engine]") {
  obs::test::RunOptions options;
  options.engine.strict = true;
  const auto result = run_program("where true", "{\"a\":1}\n{\"a\":01}\n{\"b\":1}\n", options);
  CHECK(result.output == "{\"a\":1}\n");
  CHECK(result.error.starts_with("input:2: "));
  CHECK(result.error.find("at byte 5") != std::string::npos);
}

TEST_CASE("skipping invalid lines counts them", "[lang][engine]") {
  obs::test::RunOptions options;
  options.engine.skip_invalid = true;
  const auto result = run_program("where true", "{\"a\":1}\noops\n{\"b\":1}\n", options);
  CHECK(result.output == "{\"a\":1}\n{\"b\":1}\n");
  CHECK(result.counters.invalid == 1);
}

TEST_CASE("lines over the limit are left out and counted", "[lang][engine]") {
  obs::test::RunOptions options;
  options.engine.max_line = 10;
  const auto result = run_program("where true", "{\"a\":1}\n{\"abcdefghij\":1}\n", options);
  CHECK(result.output == "{\"a\":1}\n");
  CHECK(result.counters.too_long == 1);
}

TEST_CASE("what has a memory bound says so when it is reached", "[lang][engine]") {
  obs::test::RunOptions options;
  options.engine.memory = 10000;
  std::string input;
  for (int i = 0; i < 1000; ++i) input += "{\"v\":" + std::to_string(i) + "}\n";
  for (const char* program : {"tail 1000", "dedup by v", "throttle 1/s by v"}) {
    INFO(program);
    CHECK(run_program(program, input, options).error.find("--memory") != std::string::npos);
  }
}

TEST_CASE("sort before head holds only what head will show", "[lang][engine]") {
  obs::test::RunOptions options;
  options.engine.memory = 1 << 20;
  std::string input;
  for (int i = 0; i < 50000; ++i) input += "{\"v\":" + std::to_string(i * 7919 % 50000) + "}\n";
  const auto result = run_program("sort -v | head 2", input, options);
  CHECK(result.error.empty());
  CHECK(result.output == "{\"v\":49999}\n{\"v\":49998}\n");
}

TEST_CASE("what a broken line is does not depend on the lines around it", "[lang][engine]") {
  struct Case {
    std::string program;
    std::string line;
    std::string output;
  };
  const Case cases[] = {
      // Cut off: no object, though its first members are whole.
      {"where level == \"error\"", R"({"level":"error","msg":"cu)", ""},
      {"where level == \"error\"", R"({"level":"error","msg":"cut"} \)", ""},
      {"keep level", R"({"level":"error","msg":"cu)", "{}\n"},
      // Broken behind what is asked for: a body as soon as it goes out.
      {"where level == \"error\"", R"({"level":"error","msg":"x",})",
       "{\"body\":\"{\\\"level\\\":\\\"error\\\",\\\"msg\\\":\\\"x\\\",}\"}\n"},
      {"keep level", R"({"level":"error","msg":"x",})", "{}\n"},
  };
  // An obs record, and a line that only looks like one.
  const std::string others = "{\"signal\":\"log\",\"n\":1}\n{\"n\":\"\\u0022signal\\u0022\"}\n";
  for (const Case& c : cases) {
    CAPTURE(c.program, c.line);
    const std::string around = obs::test::run(c.program, others);
    CHECK(obs::test::run(c.program, c.line + "\n") == c.output);
    CHECK(obs::test::run(c.program, others + c.line + "\n" + others) == around + c.output + around);
  }
}
