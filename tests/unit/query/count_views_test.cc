// The tables of counts: span_metrics, edges and log_counts, and what is made of them.

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "libobs/query/services.h"
#include "tests/unit/query/reader_fixture.h"
#include "tests/unit/query/row_text.h"

namespace obs::query {
namespace {

using Lines = std::vector<std::string>;

std::string log_line(int n, std::string_view project = "default") {
  static constexpr const char* kServices[] = {"cart", "pay"};
  static constexpr const char* kSeverities[] = {"info", "warn", "error"};
  return fmt::format(R"({{"signal":"log","time":"2026-11-22T10:{:02}:{:02}Z","service":"{}",)"
                     R"("severity":"{}","body":"{}","project":"{}"}})"
                     "\n",
                     n / 60 % 60, n % 60, kServices[n % 2], kSeverities[n % 3], n, project);
}

// Traces of two spans: web calls shop.
std::string span_lines(int n) {
  const auto line = [&](int id, int parent, std::string_view service) {
    return fmt::format(
        R"({{"signal":"span","time":"2026-11-22T10:{:02}:{:02}Z","duration_ns":{},)"
        R"("service":"{}","name":"op{}","kind":"{}","status":"{}","trace_id":"{:032x}",)"
        R"("span_id":"{:016x}","parent_span_id":"{:016x}"}})"
        "\n",
        n / 60 % 60, n % 60, 1000 * n, service, n % 3, parent == 0 ? "client" : "server",
        n % 5 == 0 ? "error" : "ok", n, id, parent);
  };
  return line(2 * n, 0, "web") + line(2 * n + 1, 2 * n, "shop");
}

// Some of it in parts, some in the WAL.
void fill(StoreFixture& fixture) {
  for (const auto& [first, last] : {std::pair(1, 80), std::pair(81, 200), std::pair(201, 230)}) {
    std::string logs;
    std::string spans;
    for (int n = first; n <= last; ++n) {
      logs += log_line(n);
      spans += span_lines(n);
    }
    fixture.write_lines(logs);
    fixture.write_lines(spans);
    if (last < 230) fixture.flush();
  }
  fixture.write_lines(log_line(1, "other"));
}

Lines run(Reader& reader, const std::string& sql) {
  auto rows = reader.run(sql, {});
  if (!rows) return {"error: " + rows.error().message};
  return read_rows(**rows);
}

// Overwrites rows of all parts, though not what tells of them, so that who reads them is found out.
void overwrite_parts(const std::string& dir) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir)) {
    if (entry.path().extension() != ".parquet") continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4);
    file << std::string(entry.file_size() / 4, 'x');
  }
}

constexpr const char* kMinute =
    "make_timestamp_ns(epoch_ns(time) // 60000000000 * 60000000000) AS time";

}  // namespace

TEST_CASE("span_metrics and log_counts say what the records do, minute by minute",
          "[query][counts]") {
  StoreFixture fixture;
  fill(fixture);
  auto reader = fixture.read();
  const std::pair<std::string, std::string> cases[] = {
      {"SELECT time, service, name, kind, status, sum(calls)::BIGINT, sum(errors)::BIGINT FROM "
       "span_metrics GROUP BY ALL ORDER BY ALL",
       fmt::format("SELECT {}, service, name, kind, status, count(*), count(*) FILTER (status = "
                   "'error') FROM spans GROUP BY ALL ORDER BY ALL",
                   kMinute)},
      {"SELECT time, service, severity, sum(count)::BIGINT FROM log_counts GROUP BY ALL ORDER BY "
       "ALL",
       fmt::format("SELECT {}, service, severity, count(*) FROM logs GROUP BY ALL ORDER BY ALL",
                   kMinute)},
      {"SELECT caller, callee, sum(calls)::BIGINT, sum(errors)::BIGINT FROM edges GROUP BY ALL",
       "SELECT 'web', 'shop', count(*), count(*) FILTER (status = 'error') FROM spans WHERE "
       "service = 'shop'"},
  };
  for (const auto& [counted, scanned] : cases) {
    INFO(counted);
    const Lines expected = fixture.ask(*reader, scanned);
    CHECK(expected.size() >= 1);
    CHECK(fixture.ask(*reader, counted) == expected);
  }
}

TEST_CASE("a bound on the time of counts leaves out whole minutes and no other",
          "[query][counts]") {
  StoreFixture fixture;
  fill(fixture);
  auto reader = fixture.read();
  for (const char* where : {"time >= TIMESTAMP_NS '2026-11-22 10:02:00'",
                            "time >= TIMESTAMP_NS '2026-11-22 10:01:30' AND time < "
                            "TIMESTAMP_NS '2026-11-22 10:02:30'",
                            "time < TIMESTAMP_NS '1970-01-01'"}) {
    for (const char* table : {"span_metrics", "edges", "log_counts"}) {
      INFO(table << " WHERE " << where);
      const std::string sql = "SELECT * FROM {0} WHERE {1} ORDER BY ALL";
      // A second table in the statement, and times are not looked for in it.
      const std::string unpruned =
          "SELECT * FROM {0} WHERE {1} AND (SELECT count(*) > 0 FROM logs) ORDER BY ALL";
      CHECK(fixture.ask(*reader, fmt::format(fmt::runtime(sql), table, where)) ==
            fixture.ask(*reader, fmt::format(fmt::runtime(unpruned), table, where)));
    }
  }
}

