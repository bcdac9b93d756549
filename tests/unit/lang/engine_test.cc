#include "libobs/lang/engine.h"

#include <catch2/catch.hpp>

#include "tests/unit/lang/run_program.h"

using obs::test::run;
using obs::test::run_program;

namespace {

struct Case {
  std::string_view program;
  std::string_view input;
  std::string_view output;
};

void check(const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    INFO(one.program << "\n" << one.input);
    std::string output = run(one.program, one.input);
    if (output.ends_with('\n')) output.pop_back();
    CHECK(output == one.output);
  }
}

// What the condition says of one line.
bool holds(std::string_view condition, std::string_view line) {
  const std::string output = run("where " + std::string(condition), line);
  REQUIRE_FALSE(output.starts_with("!"));
  return !output.empty();
}

constexpr std::string_view kSpan =
    R"({"signal":"span","time":"2026-11-22T10:00:00Z","duration_ns":250000000,"service":"cart",)"
    R"("name":"GET /","kind":"server","status":"error","attributes":{"http.route":"/pay","n":3},)"
    R"("resource":{"host.name":"web-1"}})";
constexpr std::string_view kLog =
    R"({"signal":"log","time":"2026-11-22T10:00:00Z","service":"cart","severity":"error",)"
    R"("severity_number":18,"body":"it failed","attributes":{"user":{"id":7}}})";

}  // namespace

TEST_CASE("an unmodified line leaves as the bytes it came in", "[lang][engine]") {
  const std::string_view lines[] = {
      R"({"a":1})",
      R"(  { "a" : 1.50 , "b":[ 1,2 ], "c":"\u0041\/" }  )",
      R"({"a":1,"a":2})",
      "{\"a\":\"caf\xC3\xA9\"}",
      R"({})",
  };
  for (const std::string_view line : lines) {
    CHECK(run("where not exists nothing", line) == std::string(line) + "\n");
    CHECK(run("head 5", line) == std::string(line) + "\n");
  }
}

TEST_CASE("a line that is no JSON object is a body", "[lang][engine]") {
  check({
      {"where body contains \"pl\"", "plain text", R"({"body":"plain text"})"},
      {"where true", "say \"hi\"\r", R"({"body":"say \"hi\""})"},
      {"where true", "[1,2]", R"({"body":"[1,2]"})"},
      {"where true", "{\"a\":", R"({"body":"{\"a\":"})"},
      {"where exists service", "plain", ""},
      {"set a = 1", "plain", R"({"body":"plain","a":1})"},
      {"where true", "\n  \n", ""},
      {"where body == \"x\"", "x", R"({"body":"x"})"},
  });
}

