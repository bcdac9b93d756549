// Statements that must work, each with its answer over the tables of the fixture: five logs, three
// spans and three points of the project.

#include <catch2/catch.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tests/unit/query/sql_fixture.h"

namespace obs::query {
namespace {

struct Statement {
  const char* sql;
  const char* answer;  // Rows joined by newlines.
};

const Statement kStatements[] = {
    {"SELECT 1 AS one", "1"},
    {"SELECT count(*) FROM logs", "5"},
    {"select COUNT(*) from LOGS", "5"},
    {"FROM logs SELECT body LIMIT 1", "message 0"},
    {"TABLE spans LIMIT 0", ""},
    {"SELECT body FROM logs ORDER BY seq DESC LIMIT 2 OFFSET 1", "message 3\nmessage 2"},
    {"SELECT DISTINCT severity FROM logs ORDER BY ALL", "error\ninfo"},
    {"SELECT DISTINCT ON (severity) severity, seq FROM logs ORDER BY severity, seq",
     "error|1\ninfo|2"},
    {"SELECT service, count(*) AS n FROM logs GROUP BY service ORDER BY n DESC, service",
     "shop0|2\nshop1|2\n∅|1"},
    {"SELECT service, count(*) FROM logs GROUP BY ALL HAVING count(*) > 1 ORDER BY 1",
     "shop0|2\nshop1|2"},
    {"SELECT severity, count(*) FROM logs GROUP BY ROLLUP (severity) ORDER BY 2, 1",
     "info|2\nerror|3\n∅|5"},
    {"SELECT count(*) FILTER (WHERE severity = 'error') FROM logs", "3"},
    {"SELECT quantile_cont(duration_ns, 0.5), max(duration_ns) FROM spans", "1000000.0|2000000"},
    {"SELECT string_agg(body, ',' ORDER BY seq DESC) FROM logs WHERE seq < 3",
     "message 1,message 0"},
    {"SELECT seq, row_number() OVER (PARTITION BY severity ORDER BY seq) FROM logs WHERE seq < 4 "
     "ORDER BY seq",
     "1|1\n2|1\n3|2"},
    {"SELECT seq, lag(seq) OVER w FROM logs WINDOW w AS (ORDER BY seq) ORDER BY seq LIMIT 2",
     "1|∅\n2|1"},
    {"SELECT sum(seq) OVER (ORDER BY seq ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM logs "
     "WHERE seq < 4",
     "1\n3\n5"},
    {"SELECT body FROM logs QUALIFY row_number() OVER (ORDER BY seq DESC) = 1", "message 4"},
    {"WITH errors AS (SELECT * FROM logs WHERE severity = 'error') SELECT count(*) FROM errors",
     "3"},
    {"WITH logs AS (SELECT * FROM logs WHERE seq = 1) SELECT logs.body FROM logs", "message 0"},
    {"WITH a AS (SELECT 1 AS x), b AS (SELECT x + 1 AS y FROM a) SELECT y FROM b", "2"},
    {"WITH RECURSIVE t(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t WHERE n < 4) SELECT sum(n) "
     "FROM t",
     "10"},
    {"SELECT x FROM (SELECT seq AS x FROM logs) WHERE x = (SELECT max(seq) FROM logs)", "5"},
    {"SELECT count(*) FROM logs l JOIN spans s USING (trace_id)", "15"},
    {"SELECT count(*) FROM logs l LEFT JOIN spans s ON l.seq = s.seq AND s.status = 'error'", "5"},
    {"SELECT l.seq, s.n FROM logs l, LATERAL (SELECT count(*) AS n FROM spans WHERE seq <= l.seq) "
     "s ORDER BY 1 LIMIT 2",
     "1|1\n2|2"},
    {"SELECT count(*) FROM logs ASOF JOIN spans ON logs.time >= spans.time", "5"},
    {"SELECT seq FROM logs WHERE EXISTS (SELECT 1 FROM spans WHERE spans.seq = logs.seq AND "
     "status = 'error')",
     "2"},
    {"SELECT seq FROM logs WHERE seq IN (SELECT seq FROM spans) AND seq NOT IN (1, 2)", "3"},
    {"SELECT 1 UNION ALL SELECT 2 ORDER BY 1 DESC", "2\n1"},
    {"SELECT seq FROM logs EXCEPT SELECT seq FROM spans ORDER BY 1", "4\n5"},
    {"VALUES (1, 'a'), (2, 'b')", "1|a\n2|b"},
    {"SELECT * FROM range(3) t(x)", "0\n1\n2"},
    {"SELECT count(*) FROM generate_series(TIMESTAMP '2026-01-01', TIMESTAMP '2026-01-02', "
     "INTERVAL 1 HOUR)",
     "25"},
    {"SELECT unnest(range(2))", "0\n1"},
    {"SELECT u FROM unnest([3, 4]) t(u)", "3\n4"},
    {"SELECT key, value FROM json_each('{\"a\":1}')", "a|1"},
    {"SELECT list_transform([1, 2], lambda x: x + 1)", "[2,3]"},
    {"SELECT CASE WHEN seq > 2 THEN 'late' ELSE 'early' END FROM logs WHERE seq IN (1, 5) ORDER "
     "BY seq",
     "early\nlate"},
    {"SELECT coalesce(service, '?'), if(service IS NULL, 1, 0) FROM logs WHERE seq = 5", "?|1"},
    {"SELECT upper(substr(body, 1, 3)), body LIKE 'mess%', body ILIKE 'MESS%', regexp_matches("
     "body, '[0-9]$') FROM logs WHERE seq = 1",
     "MES|true|true|true"},
    {"SELECT time::DATE, extract(minute FROM time), strftime(time, '%H:%M') FROM logs WHERE seq "
     "= 1",
     "1795305600000000000|15|10:15"},
    {"SELECT date_trunc('minute', time) AS m, count(*) FROM logs GROUP BY m",
     "1795342500000000000|5"},
    {"SELECT time_bucket(INTERVAL 2 SECOND, time) AS b, count(*) FROM logs GROUP BY b ORDER BY b "
     "LIMIT 1",
     "1795342500000000000|2"},
    {"SELECT count(*) FROM logs WHERE time > '2026-11-22 10:15:02Z'", "2"},
    {"SELECT count(*) FROM logs WHERE time BETWEEN '2026-11-22 10:15:01' AND '2026-11-22 "
     "10:15:02'",
     "2"},
    {"SELECT name, sum(value), max(value_int) FROM metrics GROUP BY name", "requests|3.0|2"},
    {"SELECT 18446744073709551615, -9223372036854775808, 1e300, 0.1, 1.50",
     "18446744073709551615|-9223372036854775808|1e+300|0.1|1.5"},
    {"SELECT 'it''s', \"body\" FROM logs WHERE seq = 1", "it's|message 0"},
    {"SELECT 'attributes[''n'']' /* attributes['n'] */", "attributes['n']"},
    {"SELECT count(*) FROM logs TABLESAMPLE 100%", "5"},
    {"SELECT s.x FROM (SELECT {'x': 7} AS s)", "7"},
    {"SELECT COLUMNS('^s.*r.*y$') FROM logs WHERE seq = 1", "error"},
    {"SELECT body COLLATE nocase = 'MESSAGE 0' FROM logs WHERE seq = 1", "true"},
    {"SELECT try_cast('x' AS INTEGER), CAST('12' AS BIGINT), '{}'::JSON", "∅|12|{}"},
};

std::string joined(const std::vector<std::string>& lines) {
  return fmt::format("{}", fmt::join(lines, "\n"));
}

}  // namespace

TEST_CASE("an ordinary statement runs and gives its answer", "[query][sql]") {
  SqlFixture fixture;
  for (const Statement& statement : kStatements) {
    CAPTURE(statement.sql);
    CHECK(joined(fixture.run(statement.sql)) == statement.answer);
  }
}

TEST_CASE("an attribute is looked up by its exact key", "[query][sql]") {
  SqlFixture fixture;
  const Statement lookups[] = {
      {"attributes['http.route']", "/pay"},
      {"attributes['n']", "3"},
      {"attributes['a/b~c']", "slash"},
      {"attributes['q\"uote']", "quoted"},
      {"attributes['$d']", "dollar"},
      {"attributes['']", "nameless"},
      {"attributes['*']", "star"},
      {"attributes['none']", "∅"},
      {"logs.attributes['n']::INT + 1", "4"},
      {"attributes['http.' || 'route']", "/pay"},
      {"attributes['$' || 'd']", "dollar"},
      {"attributes[attributes['none']]", "∅"},
      {"attributes->>'n'", "3"},
      {"resource['host.name']", "web-1"},
      {"resource['service.name']", "shop1"},
      {"logs.resource['service.name']", "shop1"},
      {"scope['name']", "lib"},
  };
  for (const Statement& lookup : lookups) {
    CAPTURE(lookup.sql);
    CHECK(joined(fixture.run(fmt::format("SELECT {} FROM logs WHERE seq = 4", lookup.sql))) ==
          lookup.answer);
  }
  CHECK(fixture.run("SELECT count(*) FROM logs WHERE attributes['n'] = '3'").front() == "1");
  CHECK(fixture
            .run("SELECT attributes['http.route'], count(*) FROM logs GROUP BY "
                 "attributes['http.route']")
            .front() == "/pay|5");
  CHECK(fixture.run("WITH x AS (SELECT attributes FROM logs) SELECT max(attributes['n']) FROM x")
            .front() == "4");
}

TEST_CASE("a column keeps the name it has as written", "[query][sql]") {
  SqlFixture fixture;
  const Statement named[] = {
      {"SELECT attributes['k'] FROM logs", "attributes['k']"},
      {"SELECT attributes['k'] AS k, upper(attributes['k']) FROM logs", "k|upper(attributes['k'])"},
      {"SELECT resource['service.name'] FROM logs", "resource['service.name']"},
      {"SELECT now() FROM logs", "now()"},
      {"SELECT * FROM (SELECT attributes['k'] FROM logs)", "attributes['k']"},
      {"SELECT l.body, l.* EXCLUDE (body) FROM logs l LIMIT 0",
       "body|time|observed_time|service|severity|severity_number|event_name|trace_id|span_id|"
       "attributes|resource|scope|seq|severity_text|flags"},
  };
  for (const Statement& statement : named) {
    CAPTURE(statement.sql);
    CHECK(fixture.names(statement.sql) == statement.answer);
  }
}

TEST_CASE("SELECT * shows the columns of the manual in their order", "[query][sql]") {
  SqlFixture fixture;
  CHECK(fixture.names("SELECT * FROM logs") ==
        "time|observed_time|service|severity|severity_number|body|event_name|trace_id|span_id|"
        "attributes|resource|scope|seq|severity_text|flags");
  CHECK(fixture.names("SELECT * FROM spans") ==
        "time|duration_ns|service|name|kind|status|status_message|trace_id|span_id|"
        "parent_span_id|attributes|resource|scope|events|links|seq|trace_state|flags");
  CHECK(fixture.names("SELECT * FROM metrics") ==
        "time|name|service|type|unit|attributes|value|count|sum|min|max|bounds|counts|scale|"
        "zero_count|zero_threshold|positive|negative|quantiles|exemplars|temporality|"
        "is_monotonic|start_time|value_int|description|resource|scope|seq|flags");
}

TEST_CASE("now is the time of the caller's clock and compares with record times", "[query][sql]") {
  SqlFixture fixture;
  const std::string now = std::to_string(kNow);
  CHECK(fixture.run("SELECT now(), current_timestamp, get_current_timestamp()").front() ==
        now + "|" + now + "|" + now);
  CHECK(fixture.run("SELECT today() = current_date, current_date").front() ==
        "true|1795305600000000000");
  CHECK(fixture.run("SELECT count(*) FROM logs WHERE time > now() - INTERVAL 27 SECOND").front() ==
        "1");
  CHECK(fixture.run("SELECT count(*) FROM logs WHERE time > ago(INTERVAL 1 HOUR)").front() == "5");
}

TEST_CASE("a view shows one project and nothing of another", "[query][sql]") {
  SqlFixture fixture;
  CHECK(fixture.run("SELECT max(seq) FROM logs").front() == "5");
  CHECK(fixture.run("SELECT count(*) FROM logs WHERE seq > 5 OR true").front() == "5");
}

TEST_CASE("a condition is one expression and means the same as in a statement", "[query][sql]") {
  SqlFixture fixture;
  const auto condition = [&](const char* text) {
    auto compiled = compile_expression(*fixture.connection, text, kNow);
    return compiled ? compiled->sql : "refused: " + compiled.error().message;
  };
  CHECK(condition("severity = 'error' and attributes['n'] == '2'") ==
        "((severity = 'error') AND (json_extract_string(attributes, '/n') = '2'))");
  CHECK(condition("true) OR (true") == "refused: line 1, column 5: syntax error at or near \")\"");
  CHECK(condition("1, 2") == "refused: only one expression is allowed");
  CHECK(condition("1 FROM logs") == "refused: only one expression is allowed");
  CHECK(condition("1 LIMIT 1") == "refused: only one expression is allowed");
  CHECK(condition("*") == "refused: only one expression is allowed");
  CHECK(condition("1; SELECT 2") == "refused: only one statement is allowed");
  CHECK(condition("getenv('X') = ''") ==
        "refused: line 1, column 1: function getenv() is not allowed");
  CHECK(condition("seq > -- comment\n 3") == "(seq > 3)");
}

}  // namespace obs::query
