#include "libobs/store/duckdb.h"

#include <atomic>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "libobs/store/duckdb_api.h"
#include "tests/unit/store/store_fixture.h"

namespace obs::store {
namespace {

struct Fixture {
  explicit Fixture(int threads = 2)
      : database(std::move(*Database::open({threads, "", ""}))),
        connection(std::move(*database->connect())) {}

  std::unique_ptr<Database> database;
  std::unique_ptr<Connection> connection;

  std::string ask(const std::string& sql) { return store::ask(*connection, sql); }

  ColumnType type_of(const std::string& expression) {
    auto stream = connection->query("SELECT " + expression);
    REQUIRE(stream);
    return (*stream)->columns().at(0).type;
  }
};

}  // namespace

TEST_CASE("every function of the C API that we call is in the library", "[store][duckdb]") {
  auto api = load_duckdb();
  REQUIRE(api);
#define OBS_CHECK_BOUND(result, name, arguments) CHECK((*api)->name != nullptr);
  OBS_DUCKDB_FUNCTIONS(OBS_CHECK_BOUND)
#undef OBS_CHECK_BOUND
  CHECK(std::string((*api)->library_version()).starts_with("v1.5"));
  CHECK((*api)->vector_size() == 2048);
}

TEST_CASE("a value of each DuckDB type becomes the value people expect", "[store][duckdb]") {
  Fixture db;
  struct Case {
    std::string sql;
    ColumnType type;
    std::string value;
  };
  const std::vector<Case> cases = {
      {"NULL", ColumnType::kInt, "null"},
      {"true", ColumnType::kBool, "true"},
      {"(-5)::TINYINT", ColumnType::kInt, "-5"},
      {"(-500)::SMALLINT", ColumnType::kInt, "-500"},
      {"42", ColumnType::kInt, "42"},
      {"9223372036854775807", ColumnType::kInt, "9223372036854775807"},
      {"(-9223372036854775808)::BIGINT", ColumnType::kInt, "-9223372036854775808"},
      {"255::UTINYINT", ColumnType::kInt, "255"},
      {"65535::USMALLINT", ColumnType::kInt, "65535"},
      {"4294967295::UINTEGER", ColumnType::kInt, "4294967295"},
      {"18446744073709551615::UBIGINT", ColumnType::kInt, R"("18446744073709551615")"},
      {"sum(1)", ColumnType::kInt, "1"},
      {"170141183460469231731687303715884105727::HUGEINT", ColumnType::kInt,
       R"("170141183460469231731687303715884105727")"},
      {"(-170141183460469231731687303715884105728)::HUGEINT", ColumnType::kInt,
       R"("-170141183460469231731687303715884105728")"},
      {"1.5", ColumnType::kDouble, "1.5"},
      {"-0.05", ColumnType::kDouble, "-0.05"},
      {"123456789012345678.25", ColumnType::kText, R"("123456789012345678.25")"},
      {"0.25::FLOAT", ColumnType::kDouble, "0.25"},
      {"1e300", ColumnType::kDouble, "1e+300"},
      {"'short'", ColumnType::kText, R"("short")"},
      {"'exactly 12 b'", ColumnType::kText, R"("exactly 12 b")"},
      {"'more than twelve bytes: é'", ColumnType::kText, R"("more than twelve bytes: é")"},
      {"''", ColumnType::kText, R"("")"},
      {"TIMESTAMP_NS '2026-11-22 10:15:30.123456789'", ColumnType::kTimestamp,
       "1795342530123456789"},
      {"TIMESTAMP '2026-11-22 10:15:30.5'", ColumnType::kTimestamp, "1795342530500000000"},
      {"TIMESTAMP_MS '1970-01-01 00:00:00.001'", ColumnType::kTimestamp, "1000000"},
      {"TIMESTAMP_S '1969-12-31 23:59:59'", ColumnType::kTimestamp, "-1000000000"},
      {"TIMESTAMPTZ '1970-01-01 01:00:00+01'", ColumnType::kTimestamp, "0"},
      {"DATE '1970-01-02'", ColumnType::kTimestamp, "86400000000000"},
      {"DATE '9999-12-31'", ColumnType::kTimestamp, R"("9999-12-31T00:00:00Z")"},
      {"TIMESTAMP '0001-02-03 04:05:06'", ColumnType::kTimestamp, R"("0001-02-03T04:05:06Z")"},
      {"'infinity'::TIMESTAMP", ColumnType::kTimestamp, R"("infinity")"},
      {"'-infinity'::DATE", ColumnType::kTimestamp, R"("-infinity")"},
      {"INTERVAL '1 day 02:03:04'", ColumnType::kText, R"("1 day 02:03:04")"},
      {"TIME '01:02:03'", ColumnType::kText, R"("01:02:03")"},
      {"'6ba7b810-9dad-11d1-80b4-00c04fd430c8'::UUID", ColumnType::kText,
       R"("6ba7b810-9dad-11d1-80b4-00c04fd430c8")"},
      {"'b'::ENUM('a', 'b')", ColumnType::kText, R"("b")"},
      {"'\\xAA'::BLOB", ColumnType::kText, R"("\\xAA")"},
      {"[1, NULL, 3]", ColumnType::kList, "[1,null,3]"},
      {"[['a'], [], NULL]", ColumnType::kList, R"([["a"],[],null])"},
      {"[1.5, 2.5]::DOUBLE[2]", ColumnType::kList, "[1.5,2.5]"},
      {"[INTERVAL '1 day']", ColumnType::kText, R"("[1 day]")"},
      {"{'a': 1, 'b': [true]}", ColumnType::kJson, R"("{\"a\":1,\"b\":[true]}")"},
      {"MAP {'k': 1, 'j': NULL}", ColumnType::kJson, R"("{\"k\":1,\"j\":null}")"},
      {"MAP {1: 'x'}", ColumnType::kJson, R"("{\"1\":\"x\"}")"},
      {"[{'a': 1}]", ColumnType::kList, R"([{"a":1}])"},
      {"'{\"a\":1}'::JSON", ColumnType::kJson, R"("{\"a\":1}")"},
  };
  for (const Case& test : cases) {
    INFO(test.sql);
    CHECK(db.type_of(test.sql) == test.type);
    CHECK(db.ask("SELECT " + test.sql + " AS v") == test.value + "\n");
  }
}

TEST_CASE("columns keep their names, also twice the same and when cast to text",
          "[store][duckdb]") {
  Fixture db;
  auto stream = db.connection->query("SELECT 1 AS \"a \"\"b\", INTERVAL '1 day' AS i, 2 AS i ;");
  REQUIRE(stream);
  const auto& columns = (*stream)->columns();
  REQUIRE(columns.size() == 3);
  CHECK(columns[0].name == "a \"b");
  CHECK(columns[1].name == "i");
  CHECK(columns[2].name == "i");
}

TEST_CASE("an ordered result keeps its order when a column is cast to text", "[store][duckdb]") {
  Fixture db;
  const std::string text =
      db.ask("SELECT i, to_days(i::INT) FROM range(100000) t(i) ORDER BY hash(i) LIMIT 5");
  const std::string plain = db.ask("SELECT i FROM range(100000) t(i) ORDER BY hash(i) LIMIT 5");
  std::string first_column;
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    first_column += text.substr(at, text.find('|', at) - at) + "\n";
  }
  CHECK(first_column == plain);
}

TEST_CASE("rows of many chunks all arrive, in order, with their nulls", "[store][duckdb]") {
  Fixture db;
  auto stream = db.connection->query(
      "SELECT i, CASE WHEN i % 3 = 0 THEN NULL ELSE 'row number ' || i END FROM range(10000) t(i)");
  REQUIRE(stream);
  std::span<const model::Value> row;
  for (std::int64_t i = 0; i < 10'000; ++i) {
    REQUIRE(*(*stream)->next(row));
    REQUIRE(row[0].as_int() == i);
    if (i % 3 == 0) {
      REQUIRE(row[1].kind() == model::ValueKind::kEmpty);
    } else {
      REQUIRE(row[1].as_string() == "row number " + std::to_string(i));
    }
  }
  CHECK_FALSE(*(*stream)->next(row));
  CHECK_FALSE(*(*stream)->next(row));
}

TEST_CASE("a bad statement is a usage error in one line", "[store][duckdb]") {
  Fixture db;
  for (const std::string sql : {"SELEC 1", "SELECT nothing FROM nowhere", "SELECT 1; SELECT 2"}) {
    auto stream = db.connection->query(sql);
    REQUIRE_FALSE(stream);
    CHECK(stream.error().code == Errc::kInvalidArgument);
    CHECK(stream.error().message.find('\n') == std::string::npos);
    CHECK_FALSE(stream.error().message.empty());
  }
}

TEST_CASE("an error in mid-stream is told after the rows before it", "[store][duckdb]") {
  Fixture db(1);  // With more, another thread may tell first that it was stopped.
  auto stream = db.connection->query(
      "SELECT CASE WHEN i < 2000000 THEN '1' ELSE 'x' END::INT FROM range(4000000) t(i)");
  REQUIRE(stream);
  std::span<const model::Value> row;
  std::size_t rows = 0;
  for (;; ++rows) {
    auto more = (*stream)->next(row);
    if (more) {
      REQUIRE(*more);
      continue;
    }
    INFO(more.error().message);
    CHECK(more.error().code == Errc::kInvalidArgument);
    CHECK(more.error().message.starts_with("Conversion Error"));
    break;
  }
  CHECK(rows > 0);
  CHECK(rows <= 2'000'000);
}

TEST_CASE("a running query can be interrupted from another thread", "[store][duckdb]") {
  Fixture db;
  std::atomic<bool> done = false;
  std::thread other([&] {
    while (!done) {
      db.connection->interrupt();
      std::this_thread::yield();
    }
  });
  auto result = db.connection->execute(
      "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE hash(a.range) = b.range");
  done = true;
  other.join();
  REQUIRE_FALSE(result);
  CHECK(result.error().code == Errc::kUnavailable);
  CHECK(db.ask("SELECT 1") == "1\n");
}

TEST_CASE("query_text binds its parameter and answers with text", "[store][duckdb]") {
  Fixture db;
  CHECK(*db.connection->query_text("SELECT $1 || '!'", "it's") == "it's!");
  CHECK(*db.connection->query_text("SELECT length($1)", "four") == "4");
  CHECK(db.connection->query_text("SELECT $1 WHERE false", "").error().code == Errc::kNotFound);
  CHECK(db.connection->query_text("SELECT NULL WHERE $1 = ''", "").error().code == Errc::kNotFound);
  CHECK(db.connection->query_text("SELECT 1", "").error().code == Errc::kInvalidArgument);
}

TEST_CASE("a stream outlives the connection and the database it came from", "[store][duckdb]") {
  std::unique_ptr<RowStream> stream;
  {
    Fixture db;
    stream = std::move(*db.connection->query("SELECT i FROM range(5000) t(i)"));
  }
  std::span<const model::Value> row;
  std::size_t rows = 0;
  while (*stream->next(row)) ++rows;
  CHECK(rows == 5000);
}

TEST_CASE("a locked-down database reads its own directory and nothing else", "[store][duckdb]") {
  Fixture db;
  REQUIRE(db.database->lock_down("/nowhere"));
  CHECK(db.ask("SELECT 42") == "42\n");
  for (const std::string sql :
       {"SELECT * FROM read_text('/etc/passwd')", "SELECT * FROM read_blob('/nowhere/../etc/*')",
        "COPY (SELECT 1) TO '/tmp/obs-evil.csv'", "ATTACH '/tmp/obs-evil.db'", "INSTALL httpfs",
        "SET threads = 1", "SET enable_external_access = true",
        "SET allowed_directories = ['/']"}) {
    INFO(sql);
    CHECK(db.ask(sql).starts_with("error: "));
  }
}

TEST_CASE("an option that DuckDB does not accept is named", "[store][duckdb]") {
  auto database = Database::open({1, "lots", ""});
  REQUIRE_FALSE(database);
  CHECK(database.error().code == Errc::kInvalidArgument);
  CHECK(database.error().message.find("memory_limit") != std::string::npos);
}

TEST_CASE("SQL quoting survives quotes of both kinds", "[store][duckdb]") {
  Fixture db;
  CHECK(to_sql_string("it's") == "'it''s'");
  CHECK(to_sql_identifier("a\"b") == "\"a\"\"b\"");
  CHECK(db.ask("SELECT " + to_sql_string("it's \\n")) == "\"it's \\\\n\"\n");
}

}  // namespace obs::store