TEST_CASE("comparisons follow the rules of values", "[lang][engine]") {
  struct Comparison {
    std::string_view condition;
    std::string_view line;
    bool holds;
  };
  const Comparison cases[] = {
      {"a == 500", R"({"a":500})", true},
      {R"(a contains '"b c"')", R"({"a":["b c","d"]})", true},
      {R"(a contains '"b c"')", R"({"a":[ "\u0062 c" ]})", true},
      {R"(a contains '"b c"')", R"({"a":["b c d", "x\"b c\"y"]})", false},
      {R"(a contains '"b c"')", R"({"a":"x\"b c\"y"})", true},
      {"a == 500", R"({"a":"500"})", true},
      {"a == \"500\"", R"({"a":500})", true},
      {"a == 500", R"({"a":5e2})", true},
      {"a == \"500\"", R"({"a":"500.0"})", false},
      {"a < 10", R"({"a":"9"})", true},
      {"a < \"10\"", R"({"a":"9"})", false},
      {"a > 1", R"({"a":"x"})", false},
      {"a != 1", R"({"a":"x"})", true},
      {"a != 1", R"({})", true},
      {"a == 1", R"({})", false},
      {"a >= 1", R"({})", false},
      {"a !~ \"x\"", R"({})", true},
      {"a =~ \"x\"", R"({})", false},
      {"a == null", R"({"a":null})", true},
      {"a == null", R"({})", false},
      {"a != null", R"({"a":1})", true},
      {"exists a", R"({"a":null})", true},
      {"exists a", R"({})", false},
      {"not exists a", R"({})", true},
      {"a == true", R"({"a":true})", true},
      {"a == \"true\"", R"({"a":true})", true},
      {"a", R"({"a":true})", true},
      {"a", R"({"a":0})", false},
      {"a > 20KB", R"({"a":20001})", true},
      {"a > 20KiB", R"({"a":20001})", false},
      {"a in (1, \"x\")", R"({"a":"x"})", true},
      {"a not in (1, \"x\")", R"({"a":2})", true},
      {"a not in (1)", R"({})", true},
      {"a startswith \"ab\"", R"({"a":"abc"})", true},
      {"a endswith \"bc\"", R"({"a":"abc"})", true},
      {"a contains \"b\"", R"({"a":"abc"})", true},
      {"a contains \"A\"", R"({"a":"\u0041"})", true},
      {"a == \"AB\"", R"({"a":"\u0041B"})", true},
      {"a has \"two words\"", R"({"a":"the Two-WORDS here"})", true},
      {"a has \"wor\"", R"({"a":"words"})", false},
      {"a == 9007199254740993", R"({"a":9007199254740993})", true},
      {"a == 9007199254740993", R"({"a":9007199254740992})", false},
      {"`x-id` == 1", R"({"x-id":1})", true},
      {"a + 1 == 3 and a * 2 == 4 or false", R"({"a":2})", true},
      {"a / 2 == 1.5", R"({"a":3})", true},
      {"a % 2 == 1", R"({"a":3})", true},
      {"a == 0.1", R"({"a":{"$double":"NaN"}})", false},
  };
  for (const Comparison& one : cases) {
    INFO(one.condition << " of " << one.line);
    CHECK(holds(one.condition, one.line) == one.holds);
  }
}

TEST_CASE("names resolve: record field, attribute, resource attribute, descent", "[lang][engine]") {
  CHECK(holds("http.route == \"/pay\"", kSpan));
  CHECK(holds("attributes.http.route == \"/pay\"", kSpan));
  CHECK_FALSE(holds("exists resource.http.route", kSpan));
  CHECK(holds("host.name == \"web-1\"", kSpan));
  CHECK(holds("resource.host.name == \"web-1\"", kSpan));
  CHECK(holds("resource.service.name == \"cart\"", kSpan));
  CHECK(holds("user.id == 7", kLog));
  CHECK(holds("attributes.user.id == 7", kLog));
  CHECK(holds("kind == server and status == error", kSpan));
  CHECK(holds("duration == 250ms and duration_ms == 250 and duration > 200ms", kSpan));
  CHECK(holds("date == \"2026-11-22\"", kSpan));
  CHECK(holds("time >= \"2026-11-22T09:00:00Z\"", kSpan));
  CHECK(holds("a.b.c == 1", R"({"a":{"b.c":1}})"));
  CHECK(holds("a.b.c == 1", R"({"a":{"b":{"c":1}}})"));
  CHECK(holds("a.b.c == 1", R"({"a.b":{"c":1}})"));
  CHECK(holds("a.b == 1", R"({"a.b":1,"a":{"b":2}})"));
  CHECK(holds("a[1].b == 2", R"({"a":[{"b":1},{"b":2}]})"));
  CHECK(holds("duration == 12", R"({"duration":12})"));
  CHECK(holds("a == 1", R"({"\u0061":1})"));
}

