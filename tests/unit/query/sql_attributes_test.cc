// Lookups of attributes become columns where that is safe, and nobody can tell but by the clock.

#include "libobs/query/sql_attributes.h"

#include <catch2/catch.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tests/unit/query/reader_fixture.h"
#include "tests/unit/query/sql_fixture.h"

namespace obs::query {
namespace {

struct Planned {
  const char* sql;
  const char* keys;  // Of logs, then of spans, in the order of their columns.
};

const Planned kPlanned[] = {
    {"SELECT count(*) FROM logs WHERE attributes['user.id'] = '42'", "user.id;"},
    {"SELECT * FROM logs WHERE attributes['user.id'] = '42'", "user.id;"},
    {"SELECT attributes['a'], attributes['b'], attributes['a'] FROM logs", "a,b;"},
    {"SELECT attributes['$x'], attributes['a/b~c'], attributes[''] FROM logs", "$x,a/b~c,;"},
    {"SELECT l.attributes['k'] FROM logs AS l", "k;"},
    {"SELECT logs.attributes['k'] FROM logs", "k;"},
    {"SELECT L.attributes['k'], S.attributes['j'] FROM logs l JOIN spans s USING (trace_id)",
     "k;j"},
    {"SELECT l.seq FROM logs l JOIN spans s ON l.attributes['k'] = s.attributes['k']", "k;k"},
    {"WITH e AS (SELECT * FROM logs WHERE attributes['k'] = 'v') SELECT count(*) FROM e", "k;"},
    {"SELECT seq FROM logs WHERE seq IN (SELECT seq FROM spans WHERE attributes['k'] = 'v')", ";k"},
    {"SELECT attributes['k'] AS k, count(*) FROM logs GROUP BY 1 ORDER BY 2 DESC", "k;"},
    {"SELECT count(*) FROM logs GROUP BY attributes['k'] HAVING count(*) > 1", "k;"},
    {"SELECT seq FROM logs ORDER BY attributes['k'] LIMIT 3", "k;"},
    // A join in which it might be anybody's, a subquery's, another's key, no column at all.
    {"SELECT attributes['k'] FROM logs, (SELECT 1 AS x)", ";"},
    {"SELECT attributes['k'] FROM (SELECT * FROM logs)", ";"},
    {"WITH logs AS (SELECT * FROM logs) SELECT attributes['k'] FROM logs", ";"},
    {"SELECT attributes[service] FROM logs", ";"},
    {"SELECT resource['k'] FROM logs", ";"},
    {"SELECT (SELECT l.attributes['k']) FROM logs AS l", ";"},
    {"SELECT attributes['k'] FROM metrics", ";"},
    // Where more columns would show.
    {"SELECT COLUMNS(*) FROM logs WHERE attributes['k'] = 'v'", ";"},
    {"SELECT logs FROM logs WHERE attributes['k'] = 'v'", ";"},
    {"SELECT (SELECT l) FROM logs AS l WHERE attributes['k'] = 'v'", ";"},
    {"SELECT l.seq FROM logs l NATURAL JOIN spans s WHERE l.attributes['k'] = 'v'", ";"},
    {"SELECT a FROM logs AS l(a, b) WHERE l.attributes['k'] = 'v'", ";"},
    // Where the name may be another's.
    {"SELECT upper(body) AS attributes FROM logs ORDER BY attributes['k']", ";"},
    {"SELECT attributes['k'] FROM logs GROUP BY attributes", ";"},
    {"SELECT json_extract_string(attributes, '/k') FROM logs", ";"},
};

std::string keys_of(store::Connection& connection, const char* sql) {
  const auto compiled = compile_sql(connection, sql, kNow);
  if (!compiled) return "refused: " + compiled.error().message;
  auto tree = parse_sql(connection, *compiled);
  REQUIRE(tree);
  const std::string before = to_json(*tree);
  const AttributeKeys keys = use_attribute_columns(*tree);
  const std::string found =
      fmt::format("{};{}", fmt::join(keys[0].text, ","), fmt::join(keys[1].text, ","));
  if (found == ";") CHECK(to_json(*tree) == before);
  return found;
}

// Two logs whose attributes have columns once they are flushed, and others enough for that.
void write_sample(StoreFixture& fixture) {
  std::string lines;
  for (int i = 0; i < 20; ++i) {
    lines += fmt::format(R"({{"signal":"log","time":"2026-11-22T10:15:{:02}Z","body":"b{}",)"
                         R"("attributes":{{"user.id":"u{}","status":{},"ok":{},"odd":{}}}}})"
                         "\n",
                         i, i, i % 4, 200 + i % 3, i % 2 == 0, i % 2 == 0 ? "1" : "\"x\"");
  }
  fixture.write_lines(lines);
}

const std::pair<const char*, const char*> kAnswers[] = {
    {"SELECT body FROM logs WHERE attributes['user.id'] = 'u1' ORDER BY seq", "b1 b5 b9 b13 b17"},
    {"SELECT count(*) FROM logs WHERE attributes['status'] = '200'", "7"},
    {"SELECT count(*) FROM logs WHERE attributes['status']::INT > 200", "13"},
    {"SELECT count(*) FROM logs WHERE attributes['ok'] = 'true'", "10"},
    {"SELECT count(*) FROM logs WHERE attributes['odd'] = '1'", "10"},
    {"SELECT count(*) FROM logs WHERE attributes['none'] IS NULL", "20"},
    {"SELECT attributes['user.id'] || ':' || count(*) FROM logs GROUP BY attributes['user.id'] "
     "ORDER BY 1",
     "u0:5 u1:5 u2:5 u3:5"},
    {"SELECT len([COLUMNS(*)::VARCHAR]) FROM (SELECT * FROM logs WHERE attributes['odd'] = 'x' "
     "LIMIT 1)",
     "error"},
    {"SELECT json_array_length(json_keys(row_to_json(r)))::INT FROM (SELECT * FROM logs WHERE "
     "attributes['user.id'] = 'u0' LIMIT 1) r",
     "error"},
    {"WITH a AS (SELECT * FROM logs WHERE attributes['user.id'] = 'u3'), b AS (SELECT * FROM logs "
     "WHERE attributes['ok'] = 'false') SELECT count(*) FROM (FROM a UNION ALL FROM b)",
     "15"},
    {"SELECT a.body FROM logs a JOIN logs b ON a.attributes['user.id'] = b.attributes['user.id'] "
     "AND b.body = 'b0' ORDER BY a.seq",
     "b0 b4 b8 b12 b16"},
};

}  // namespace

TEST_CASE("lookups of attributes are columns wherever nobody can tell", "[query][sql]") {
  SqlFixture fixture;
  for (const Planned& planned : kPlanned) {
    INFO(planned.sql);
    CHECK(keys_of(*fixture.connection, planned.sql) == planned.keys);
  }
}

TEST_CASE("a lookup that keeps the type is another column", "[query][sql]") {
  SqlFixture fixture;
  auto tree = parse_sql(*fixture.connection,
                        "SELECT json_extract(attributes, '/k') AS a, count(*) FROM temp.main.logs "
                        "WHERE json_extract_string(attributes, '/j') = 'v' GROUP BY ALL");
  REQUIRE(tree);
  const AttributeKeys keys = use_attribute_columns(*tree);
  CHECK(keys[0].json == std::vector<std::string>{"k"});
  CHECK(keys[0].text == std::vector<std::string>{"j"});
  CHECK(print_sql(*fixture.connection, *tree)->find("obs_json_0") != std::string::npos);
}

TEST_CASE("a view has columns for so many attributes, and looks up the others", "[query][sql]") {
  SqlFixture fixture;
  std::string sql = "SELECT seq FROM logs WHERE true";
  for (int i = 0; i < 100; ++i) sql += fmt::format(" OR attributes['k{}'] = 'v'", i);
  auto tree = parse_sql(*fixture.connection, *compile_sql(*fixture.connection, sql, kNow));
  REQUIRE(tree);
  const AttributeKeys keys = use_attribute_columns(*tree);
  CHECK(keys[0].text.size() == 64);
  CHECK(keys[0].json.empty());
  const std::string planned = *print_sql(*fixture.connection, *tree);
  CHECK(planned.find("/k63'") == std::string::npos);
  CHECK(planned.find("/k64'") != std::string::npos);
}

TEST_CASE("an attribute is the same text in the WAL, in a column and in JSON", "[query][sql]") {
  StoreFixture fixture;
  write_sample(fixture);
  for (int flushed = 0; flushed < 2; ++flushed) {
    const auto reader = fixture.read();
    for (const auto& [sql, answer] : kAnswers) {
      INFO(sql);
      const auto lines = fixture.ask(*reader, sql);
      const std::string all = fmt::format("{}", fmt::join(lines, " "));
      if (answer == std::string_view("error")) {
        CHECK(all.find("obs_attribute") == std::string::npos);
      } else {
        CHECK(all == answer);
      }
    }
    fixture.flush();
  }
}

TEST_CASE("a star shows the columns it always showed", "[query][sql]") {
  StoreFixture fixture;
  write_sample(fixture);
  fixture.flush();
  const auto reader = fixture.read();
  for (const char* sql : {"SELECT * FROM logs WHERE attributes['user.id'] = 'u0'",
                          "SELECT l.* FROM logs l WHERE l.attributes['user.id'] = 'u0'",
                          "FROM logs WHERE attributes['user.id'] = 'u0'",
                          "SELECT * FROM logs l JOIN spans s ON l.attributes['k'] = "
                          "s.attributes['k']",
                          "SELECT * EXCLUDE (flags), flags FROM logs WHERE attributes['a'] = 'x' "
                          "AND attributes['b'] = 'y'"}) {
    INFO(sql);
    const auto compiled = reader->compile(sql);
    REQUIRE(compiled);
    const auto rows = reader->run(*compiled, sql);
    if (!rows) FAIL(rows.error().message);
    const bool joined = std::string_view(sql).find("JOIN") != std::string_view::npos;
    const std::size_t expected = view_of(model::Signal::kLogs).columns.size() +
                                 (joined ? view_of(model::Signal::kSpans).columns.size() : 0);
    CHECK((*rows)->columns().size() == expected);
    for (const store::Column& column : (*rows)->columns()) {
      CHECK(column.name.find("obs_attribute") == std::string::npos);
    }
  }
}

TEST_CASE("a column keeps the name it had as written", "[query][sql]") {
  StoreFixture fixture;
  write_sample(fixture);
  fixture.flush();
  const auto reader = fixture.read();
  const auto rows = reader->run(
      *reader->compile("SELECT attributes['user.id'], attributes['ok'] AS fine FROM logs"), {});
  REQUIRE(rows);
  CHECK((*rows)->columns()[0].name == "attributes['user.id']");
  CHECK((*rows)->columns()[1].name == "fine");
}

TEST_CASE("the error of a statement is about what was written", "[query][sql]") {
  StoreFixture fixture;
  write_sample(fixture);
  const auto reader = fixture.read();
  const auto lines = fixture.ask(*reader, "SELECT nonsense FROM logs WHERE attributes['k'] = 'v'");
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].find("nonsense") != std::string::npos);
  CHECK(lines[0].find("obs_") == std::string::npos);
}

}  // namespace obs::query
