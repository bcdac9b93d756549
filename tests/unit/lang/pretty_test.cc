#include "libobs/lang/pretty.h"

#include <catch2/catch.hpp>

namespace {

std::string pretty(std::string_view line, bool color = false) {
  std::string out;
  obs::lang::append_pretty(out, std::string(line) + '\n', {color, false});
  return out;
}

}  // namespace

TEST_CASE("lines of loggers become lines for people", "[lang][pretty]") {
  struct Case {
    std::string_view line;
    std::string_view shown;
  };
  const Case cases[] = {
      {R"({"signal":"log","time":"2026-11-22T10:15:30.123456789Z","service":"checkout","severity":"error","severity_number":17,"body":"payment declined","attributes":{"http.route":"/pay","n":1},"resource":{"a":"b"}})",
       "2026-11-22 10:15:30.123 ERROR checkout     payment declined http.route=/pay n=1\n"},
      {R"({"level":30,"time":1763806530123,"pid":7,"hostname":"web","msg":"hello"})",
       "2025-11-22 10:15:30.123 INFO  hello pid=7 hostname=web\n"},
      {R"({"level":"warn","ts":1763806530.5,"logger":"db","caller":"a.go:1","msg":"slow"})",
       "2025-11-22 10:15:30.500 WARN  db           slow caller=a.go:1\n"},
      {R"({"level":"info","msg":"ok","time":"2026-11-22T10:15:30+01:00","user":"a b","e":""})",
       "2026-11-22T10:15:30+01:00 INFO  ok user=\"a b\" e=\"\"\n"},
      {R"({"level":"error","message":"boom","error":{"kind":"x","at":[1,2]}})",
       "ERROR boom error={\"kind\":\"x\",\"at\":[1,2]}\n"},
      {R"({"name":"app","hostname":"h","pid":1,"level":60,"msg":"down","v":0})",
       "FATAL app          down hostname=h pid=1\n"},
      {R"({"msg":"first\nsecond\u001b[31m","x":"a\nb"})",
       "first\n    second\xef\xbf\xbd[31m x=a\\nb\n"},
      // Overrides and isolates, C1 as UTF-8 and as a lone byte, DEL; other text stays.
      {"{\"msg\":\"a\u202eb\\u2066c\u061cd\u2028e\"}", "a\ufffdb\ufffdc\ufffdd\ufffde\n"},
      {"{\"msg\":\"a\xc2\x9b"
       "1m\x9b"
       "2m\x7f caf\u00e9 \u65e5\"}",
       "a\ufffd1m\ufffd2m\ufffd caf\u00e9 \u65e5\n"},
      {"{\"time\":\"2026-11-22T10:15:30.1\x1b[1mZ\",\"msg\":\"m\"}",
       "2026-11-22T10:15:30.1\ufffd[1mZ m\n"},
      {"no json\x1b[2J\u202e", "no json\ufffd[2J\ufffd\n"},
      {R"( {"level":"strange","msg":"m"} )", "strange m\n"},
      {"plain text", "plain text\n"},
      {"{not json", "{not json\n"},
      {R"({"msg":"cut)", "{\"msg\":\"cut\n"},
      {"", "\n"},
      {"{}", "\n"},
  };
  for (const Case& c : cases) {
    INFO(c.line);
    CHECK(pretty(c.line) == c.shown);
  }
}

TEST_CASE("colours say what is what", "[lang][pretty]") {
  CHECK(pretty(R"({"level":"error","msg":"m","k":1})", true) ==
        "\x1b[31mERROR\x1b[0m \x1b[1mm\x1b[0m \x1b[2mk=\x1b[0m1\n");
}
