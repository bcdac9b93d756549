// A line with how many records it stands for is as good as so many lines.

#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "libobs/lang/engine.h"
#include "libobs/lang/field_scan.h"
#include "libobs/lang/parser.h"
#include "tests/unit/lang/run_program.h"

namespace obs::lang {
namespace {

constexpr std::uint64_t kMost = 40;

std::string line_of(std::uint64_t i) {
  static constexpr const char* kValues[] = {"1", "2.5", "\"3\"", "-0.0", "true", "[1,2]", "1e300"};
  return fmt::format(
      R"({{"signal":"span","time":"2026-11-22T10:00:{:02}Z","service":"s{}","attributes":{{"v":{}}}{}}})",
      i, i % 3, kValues[i % 7], i % 5 == 0 ? R"(,"trace_state":"ot=th:c")" : "");
}

struct Sample {
  std::string once, often;
  std::vector<std::uint64_t> copies;
};

Sample make_sample() {
  Sample sample;
  for (std::uint64_t i = 0; i < kMost; ++i) {
    sample.once += line_of(i) + '\n';
    sample.copies.push_back(1 + i * i % 17);
    for (std::uint64_t k = 0; k < sample.copies.back(); ++k) sample.often += line_of(i) + '\n';
  }
  return sample;
}

std::string run_copies(const std::string& text, std::string lines,
                       std::span<const std::uint64_t> copies, Counters& counters) {
  auto program = parse(text);
  REQUIRE(program);
  const auto plan = compile(std::move(*program), {});
  REQUIRE(plan);
  Lane lane(*plan);
  Finish finish(*plan);
  const std::size_t size = lines.size();
  lines.append(kScanPadding, '\0');
  std::string out;
  std::string final;
  std::vector<std::uint64_t> left(copies.begin(), copies.end());
  REQUIRE(lane.run(std::string_view(lines).substr(0, size), 0, out, left));
  REQUIRE(finish.push(out, final, left));
  REQUIRE(finish.merge(lane));
  REQUIRE(finish.finish(final));
  counters = finish.counters();
  return final;
}

}  // namespace

TEST_CASE("a line counts as often as its record is there", "[lang][engine]") {
  const Sample sample = make_sample();
  for (const char* text : {
           "stats count() as n",
           "stats count(), sum(v), avg(v), min(v), max(v) by service",
           "stats p50(v), p90(v), approx_p50(v), uniq(v), values(v) by service",
           "where v > 0 | stats count(where v == 1) as ones, count() by v",
           "set w = v * 2 | stats sum(w), avg(w) by service",
           "set w = v + service | stats count(where exists w) as sums, count() by service",
           "top 2 service, v",
           "stats count(), sum(v), rate() by service every 10s",
           "where service != \"s1\" | stats count() as n every 10s | stats sum(n), count()",
           "stats count() as n by v every 5s | where n > 3 | top 2 n",
           "unroll v | stats count() by service, v",
       }) {
    CAPTURE(text);
    Counters counters;
    const auto repeated = test::run_program(text, sample.often);
    CHECK(run_copies(text, sample.once, sample.copies, counters) == repeated.output);
    CHECK(counters.received == repeated.counters.received);
    CHECK(counters.filtered == repeated.counters.filtered);
    CHECK(counters.errors == repeated.counters.errors);
  }
}

}  // namespace obs::lang