TEST_CASE("foreign lines are read by the names that loggers use", "[lang][engine]") {
  CHECK(holds("severity == error", R"({"level":"ERR"})"));
  CHECK(holds("level >= warn", R"({"level":40})"));
  CHECK(holds("level == \"error\"", R"({"lvl":"error"})"));
  CHECK_FALSE(holds("level == error", R"({"level":"info","severity":"error"})"));
  CHECK(holds("body == \"x\"", R"({"message":"x"})"));
  CHECK(holds("msg == \"m\"", R"({"body":"b","msg":"m"})"));
  CHECK(holds("body == \"b\"", R"({"signal":"log","body":"b","msg":"m"})"));
  CHECK(holds("service == \"x\"", R"({"app":"x"})"));
  CHECK(holds("service == \"x\"", R"({"service":"","logger":"x"})"));
  CHECK(holds("service == \"x\"", R"({"name":"x","pid":1,"hostname":"h"})"));
  CHECK_FALSE(holds("exists service", R"({"name":"x","pid":1})"));
  CHECK(holds("trace_id == \"ab\"", R"({"traceId":"ab"})"));
  CHECK(holds("time > \"2026-01-01T00:00:00Z\"", R"({"ts":1795000000})"));
  CHECK(holds("severity_number == 17", R"({"level":"error"})"));
}

TEST_CASE("severity compares by its six ranges", "[lang][engine]") {
  CHECK(holds("severity == error", kLog));  // 18 is error too.
  CHECK(holds("severity <= error", kLog));
  CHECK_FALSE(holds("severity > error", kLog));
  CHECK(holds("severity != warn", kLog));
  CHECK(holds("severity in (warn, error)", kLog));
  CHECK(holds("severity != error", R"({"a":1})"));
}

TEST_CASE("stages that change records", "[lang][engine]") {
  check({
      {"set b = a + 1", R"({"a":1})", R"({"a":1,"b":2})"},
      {"set a = \"x\"", R"({"a":1,"c":[ 1 ]})", R"({"a":"x","c":[ 1 ]})"},
      {"set a = 1, b = a * 2", R"({})", R"({"a":1,"b":2})"},
      {"set b = missing", R"({"a":1,"b":2})", R"({"a":1})"},
      {"set b = a / 0", R"({"a":1})", R"({"a":1,"_error":"division by zero"})"},
      {"set body = \"y\"", R"({"msg":"x"})", R"({"msg":"y"})"},
      {"set n = 4", R"({"signal":"span","attributes":{"n":3}})",
       R"({"signal":"span","attributes":{"n":4}})"},
      {"set m = 4", R"({"signal":"span","name":"x"})",
       R"({"signal":"span","name":"x","attributes":{"m":4}})"},
      {"set severity = \"warn\"", R"({"signal":"log","severity":"error","severity_number":17})",
       R"({"signal":"log","severity":"warn","severity_number":13})"},
      {"set resource.zone = \"a\"", R"({"signal":"log","body":"x"})",
       R"({"signal":"log","body":"x","resource":{"zone":"a"}})"},
      {"set s = a + b", R"({"a":"x","b":"y"})", R"({"a":"x","b":"y","s":"xy"})"},
      {"keep c, a", R"({"a":1,"b":2,"c":"x"})", R"({"c":"x","a":1})"},
      {"keep a.b", R"({"a":{"b":1,"c":2}})", R"({"a.b":1})"},
      {"keep level", R"({"level":"ERR","a":1})", R"({"level":"ERR"})"},
      {"keep severity", R"({"signal":"log","severity":"warn","severity_number":13,"a":1})",
       R"({"severity_number":13,"severity":"warn"})"},
      {"drop b, nothing", R"({"a":1,"b":2})", R"({"a":1})"},
      {"drop a.b", R"({"a":{"b":1,"c":2}})", R"({"a":{"c":2}})"},
      {"drop a.b", R"({"a":{"\u0062":1,"c":2}})", R"({"a":{"c":2}})"},
      {"drop a[1]", R"({"a":[1,2,3]})", R"({"a":[1,3]})"},
      {"drop a[0], a[0]", R"({"a":[ 1, {"b":2}]})", R"({"a":[]})"},
      {"drop a[1].b, c.d[0][1]", R"({"a":[1,{"b":2,"c":3}],"c":{"d":[[4,5],6]}})",
       R"({"a":[1,{"c":3}],"c":{"d":[[4],6]}})"},
      {"drop a[5], b[0]", R"({"a":[1],"b":{"x":1}})", R"({"a":[1],"b":{"x":1}})"},
      {"drop n", R"({"signal":"log","attributes":{"n":1,"m":2}})",
       R"({"signal":"log","attributes":{"m":2}})"},
      {"drop attributes", R"({"signal":"log","attributes":{"n":1}})", R"({"signal":"log"})"},
      {"drop body", R"({"msg":"x","message":"y","a":1})", R"({"a":1})"},
      {"set a = 3", R"({"a":1,"b":0,"\u0061":2,"a":5})", R"({"a":3,"b":0})"},
      {"rename b as a", R"({"a":1,"b":0,"a":2})", R"({"a":0})"},
      {"drop a.b", R"({"a":{"b":1},"a":{"b":2}})", R"({"a":{}})"},
      {"rename a as z", R"({"a":1,"b":2})", R"({"b":2,"z":1})"},
      {"rename nothing as z", R"({"a":1})", R"({"a":1})"},
      {"unroll a", R"({"a":[1,"x",{"y":2}],"b":3})",
       "{\"a\":1,\"b\":3}\n{\"a\":\"x\",\"b\":3}\n{\"a\":{\"y\":2},\"b\":3}"},
      {"unroll a", R"({"a":1})", R"({"a":1})"},
      {"unroll a", R"({"a":[]})", ""},
      {"unroll a | where a == 2", R"({"a":[1,2]})", R"({"a":2})"},
      {"format \"{a}: {b} {{}}\"", R"({"a":"x","b":1.5})", "x: 1.5 {}"},
      {"format \"{a}\" | head 1", "{\"a\":\"x\"}\n{\"a\":\"y\"}", "x"},
      {"set a = 1 | where a == 1 | set a = a + 1 | where a == 2 | keep a", R"({"b":1})",
       R"({"a":2})"},
  });
}