TEST_CASE("records beside counts in one statement are all seen", "[query][counts]") {
  StoreFixture fixture;
  fill(fixture);
  auto reader = fixture.read();
  CHECK(fixture.ask(*reader,
                    "SELECT (SELECT sum(count)::BIGINT FROM log_counts), (SELECT count(*) FROM "
                    "logs), (SELECT count(*) FROM logs WHERE service = 'cart'), (SELECT "
                    "sum(calls)::BIGINT FROM span_metrics), (SELECT count(*) FROM spans)") ==
        Lines{"230|230|115|460|460"});
  CHECK(fixture.ask(*reader, "SELECT count(*) FROM logs") == Lines{"230"});
}

TEST_CASE("counts are those of the reader's project", "[query][counts]") {
  StoreFixture fixture;
  fill(fixture);
  auto reader = fixture.read(0, "other");
  CHECK(fixture.ask(*reader, "SELECT sum(count)::BIGINT FROM log_counts") == Lines{"1"});
  CHECK(fixture.ask(*reader, "SELECT count(*) FROM span_metrics") == Lines{"0"});
  CHECK(fixture.ask(*reader, "SELECT count(*) FROM edges") == Lines{"0"});
}

TEST_CASE("services, operations and edges are told without a look at the parts",
          "[query][counts]") {
  StoreFixture fixture;
  fill(fixture);
  fixture.flush();
  fixture.close();
  auto reader = fixture.read();
  const Lines services = run(*reader, select_services({}, {}));
  const Lines operations = run(*reader, select_operations({}, {}));
  const Lines edges = run(*reader, select_edges({}, {}));
  reader.reset();
  overwrite_parts(fixture.dir());
  reader = fixture.read();
  CHECK(fixture.ask(*reader, "SELECT sum(duration_ns) FROM spans").at(0).starts_with("error"));
  CHECK(services.size() == 4);
  CHECK(run(*reader, select_services({}, {})) == services);
  CHECK(operations.size() == 6);
  CHECK(run(*reader, select_operations({}, {})) == operations);
  CHECK(edges.size() == 1);
  CHECK(run(*reader, select_edges({}, {})) == edges);
}

TEST_CASE("quantiles of counts are those of the durations, within nine percent",
          "[query][counts]") {
  StoreFixture fixture;
  fill(fixture);
  auto reader = fixture.read();
  CHECK(fixture.ask(*reader,
                    "SELECT service, abs(weighted_quantile(duration_ns, calls, 0.95) / (SELECT "
                    "quantile_disc(duration_ns, 0.95) FROM spans) - 1) < 0.1 FROM span_metrics "
                    "GROUP BY service ORDER BY service") == Lines{"shop|true", "web|true"});
}

TEST_CASE("weighted_quantile goes by nearest rank and passes over what does not count",
          "[query][counts]") {
  StoreFixture fixture;
  auto reader = fixture.read();
  const std::pair<const char*, const char*> cases[] = {
      {"SELECT weighted_quantile(v, 1, 0.5) FROM (VALUES (3), (1), (2)) AS t(v)", "2.0"},
      {"SELECT weighted_quantile(v, w, 0.5) FROM (VALUES (1, 1), (2, 10)) AS t(v, w)", "2.0"},
      {"SELECT weighted_quantile(v, w, 0) FROM (VALUES (1, 0), (2, -1), (3, 1)) AS t(v, w)", "3.0"},
      {"SELECT weighted_quantile(v, 1, 1) FROM (VALUES (1), (NULL), (7)) AS t(v)", "7.0"},
      {"SELECT weighted_quantile(v, 1, 2) FROM (VALUES (1)) AS t(v)", "∅"},
      {"SELECT weighted_quantile(v, NULL, 0.5) FROM (VALUES (1)) AS t(v)", "∅"},
      {"SELECT weighted_quantile(v, 1, 0.5) FROM (VALUES (1)) AS t(v) WHERE v > 1", "∅"},
      {"SELECT abs(weighted_quantile(range, 1, 0.5) - 500000) < 5000 FROM range(1000000)", "true"},
      {"SELECT count(DISTINCT q) FROM (SELECT weighted_quantile(range % 7, 1, 0.9) AS q FROM "
       "range(700000) GROUP BY range % 1000 // 1000)",
       "1"},
  };
  for (const auto& [sql, expected] : cases) {
    INFO(sql);
    CHECK(fixture.ask(*reader, sql) == Lines{expected});
  }
}

}  // namespace obs::query
