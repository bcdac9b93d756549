#include "libobs/lang/functions.h"

#include <catch2/catch.hpp>

#include "libobs/lang/function_text.h"
#include "tests/unit/lang/run_program.h"

using obs::test::run_program;

namespace {

// The value of an expression over {"a":…}, as JSON; "" when missing.
std::string eval(std::string_view expression, std::string_view a = "1") {
  obs::test::RunOptions options;
  options.engine.now = 1795000000 * obs::kSecond;
  const auto result = run_program("set r = " + std::string(expression) + " | keep r",
                                  "{\"a\":" + std::string(a) + "}", options);
  if (!result.error.empty()) return "! " + result.error;
  constexpr std::string_view kBegin = "{\"r\":";
  if (!result.output.starts_with(kBegin)) return "";
  return result.output.substr(kBegin.size(), result.output.size() - kBegin.size() - 2);
}

}  // namespace

TEST_CASE("each function of the library", "[lang][functions]") {
  struct Case {
    std::string_view expression;
    std::string_view a;
    std::string_view value;
  };
  const Case cases[] = {
      {"if(a > 1, \"big\", \"small\")", "2", "\"big\""},
      {"if(a > 1, \"big\", \"small\")", "1", "\"small\""},
      {"if(a > 1, \"big\")", "1", ""},
      {"coalesce(x, a, 3)", "2", "2"},
      {"coalesce(a, 3)", "null", "3"},
      {"type(a)", "1", "\"int\""},
      {"type(a)", "1.5", "\"double\""},
      {"type(a)", "\"x\"", "\"string\""},
      {"type(a)", "null", "\"null\""},
      {"type(x)", "1", "\"missing\""},
      {"type(a)", "[]", "\"array\""},
      {"type(a)", "{}", "\"map\""},
      {"type(a)", "{\"$bytes\":\"AA==\"}", "\"bytes\""},
      {"int(a)", "\"12\"", "12"},
      {"int(a)", "-1.9", "-1"},
      {"int(a)", "\"x\"", ""},
      {"double(a)", "\"1.5\"", "1.5"},
      {"string(a)", "[1, 2]", "\"[1,2]\""},
      {"string(a)", "5", "\"5\""},
      {"hash(a) == hash(\"x\")", "\"x\"", "true"},
      {"len(hash(a))", "1", "16"},
      {"lower(a)", "\"AbC\"", "\"abc\""},
      {"upper(a)", "\"abC\"", "\"ABC\""},
      {"trim(a)", "\"  x \"", "\"x\""},
      {"len(a)", "\"h\u00e9\"", "2"},
      {"len(a)", "[1,[2,3]]", "2"},
      {"len(a)", "{\"x\":1}", "1"},
      {"substr(a, 1, 2)", "\"h\u00e9llo\"", "\"\u00e9l\""},
      {"substr(a, -2)", "\"hello\"", "\"lo\""},
      {"substr(a, 9)", "\"hello\"", "\"\""},
      {"replace(a, \"l\", \"L\")", "\"hello\"", "\"heLLo\""},
      {"concat(a, \"-\", 2, x)", "1", "\"1-2\""},
      {"split(a, \",\")", "\"a,,b\"", "[\"a\",\"\",\"b\"]"},
      {"split(a, \",\", 2)", "\"a,,b\"", "\"b\""},
      {"split(a, \",\", 3)", "\"a,,b\"", ""},
      {"extract(a, \"([0-9]+)ms\")", "\"took 15ms\"", "\"15\""},
      {"extract(a, \"[0-9]+ms\")", "\"took 15ms\"", "\"15ms\""},
      {"extract(a, \"(x)|(t)ook\", 2)", "\"took\"", "\"t\""},
      {"extract(a, \"z\")", "\"took\"", ""},
      {"replace_regex(a, \"([0-9])\", \"<\\\\1>\")", "\"a1b2\"", "\"a<1>b<2>\""},
      {"replace_regex(a, \"^a\", \"x\")", "\"aab\"", "\"xab\""},
      {"abs(a)", "-3", "3"},
      {"abs(a)", "-3.5", "3.5"},
      {"floor(a)", "1.7", "1"},
      {"ceil(a)", "1.2", "2"},
      {"round(a)", "-1.5", "-2"},
      {"round(a, 2)", "1.005", "1.0"},
      {"round(a, 1)", "1.25", "1.3"},
      {"round(a, 5)", "1e300", "1e+300"},
      {"round(a, 400)", "2.5", "2.5"},
      {"round(a, -2)", "12345", "12300"},
      {"round(a, -2)", "1250.5", "1300.0"},
      {"round(a, 2)", "9223372036854775807", "9223372036854775807"},
      {"sqrt(a)", "16", "4.0"},
      {"ln(exp(a))", "2", "2.0"},
      {"log10(a)", "1000", "3.0"},
      {"pow(a, 10)", "2", "1024.0"},
      {"least(a, 3, x)", "5", "3"},
      {"greatest(a, 3, x)", "5", "5"},
      {"bucket(a, 10)", "27", "20"},
      {"bucket(a, 10)", "-3", "-10"},
      {"bucket(a, 0.5)", "1.7", "1.5"},
      {"bucket(parse_time(a), 1h)", "\"2026-11-22T10:15:30Z\"",
       "\"2026-11-22T10:00:00.000000000Z\""},
      {"humanize(a)", "1500", "\"1.5k\""},
      {"humanize(a)", "999999", "\"1M\""},
      {"humanize(a)", "-999.4", "\"-999\""},
      {"humanize(a)", "1e18", "\"1E\""},
      {"humanize(a, \"B\")", "1500", "\"1.46KiB\""},
      {"humanize(a, \"B\")", "1010", "\"1010B\""},
      {"humanize(a, \"B\")", "1048575", "\"1MiB\""},
      {"sqrt(a)", "-4", R"({"$double":"NaN"})"},
      {"humanize(a, \"ns\")", "1250000", "\"1.25ms\""},
      {"now()", "1", "\"2026-11-18T11:06:40.000000000Z\""},
      {"format_time(a, \"%Y/%m/%d %H:%M\")", "\"2026-11-22T10:15:30Z\"", "\"2026/11/22 10:15\""},
      {"parse_time(a)", "1795000000", "\"2026-11-18T11:06:40.000000000Z\""},
      {"parse_time(a)", "\"x\"", ""},
      {"cidr_match(a, \"10.0.0.0/8\")", "\"10.1.2.3\"", "true"},
      {"cidr_match(a, \"10.0.0.0/9\", \"11.0.0.0/8\")", "\"10.200.2.3\"", "false"},
      {"cidr_match(a, \"2001:db8::/33\")", "\"2001:db8:7fff::1\"", "true"},
      {"cidr_match(a, \"10.0.0.0/8\")", "\"x\"", "false"},
      {"cidr_match(a, \"10.0.0.0/8\")", "\"::ffff:10.0.0.1\"", "true"},
      {"cidr_match(a, \"10.0.0.0/8\")", "\"::10.0.0.1\"", "false"},
      {"cidr_match(a, \"::ffff:10.0.0.0/104\")", "\"10.0.0.1\"", "true"},
      {"cidr_match(a, \"::/0\")", "\"10.0.0.1\"", "false"},
      {"url_scheme(a)", "\"https://u@h.example:1/p?q\"", "\"https\""},
      {"url_host(a)", "\"https://u@h.example:1/p?q\"", "\"h.example\""},
      {"url_path(a)", "\"https://h.example/p/x?q#f\"", "\"/p/x\""},
      {"url_path(a)", "\"/p/x?q\"", "\"/p/x\""},
      {"url_param(a, \"k\")", "\"/p?j=1&k=a%20b+c\"", "\"a b c\""},
      {"url_param(a, \"z\")", "\"/p?k=1\"", ""},
      {"json(a, \"x.y[1]\")", "\"{\\\"x\\\":{\\\"y\\\":[1,2]}}\"", "2"},
      {"json(a, \"z\")", "\"no json\"", ""},
      {"json(a, \"z\")", "\"[\\\"open\"", ""},
      {"json(a, \"z\")", "\"{\\\"z\\\":{\\\"open\"", ""},
  };
  for (const Case& one : cases) {
    INFO(one.expression << " of " << one.a);
    CHECK(eval(one.expression, one.a) == one.value);
  }
}

TEST_CASE("every function of the table can be called", "[lang][functions]") {
  // "::1" is a text, a regular expression and a network.
  for (const auto& info : obs::lang::functions()) {
    std::string call = "set r = " + std::string(info.name) + "(";
    for (int i = 0; i < info.min_arguments; ++i) call += i == 0 ? "a" : ", \"::1\"";
    INFO(call);
    CHECK(run_program(call + ")", "{\"a\":\"y\"}").error.empty());
    CHECK(run_program(call + ")", "{}").error.empty());
  }
}

TEST_CASE("arithmetic keeps whole numbers whole, and durations durations", "[lang][functions]") {
  CHECK(eval("a + 1", "9223372036854775807") == "9.223372036854776e+18");
  CHECK(eval("a / 2", "4") == "2");
  CHECK(eval("a / 2", "5") == "2.5");
  CHECK(eval("a % 3", "-7") == "-1");
  CHECK(eval("250ms * 2") == "500000000");
  CHECK(eval("1s / 250ms") == "4");
  CHECK(eval("now() - 1h") == "\"2026-11-18T10:06:40.000000000Z\"");
  CHECK(eval("a + 1", "\"x\"") == "");
}