TEST_CASE("parse reads fields out of text", "[lang][engine]") {
  check({
      {"parse json", R"({"body":"{\"x\":1,\"y\":[2]}"})",
       R"({"body":"{\"x\":1,\"y\":[2]}","x":1,"y":[2]})"},
      {"parse json | drop body", "no json",
       R"({"_error":"parse json: the text is no JSON object"})"},
      {"parse logfmt | drop body", R"(a=1 b="x \"y\"" c d=1.5 e=007 f=true)",
       R"({"a":1,"b":"x \"y\"","c":true,"d":1.5,"e":"007","f":true})"},
      {"parse pattern \"order <order> declined: <reason>\" | drop body",
       "order 7 declined: no funds", R"({"order":"7","reason":"no funds"})"},
      {"parse regex \"(?P<n>[0-9]+)ms\" | drop body", "took 15ms", R"({"n":"15"})"},
      {"parse regex \"(?P<n>[0-9]+)ms\" from m into t | keep t.n", R"({"m":"15ms"})",
       R"({"t.n":"15"})"},
      {"parse clf | keep client.address, http.request.method, url.path, "
       "http.response.status_code, http.response.size, time",
       R"(1.2.3.4 - bob [22/Nov/2026:10:00:00 +0100] "GET /a?b HTTP/1.1" 200 512 "-" "curl/8")",
       R"({"client.address":"1.2.3.4","http.request.method":"GET","url.path":"/a?b",)"
       R"("http.response.status_code":200,"http.response.size":512,)"
       R"("time":"2026-11-22T09:00:00.000000000Z"})"},
      {"parse syslog | keep severity, service, body, process.pid",
       "<34>1 2026-11-22T10:00:00Z web su 77 ID47 - it failed",
       R"({"severity":"error","service":"su","body":"it failed","process.pid":"77"})"},
      {"parse syslog | keep severity, service, body", "<13>Oct 11 22:14:15 web cron[9]: ran",
       R"({"severity":"info","service":"cron","body":"ran"})"},
  });
}

