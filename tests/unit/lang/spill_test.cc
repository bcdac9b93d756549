// Stages that gather more than memory may hold.

#include <random>
#include <string>

#include <catch2/catch.hpp>

#include "libobs/lang/spill_bytes.h"
#include "libobs/lang/spill_runs.h"
#include "tests/unit/lang/run_program.h"

namespace obs::lang {
namespace {

using test::run_program;
using test::RunOptions;

// Values of many kinds, equal ones too, in no order.
std::string make_input(int lines) {
  std::mt19937_64 random(7);
  std::string input;
  for (int i = 0; i < lines; ++i) {
    const auto a = random() % 5000;
    input += "{\"i\":" + std::to_string(i);
    switch (random() % 8) {
      case 0: input += ",\"k\":\"word" + std::to_string(a) + "\""; break;
      case 1: input += ",\"k\":null"; break;
      case 2: break;
      case 3: input += ",\"k\":" + std::to_string(a) + ".5"; break;
      case 4: input += ",\"k\":[" + std::to_string(a % 9) + "]"; break;
      default: input += ",\"k\":" + std::to_string(a);
    }
    input += ",\"g\":\"g" + std::to_string(random() % 300) +
             "\",\"s\":" + std::to_string(random() % 3) + ",\"v\":" +
             (random() % 4 == 0 ? std::to_string(random() % 1000) + ".25"
                                : std::to_string(random() % 100000)) +
             ",\"time\":\"2026-11-22T10:0" + std::to_string(i * 9 / lines) + ":00Z\"}\n";
  }
  return input;
}

const std::string& input() {
  static const std::string kInput = make_input(15000);
  return kInput;
}

RunOptions with_memory(std::size_t memory, unsigned threads) {
  RunOptions options;
  options.engine.memory = memory;
  options.threads = threads;
  return options;
}

std::string number(int n) {
  std::string record;
  append_plain(record, n);
  return record;
}

}  // namespace

TEST_CASE("what does not fit into memory comes to the same by way of a file", "[lang][spill]") {
  const char* const programs[] = {
      "sort k",
      "sort -k, g, -v",
      "sort g | head 9000",
      "sort v | where s == 1 | sort -i | head 7",
      "stats count() as n by k",
      "stats count() as n, sum(v) as sum, avg(v) as mean, min(k) as low, max(k) as high by g, s",
      "stats first(k) as first, last(k) as last, rate() as r by g",
      "stats uniq(i) as n",
      "stats uniq(k) as n, values(s) as s by g",
      "stats p50(v) as p50, p95(v) as p95, p99.9(v) as p999, quantile(v, 0) as min",
      "stats p95(v) as p95, approx_p95(v) as near by g",
      "stats p95(v) as p95, uniq(v) as n by s",
      "stats p95(v) as p95, count() as n by i",
      "stats count() as n, p95(v) as p95 by g every 1m",
      "stats count() as n by k | sort -n, k | head 5",
      "stats count() as n by i | head 3",
      "top 7 k, s",
      "top 100000 i",
  };
  for (const char* program : programs) {
    INFO(program);
    const auto expected = run_program(program, input(), with_memory(kGiB, 1));
    REQUIRE(expected.error.empty());
    REQUIRE(!expected.output.empty());
    for (const std::size_t memory : {30'000, 300'000, 2'000'000}) {
      for (const unsigned threads : {1U, 3U}) {
        CAPTURE(memory, threads);
        const auto result = run_program(program, input(), with_memory(memory, threads));
        CHECK(result.error.empty());
        CHECK(result.output == expected.output);
      }
    }
  }
}

TEST_CASE("runs are merged in order, those before others first, and as often as asked",
          "[lang][spill]") {
  SpillFile file;
  SpillRuns runs(file, [](std::string_view a, std::string_view b) {
    return take_plain<int>(a) < take_plain<int>(b);
  });
  CHECK(runs.empty());
  // More runs than are merged at a time, of records that say which run they are of.
  for (int run = 0; run < 200; ++run) {
    for (int i = 0; i < 20; ++i) REQUIRE(runs.add(number(i) + std::to_string(run)));
    REQUIRE(runs.end_run());
  }
  for (int round = 0; round < 2; ++round) {
    int count = 0;
    REQUIRE(runs.merge([&](std::string_view record) -> Result<bool> {
      CHECK(take_plain<int>(record) == count / 200);
      CHECK(record == std::to_string(count % 200));
      ++count;
      return true;
    }));
    CHECK(count == 4000);
  }
  int seen = 0;
  REQUIRE(runs.merge([&](std::string_view) -> Result<bool> { return ++seen < 5; }));
  CHECK(seen == 5);
}

namespace {

// What the program says where there is no temporary directory.
test::RunResult run_without_directory(const std::string& program, std::size_t memory) {
  const char* const before = std::getenv("TMPDIR");
  const std::string kept = before == nullptr ? "" : before;
  ::setenv("TMPDIR", "/nowhere/at/all", 1);
  auto result = run_program(program, input(), with_memory(memory, 1));
  if (before == nullptr) {
    ::unsetenv("TMPDIR");
  } else {
    ::setenv("TMPDIR", kept.c_str(), 1);
  }
  return result;
}

}  // namespace

TEST_CASE("a temporary directory that is not there is named", "[lang][spill]") {
  const auto result = run_without_directory("sort k", 30'000);
  CHECK(result.error.find("/nowhere/at/all") != std::string::npos);
}

TEST_CASE("windows that came out are held no more, and need no file", "[lang][spill]") {
  for (const char* program : {"stats count() as n every 1m", "stats count() as n by s every 1m"}) {
    INFO(program);
    const auto result = run_without_directory(program, 300'000);
    CHECK(result.error.empty());
    CHECK(result.output.find("10:08:00") != std::string::npos);
  }
}

TEST_CASE("a spill file has no name", "[lang][spill]") {
  SpillFile file;
  const auto first = file.append("some");
  const auto second = file.append("thing");
  REQUIRE(first);
  REQUIRE(second);
  char bytes[5];
  REQUIRE(file.read(*second, bytes, 5));
  CHECK(std::string_view(bytes, 5) == "thing");
  CHECK_FALSE(file.read(*second + 1, bytes, 5));
}

}  // namespace obs::lang
