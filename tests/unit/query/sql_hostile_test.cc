// Statements that must not reach DuckDB, each with what its author is told.

#include <catch2/catch.hpp>

#include "tests/unit/query/sql_fixture.h"

namespace obs::query {
namespace {

struct Attempt {
  const char* sql;
  const char* told;
};

const Attempt kAttempts[] = {
    // Files.
    {"SELECT * FROM read_csv('/etc/passwd')", "line 1, column 15: table function read_csv()"},
    {"SELECT * FROM read_text('/etc/passwd')", "table function read_text()"},
    {"SELECT * FROM read_blob('/etc/passwd')", "table function read_blob()"},
    {"SELECT * FROM read_parquet('logs/*/*.parquet')", "table function read_parquet()"},
    {"SELECT * FROM parquet_scan('x')", "table function parquet_scan()"},
    {"SELECT * FROM read_json_auto('x')", "table function read_json_auto()"},
    {"SELECT * FROM parquet_metadata('x')", "table function parquet_metadata()"},
    {"SELECT * FROM sniff_csv('/etc/passwd')", "table function sniff_csv()"},
    {"SELECT * FROM glob('/etc/*')", "table function glob()"},
    {"SELECT * FROM '/etc/passwd'", "line 1, column 15: no table \"/etc/passwd\""},
    {"SELECT * FROM 'x.parquet'", "no table \"x.parquet\""},
    {"SELECT * FROM logs, \"x.csv\" y", "no table \"x.csv\""},
    {"SELECT (SELECT count(*) FROM 'x.json')", "no table \"x.json\""},
    {"SELECT * FROM logs WHERE EXISTS (SELECT 1 FROM '/etc/hosts')", "no table"},
    {"WITH \"x.csv\" AS (SELECT * FROM \"x.csv\") SELECT * FROM \"x.csv\"", "no table \"x.csv\""},
    {"SELECT * FROM (WITH a AS (SELECT 1) SELECT * FROM a), a", "no table \"a\""},
    {"WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a", "no table \"b\""},
    {"COPY logs TO '/tmp/evil.csv'", "only one SELECT is allowed"},
    {"COPY (SELECT 1) TO 'x' (FORMAT parquet)", "only one SELECT is allowed"},
    {"EXPORT DATABASE '/tmp/x'", "only one SELECT is allowed"},
    // Other statements.
    {"ATTACH '/tmp/x.db'", "only one SELECT is allowed"},
    {"INSTALL httpfs", "only one SELECT is allowed"},
    {"LOAD '/tmp/evil.so'", "only one SELECT is allowed"},
    {"SET memory_limit = '1TB'", "only one SELECT is allowed"},
    {"RESET ALL", "Can only SET or RESET a variable"},
    {"PRAGMA database_list", "only one SELECT is allowed"},
    {"PRAGMA version", "only one SELECT is allowed"},
    {"CREATE TABLE t AS SELECT 1", "only one SELECT is allowed"},
    {"CREATE SECRET (TYPE s3)", "only one SELECT is allowed"},
    {"DROP VIEW logs", "only one SELECT is allowed"},
    {"INSERT INTO logs SELECT * FROM logs", "only one SELECT is allowed"},
    {"DELETE FROM logs", "only one SELECT is allowed"},
    {"CALL pragma_version()", "only one SELECT is allowed"},
    {"EXPLAIN ANALYZE SELECT 1", "only one SELECT is allowed"},
    {"CHECKPOINT", "only one SELECT is allowed"},
    {"SELECT 1; SELECT 2", "only one statement is allowed"},
    {"SELECT 1; DROP VIEW logs", "only one SELECT is allowed"},
    {"SHOW TABLES", "SHOW, DESCRIBE or SUMMARIZE is not allowed here"},
    {"SELECT * FROM (DESCRIBE logs)", "SHOW, DESCRIBE or SUMMARIZE is not allowed here"},
    {"SUMMARIZE logs", "SHOW, DESCRIBE or SUMMARIZE is not allowed here"},
    // SQL from text, and what lies about the tables.
    {"SELECT * FROM query('SELECT 1')", "table function query()"},
    {"SELECT * FROM query_table('logs')", "table function query_table()"},
    {"SELECT * FROM json_execute_serialized_sql('x')", "table function"},
    {"SELECT json_serialize_sql('SELECT 1')", "function json_serialize_sql() is not allowed"},
    {"SELECT * FROM information_schema.tables", "a schema before a table is not allowed"},
    {"SELECT * FROM temp.main.logs", "a schema before a table is not allowed"},
    {"SELECT * FROM main.obs_logs", "a schema before a table is not allowed"},
    {"SELECT * FROM obs_logs", "no table \"obs_logs\""},
    {"SELECT * FROM duckdb_settings()", "table function duckdb_settings()"},
    {"SELECT * FROM duckdb_secrets()", "table function duckdb_secrets()"},
    {"SELECT * FROM sqlite_master", "no table \"sqlite_master\""},
    {"SELECT * FROM duckdb_tables", "no table \"duckdb_tables\""},
    {"SELECT * FROM pg_catalog.pg_class", "a schema before a table is not allowed"},
    {"SELECT project FROM logs", ""},
    {"SELECT extra, block, resource_id FROM spans", ""},
    // Settings and the environment.
    {"SELECT current_setting('temp_directory')", "function current_setting() is not allowed"},
    {"SELECT getenv('HOME')", "line 1, column 8: function getenv() is not allowed"},
    {"SELECT getvariable('x')", "function getvariable() is not allowed"},
    {"SELECT version()", "function version() is not allowed"},
    {"SELECT pg_catalog.version()", "a schema before a function is not allowed"},
    {"SELECT current_database", "current_database is not allowed"},
    {"SELECT which_secret('s3://x', 's3')", "function which_secret() is not allowed"},
    {"SELECT nextval('s')", "function nextval() is not allowed"},
    // Harm without data.
    {"SELECT sleep_ms(100000)", "function sleep_ms() is not allowed"},
    {"SELECT pg_sleep(100)", "function pg_sleep() is not allowed"},
    {"SELECT repeat('x', 500000000)", "function repeat() is not allowed"},
    {"SELECT * FROM repeat('x', 10)", "table function repeat()"},
    {"SELECT printf('%999999999d', 1)", "function printf() is not allowed"},
    {"SELECT lpad('x', 999999999, 'y')", "takes only whole numbers up to 100000"},
    {"SELECT rpad('x', severity_number * 100000000) FROM logs", "takes only whole numbers"},
    {"SELECT range(1000000000000)", "takes only whole numbers up to 100000"},
    {"SELECT list_resize([1], 1000000000)", "function list_resize() is not allowed"},
    {"SELECT write_log('x')", "function write_log() is not allowed"},
    {"SELECT * FROM enable_logging(storage='file', storage_path='/tmp/x')", "table function"},
    {"SELECT * FROM enable_profiling()", "table function enable_profiling()"},
    {"SELECT * FROM checkpoint()", "table function checkpoint()"},
    {"SELECT * FROM force_checkpoint()", "table function force_checkpoint()"},
    {"SELECT sum(1) OVER (ORDER BY sleep_ms(9))", "function sleep_ms() is not allowed"},
    {"SELECT count(*) FILTER (WHERE sleep_ms(9) > 0) FROM logs", "function sleep_ms()"},
    {"SELECT * FROM logs ORDER BY sleep_ms(9)", "function sleep_ms() is not allowed"},
    {"SELECT * FROM logs LIMIT sleep_ms(9)", "function sleep_ms() is not allowed"},
    {"SELECT * REPLACE (sleep_ms(9) AS body) FROM logs", "function sleep_ms()"},
    {"SELECT CASE WHEN true THEN sleep_ms(9) END", "function sleep_ms() is not allowed"},
    {"VALUES (sleep_ms(9))", "function sleep_ms() is not allowed"},
    {"SELECT attributes[getenv('HOME')] FROM logs", "function getenv() is not allowed"},
    {"SELECT * FROM logs AT (VERSION => 1)", "AT (VERSION or TIMESTAMP) is not allowed"},
    {"SELECT $1", "a parameter ($1, ?) is not allowed"},
    {"SELECT 'x'::regclass", "type regclass is not allowed"},
    {"SELECT 'x'::ENUM('x')", "type ENUM is not allowed"},
    {"", "there is no statement"},
    {"-- nothing", "there is no statement"},
};

}  // namespace

TEST_CASE("a hostile statement is refused by the gate with one line", "[query][sql]") {
  SqlFixture fixture;
  for (const Attempt& attempt : kAttempts) {
    CAPTURE(attempt.sql);
    const std::string told = fixture.refusal(attempt.sql);
    if (*attempt.told == 0) {
      // A column that only the store knows: DuckDB itself does not find it.
      const std::string answer = fixture.run(attempt.sql).front();
      CHECK_THAT(answer, Catch::Contains("error: ") && Catch::Contains("not found"));
      continue;
    }
    CHECK_THAT(told, Catch::Contains(attempt.told));
    CHECK(told.find('\n') == std::string::npos);
  }
}

TEST_CASE("deep nesting is refused, and quickly", "[query][sql]") {
  SqlFixture fixture;
  const auto nest = [](const std::string& open, const std::string& middle, const std::string& close,
                       int depth) {
    std::string sql = "SELECT ";
    for (int i = 0; i < depth; ++i) sql += open;
    sql += middle;
    for (int i = 0; i < depth; ++i) sql += close;
    return sql;
  };
  CHECK_THAT(fixture.refusal(nest("(SELECT ", "1", ")", 17)), Catch::Contains("nested too deeply"));
  CHECK_THAT(fixture.refusal(nest("1+", "1", "", 900)), Catch::Contains("nested too deeply"));
  CHECK_THAT(fixture.refusal(nest("1+", "1", "", 5000)), Catch::Contains("depth"));
  CHECK_THAT(fixture.refusal(nest("(", "1", ")", 30000)), Catch::Contains("column 10004"));
  CHECK_THAT(fixture.refusal(nest("[", "1", "]", 900)), Catch::Contains("nested too deeply"));
  CHECK_THAT(fixture.refusal(nest("NOT ", "true", "", 40000)), Catch::Contains("over the limit"));
  CHECK(fixture.run(nest("1+", "1", "", 400)) == std::vector<std::string>{"401"});
}

TEST_CASE("the name of a collation or a column cannot smuggle SQL through the printing",
          "[query][sql]") {
  SqlFixture fixture;
  const char* smuggled[] = {
      "SELECT body COLLATE \"nocase, (SELECT content FROM read_text('/etc/passwd'))\" FROM logs",
      "SELECT body COLLATE \"nocase FROM read_text('/etc/passwd') --\" FROM logs",
      "SELECT 1 AS \"a\"\", sleep_ms(9) AS \"\"b\"",
      "SELECT struct_pack(\"a := 1), sleep_ms(9\" := 1)",
      "SELECT * RENAME (body AS \"b), sleep_ms(9) AS (c\") FROM logs",
      "SELECT * FROM logs AS \"l, read_text('/etc/passwd')\"",
      "SELECT * FROM range(1) AS \"r\"(\"x), read_text('/etc/passwd') AS t(y\")",
      "SELECT [1 for \"x]), sleep_ms(9)\" in [1]]",
  };
  for (const char* sql : smuggled) {
    CAPTURE(sql);
    for (const std::string& line : fixture.run(sql)) {
      CHECK_THAT(line, !Catch::Contains("root:"));
    }
  }
}

}  // namespace obs::query