TEST_CASE("stats aggregates by group, in the order of the groups", "[lang][engine]") {
  constexpr std::string_view kInput =
      "{\"k\":\"b\",\"v\":3}\n{\"k\":\"a\",\"v\":1}\n{\"k\":\"b\",\"v\":4}\n{\"v\":10}\n"
      "{\"k\":null,\"v\":\"20\"}\n{\"k\":\"a\",\"v\":\"x\"}\n";
  check({
      {"stats count() by k", kInput,
       "{\"k\":\"a\",\"count\":2}\n{\"k\":\"b\",\"count\":2}\n{\"k\":null,\"count\":2}"},
      {"stats sum(v), avg(v), min(v), max(v)", kInput,
       "{\"sum(v)\":38,\"avg(v)\":7.6,\"min(v)\":1,\"max(v)\":\"x\"}"},
      {"where k == \"b\" | stats sum(v) as s, avg(v) as m", kInput, R"({"s":7,"m":3.5})"},
      {"stats count(where v > 3) as big by k", kInput,
       "{\"k\":\"a\",\"big\":0}\n{\"k\":\"b\",\"big\":1}\n{\"k\":null,\"big\":2}"},
      {"stats uniq(k) as u, values(k) as ks, first(k) as f, last(v) as l", kInput,
       R"({"u":2,"ks":["a","b"],"f":"b","l":"x"})"},
      {"stats count() as n", "", R"({"n":0})"},
      {"stats count() as n by k", "", ""},
      {"stats sum(v) as s, max(v) as m, p50(v) as p", "", R"({"s":0,"m":null,"p":null})"},
      {"stats count() by k, v", "{\"k\":1,\"v\":2}\n{\"k\":1.0,\"v\":2}",
       R"({"k":1,"v":2,"count":2})"},
      {"stats count() by k",
       "{\"k\":{\"a\":[1,\"é/\"]}}\n{\"k\": { \"a\" : [1, \"\\u00e9\\/\"] } }",
       R"({"k":{"a":[1,"é/"]},"count":2})"},
      {"stats count() as n by bucket(v, 5) as b", "{\"v\":1}\n{\"v\":7}\n{\"v\":8}",
       "{\"b\":0,\"n\":1}\n{\"b\":5,\"n\":2}"},
      {"stats count() as n by k | where n > 1 | sort -k | head 1", kInput, R"({"k":"b","n":2})"},
      {"stats sum(v) as s", "{\"v\":9223372036854775807}\n{\"v\":1}",
       R"({"s":9.223372036854776e+18})"},
      {"stats sum(v) as s", "{\"v\":1e100}\n{\"v\":1.5}\n{\"v\":-1e100}", R"({"s":1.5})"},
  });
}

TEST_CASE("of equal numbers the whole one is the least and the greatest", "[lang][engine]") {
  for (const char* input : {"{\"k\":200}\n{\"k\":200.0}\n", "{\"k\":200.0}\n{\"k\":200}\n"}) {
    CHECK(run("stats min(k), max(k)", input) == "{\"min(k)\":200,\"max(k)\":200}\n");
  }
}

TEST_CASE("percentiles are exact, by nearest rank", "[lang][engine]") {
  std::string input;
  for (int i = 1; i <= 100; ++i) input += "{\"v\":" + std::to_string((i * 37) % 101) + "}\n";
  check({
      {"stats p50(v) as a, p95(v) as b, p99.9(v) as c, p0(v) as d, p100(v) as e", input,
       R"({"a":50,"b":95,"c":100,"d":1,"e":100})"},
      {"stats quantile(v, 0.25) as q", "{\"v\":1}\n{\"v\":2.5}\n{\"v\":4}", R"({"q":1.0})"},
  });
}

