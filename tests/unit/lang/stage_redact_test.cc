// redact and sample as the engine runs them.

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "libobs/lang/engine.h"
#include "libobs/lang/field_scan.h"
#include "libobs/lang/parser.h"
#include "libobs/lang/redact.h"
#include "libobs/lang/sampling.h"
#include "tests/unit/lang/redact_corpus.h"

namespace lang = obs::lang;

namespace {

struct Ran {
  std::string out;
  lang::Counters counters;
};

Ran run(std::string_view program, std::string input) {
  auto parsed = lang::parse(program);
  REQUIRE(parsed);
  lang::EngineOptions options;
  options.redact_key = "a key for tests";
  auto plan = lang::compile(std::move(*parsed), options);
  REQUIRE(plan);
  const std::size_t size = input.size();
  input.append(lang::kScanPadding, '\0');
  lang::Lane lane(*plan);
  Ran ran;
  std::string lines;
  REQUIRE(lane.run(std::string_view(input).substr(0, size), 0, lines));
  lang::Finish finish(*plan);
  REQUIRE(finish.push(lines, ran.out));
  REQUIRE(finish.merge(lane));
  REQUIRE(finish.finish(ran.out));
  ran.counters = finish.counters();
  return ran;
}

}  // namespace

TEST_CASE("the redact stage leaves no planted secret, also behind other stages",
          "[lang][redact][engine]") {
  std::string input;
  for (const auto& secret : obs::test::planted_secrets()) {
    for (const auto& planted : obs::test::plant(secret.text)) input += planted.line + "\n";
  }
  for (const std::string_view program :
       {"redact all", "redact all with hash", "redact all with drop",
        "set copy = body | redact all", "rename body as text | redact all"}) {
    const Ran ran = run(program, input);
    CHECK(ran.counters.received == ran.counters.sent);
    const auto all = lang::Redactor::make({.detectors = {"all"}}, {});
    std::string_view left = ran.out;
    while (!left.empty()) {
      const std::string_view line = left.substr(0, left.find('\n'));
      left.remove_prefix(line.size() + 1);
      INFO(program << "\n" << line);
      CHECK_FALSE(lang::find_leak(*all, line));
    }
  }
}

TEST_CASE("the redact stage counts by what it finds, and keeps the rest",
          "[lang][redact][engine]") {
  const Ran ran =
      run("redact email, ip", "{\"msg\":\"a@b.de from 10.0.0.7 and c@d.org\"}\nplain\n");
  CHECK(ran.out == "{\"msg\":\"[email] from [ip] and [email]\"}\n{\"body\":\"plain\"}\n");
  CHECK(ran.counters.redacted[static_cast<std::size_t>(lang::Secret::kEmail)] == 2);
  CHECK(ran.counters.redacted[static_cast<std::size_t>(lang::Secret::kIp)] == 1);
}

TEST_CASE("the sample stage keeps whole traces, and says how many each record stands for",
          "[lang][sampling][engine]") {
  std::string input;
  for (int i = 0; i < 4000; ++i) {
    const auto id = fmt::format("{:016x}{:016x}", i, lang::randomness_of(std::to_string(i)));
    for (int j = 0; j < 2; ++j) {
      input += fmt::format("{{\"signal\":\"span\",\"trace_id\":\"{}\",\"name\":\"s{}\"}}\n", id, j);
    }
  }
  const Ran half = run("sample 50%", input);
  const Ran quarter = run("sample 50% | sample 50%", input);
  CHECK(half.counters.sent == Approx(4000).epsilon(0.1));
  CHECK(half.counters.sent % 2 == 0);
  CHECK(half.counters.sent + half.counters.sampled == 8000);
  CHECK(quarter.counters.sent == Approx(2000).epsilon(0.1));
  CHECK(half.out.find(R"("trace_state":"ot=th:8")") != std::string::npos);
  CHECK(quarter.out.find(R"("trace_state":"ot=th:c")") != std::string::npos);
}

TEST_CASE("the sample stage samples logs by a key", "[lang][sampling][engine]") {
  std::string input;
  for (int i = 0; i < 2000; ++i)
    input += fmt::format("{{\"msg\":\"m\",\"user\":\"u{}\"}}\n", i % 200);
  const Ran ran = run("sample 25% by user", input);
  CHECK(ran.counters.sent % 10 == 0);
  CHECK(ran.counters.sent == Approx(500).epsilon(0.4));
  CHECK(ran.out.find(R"("sampling.threshold":"c")") != std::string::npos);
  CHECK(run("sample 25% by user | sample 100% by user", input).out == ran.out);
  CHECK(run("sample 0%", input).out.empty());
  CHECK(run("sample 100%", input).out == input);
}

TEST_CASE("the tailsample stage keeps whole traces that meet a policy, and says which",
          "[lang][tailsample][engine]") {
  const auto span = [](int trace, int second, std::string_view rest) {
    return fmt::format(
        R"({{"signal":"span","time":"2026-11-22T10:15:{:02}.000000000Z","trace_id":"{:032x}",{}}})"
        "\n",
        second, trace, rest);
  };
  const std::string input = span(1, 1, R"("name":"a")") + span(2, 1, R"("name":"b")") +
                            span(1, 2, R"("name":"c","status":"error")") +
                            span(3, 3, R"("name":"d","duration_ns":2000000000)") +
                            "{\"msg\":\"no trace\"}\n" + span(2, 20, R"("name":"e")") +
                            span(1, 21, R"("name":"f")");
  const Ran ran = run("tailsample when status == error or duration > 1s wait 10s", input);
  CHECK(ran.counters.sent == 5);
  CHECK(ran.counters.sampled == 2);
  for (
      const std::string_view kept :
      {R"("name":"a","attributes":{"tailsampling.policy":1,"tailsampling.reason":"status == error"}})",
       R"("name":"c")", R"("name":"f")",
       R"("attributes":{"tailsampling.policy":2,"tailsampling.reason":"duration > 1s"}})",
       "no trace"}) {
    INFO(kept << "\n" << ran.out);
    CHECK(ran.out.find(kept) != std::string::npos);
  }
  const Ran all = run("tailsample when false else 100%", input);
  CHECK(all.counters.sent == 7);
}
