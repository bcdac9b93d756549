#include "tests/unit/query/sql_fixture.h"

#include <catch2/catch.hpp>

#include "tests/unit/query/row_text.h"

namespace obs::query {
namespace {

constexpr const char* kTables = R"(
CREATE TEMP TABLE logs AS SELECT
  TIMESTAMP_NS '2026-11-22 10:15:00' + INTERVAL (i) SECOND AS time,
  time AS observed_time, CASE WHEN i = 4 THEN NULL ELSE 'shop' || i % 2 END AS service,
  CASE WHEN i % 2 = 0 THEN 'error' ELSE 'info' END AS severity,
  CASE WHEN i % 2 = 0 THEN 17 ELSE 9 END::INTEGER AS severity_number,
  'message ' || i AS body, NULL::VARCHAR AS event_name, repeat('a', 32) AS trace_id,
  repeat('b', 16) AS span_id,
  json_object('n', i, 'http.route', '/pay', 'a/b~c', 'slash', 'q"uote', 'quoted', '$$d', 'dollar',
              '', 'nameless', '*', 'star') AS attributes,
  '{"host.name":"web-1"}'::JSON AS resource, '{"name":"lib"}'::JSON AS scope,
  (i + 1)::UBIGINT AS seq, NULL::VARCHAR AS severity_text, 0::UINTEGER AS flags,
  CASE WHEN i < 5 THEN 'default' ELSE 'other' END AS project, 0::UINTEGER AS resource_id,
  NULL::JSON AS extra, 0::UINTEGER AS block
FROM range(8) r(i);
CREATE TEMP TABLE spans AS SELECT
  TIMESTAMP_NS '2026-11-22 10:15:00' + INTERVAL (i) SECOND AS time, (i * 1000000)::BIGINT AS
  duration_ns, 'shop' || i % 2 AS service, 'GET /pay' AS name, 'server' AS kind,
  CASE WHEN i = 1 THEN 'error' ELSE 'unset' END AS status, NULL::VARCHAR AS status_message,
  repeat('a', 32) AS trace_id, printf('%016x', i) AS span_id, NULL::VARCHAR AS parent_span_id,
  '{"http.route":"/pay"}'::JSON AS attributes, '{}'::JSON AS resource, NULL::JSON AS scope,
  NULL::JSON AS events, NULL::JSON AS links, NULL::VARCHAR AS trace_state, 0::UINTEGER AS flags,
  (i + 1)::UBIGINT AS seq, 'default' AS project, 0::UINTEGER AS resource_id, NULL::JSON AS extra,
  0::UINTEGER AS block
FROM range(3) r(i);
CREATE TEMP TABLE metrics AS SELECT
  TIMESTAMP_NS '2026-11-22 10:15:00' + INTERVAL (i) SECOND AS time, 'requests' AS name,
  'shop0' AS service, 'sum' AS type, '1' AS unit, '{}'::JSON AS attributes, i::DOUBLE AS value,
  NULL::UBIGINT AS count, NULL::DOUBLE AS sum, NULL::DOUBLE AS min, NULL::DOUBLE AS max,
  NULL::DOUBLE[] AS bounds, NULL::UBIGINT[] AS counts, NULL::INTEGER AS scale,
  NULL::UBIGINT AS zero_count, NULL::DOUBLE AS zero_threshold, NULL::JSON AS positive,
  NULL::JSON AS negative, NULL::JSON AS quantiles, NULL::JSON AS exemplars,
  'delta' AS temporality, true AS is_monotonic, NULL::TIMESTAMP_NS AS start_time,
  i::BIGINT AS value_int, NULL::VARCHAR AS description, '{}'::JSON AS resource,
  NULL::JSON AS scope, (i + 1)::UBIGINT AS seq, 0::UINTEGER AS flags, 'default' AS project,
  0::UINTEGER AS resource_id, NULL::JSON AS extra, 0::UINTEGER AS block
FROM range(3) r(i);
)";

}  // namespace

SqlFixture::SqlFixture() {
  auto opened = store::Database::open({});
  REQUIRE(opened);
  database = std::move(*opened);
  auto connected = database->connect();
  REQUIRE(connected);
  connection = std::move(*connected);
  REQUIRE(connection->execute(kTables));
  REQUIRE(create_views(*connection, "default"));
  REQUIRE(database->lock_down("/nonexistent"));
}

std::vector<std::string> SqlFixture::run_raw(const std::string& sql) {
  auto stream = connection->query(sql);
  if (!stream) return {"error: " + stream.error().message};
  return read_rows(**stream);
}

std::vector<std::string> SqlFixture::run(const std::string& sql) {
  auto compiled = compile_sql(*connection, sql, kNow);
  if (!compiled) return {"refused: " + compiled.error().message};
  return run_raw(*compiled);
}

std::string SqlFixture::names(const std::string& sql) {
  auto compiled = compile_sql(*connection, sql, kNow);
  if (!compiled) return "refused: " + compiled.error().message;
  auto stream = connection->query(*compiled);
  if (!stream) return "error: " + stream.error().message;
  std::string line;
  for (const store::Column& column : (*stream)->columns()) {
    if (!line.empty()) line += '|';
    line += column.name;
  }
  return line;
}

std::string SqlFixture::refusal(const std::string& sql) {
  auto compiled = compile_sql(*connection, sql, kNow);
  return compiled ? std::string() : compiled.error().message;
}

}  // namespace obs::query