TEST_CASE("windows follow event time, and come out when the watermark has passed",
          "[lang][engine]") {
  constexpr std::string_view kInput =
      "{\"time\":\"2026-11-22T10:00:10Z\"}\n{\"time\":\"2026-11-22T10:01:10Z\"}\n"
      "{\"time\":\"2026-11-22T10:00:59Z\"}\n{\"time\":\"2026-11-22T10:03:00Z\"}\n"
      "{\"time\":\"2026-11-22T10:00:30Z\"}\n";
  const auto result = run_program("stats count() as n every 1m", kInput);
  CHECK(result.output ==
        "{\"time\":\"2026-11-22T10:00:00.000000000Z\",\"n\":2}\n"
        "{\"time\":\"2026-11-22T10:01:00.000000000Z\",\"n\":1}\n"
        "{\"time\":\"2026-11-22T10:03:00.000000000Z\",\"n\":1}\n");
  CHECK(result.counters.late == 1);
}

TEST_CASE("order: sort, head, tail, top", "[lang][engine]") {
  constexpr std::string_view kInput =
      "{\"v\":2,\"i\":0}\n{\"v\":\"b\",\"i\":1}\n{\"i\":2}\n{\"v\":10,\"i\":3}\n"
      "{\"v\":{\"$double\":\"NaN\"},\"i\":4}\n{\"v\":2,\"i\":5}\n{\"v\":null,\"i\":6}\n";
  check({
      {"sort v | keep i | stats values(i) as x", kInput, R"({"x":[0,1,2,3,4,5,6]})"},
      {"sort v | format \"{i}\"", kInput, "0\n5\n3\n1\n4\n6\n2"},
      {"sort -v | format \"{i}\"", kInput, "1\n3\n0\n5\n4\n6\n2"},
      {"sort v, -i | head 2 | format \"{i}\"", kInput, "5\n0"},
      {"tail 2 | format \"{i}\"", kInput, "5\n6"},
      {"head 0", kInput, ""},
      {"head 1 | stats count() as n", kInput, R"({"n":1})"},
      {"top 1 v", kInput, R"({"v":2,"count":2})"},
      {"top 2 v", kInput, "{\"v\":2,\"count\":2}\n{\"v\":10,\"count\":1}"},
  });
}

TEST_CASE("dedup and throttle go by event time", "[lang][engine]") {
  constexpr std::string_view kInput =
      "{\"time\":\"2026-11-22T10:00:00Z\",\"k\":1}\n{\"time\":\"2026-11-22T10:00:01Z\",\"k\":1}\n"
      "{\"time\":\"2026-11-22T10:00:02Z\",\"k\":2}\n{\"time\":\"2026-11-22T10:00:11Z\",\"k\":1}\n";
  check({
      {"dedup by k within 10s | keep k, dedup.count", kInput,
       "{\"k\":1}\n{\"k\":2}\n{\"k\":1,\"dedup.count\":1}"},
      {"throttle 1/h by k | keep k", kInput, "{\"k\":1}\n{\"k\":2}"},
      {"throttle 1/s | keep k", kInput, "{\"k\":1}\n{\"k\":1}\n{\"k\":2}\n{\"k\":1}"},
  });
}

TEST_CASE("a leading table filters a mixed stream", "[lang][engine]") {
  const std::string input = std::string(kSpan) + "\n" + std::string(kLog) + "\n{\"msg\":\"x\"}\n";
  CHECK(run("spans | stats count() as n", input) == "{\"n\":1}\n");
  CHECK(run("logs | stats count() as n", input) == "{\"n\":2}\n");
}

TEST_CASE("sampled records count for those they stand for", "[lang][engine]") {
  // th:c is a quarter kept: each stands for four.
  constexpr std::string_view kInput =
      "{\"signal\":\"log\",\"body\":\"a\",\"attributes\":{\"sampling.threshold\":\"c\",\"v\":2}}\n"
      "{\"signal\":\"span\",\"trace_state\":\"ot=th:8\",\"attributes\":{\"v\":3}}\n"
      "{\"signal\":\"log\",\"body\":\"b\",\"attributes\":{\"v\":5}}\n";
  check({{"stats count() as n, sum(v) as s, avg(v) as a, max(v) as m", kInput,
          "{\"n\":7.0,\"s\":19.0,\"a\":2.7142857142857144,\"m\":5}"}});
}
