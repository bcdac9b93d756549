// Hot attributes: whichever way a part holds them, a record is the same.

#include <map>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "libobs/base/fs.h"
#include "libobs/base/text.h"
#include "libobs/store/attribute_pointer.h"
#include "libobs/store/hot_attributes.h"
#include "libobs/store/sqlite.h"
#include "tests/unit/store/hot_fixture.h"
#include "tests/unit/store/store_fixture.h"

namespace obs::store {
namespace {

using model::Signal;

std::unique_ptr<Session> open_session(const std::string& dir) {
  auto session = Session::open(system_fs(), dir, {2, "", ""});
  if (!session) FAIL(session.error().message);
  if (auto taken = (*session)->refresh(); !taken) FAIL(taken.error().message);
  return *std::move(session);
}

// The hot attributes of the live parts, as the catalog has them, by part.
std::vector<std::string> hot_sets(const std::string& dir) {
  auto catalog = Sqlite::open(dir + "/catalog.sqlite", Sqlite::Mode::kRead);
  REQUIRE(catalog);
  auto rows = catalog->prepare("SELECT hot FROM parts ORDER BY id");
  REQUIRE(rows);
  std::vector<std::string> sets;
  while (*rows->step()) sets.emplace_back(rows->text(0));
  return sets;
}

// What there is of records, by sequence number.
using Records = std::map<std::int64_t, std::string>;

void add_records(Records& records, const model::Batch& batch) {
  for (const model::Attributes attributes : attributes_of(batch)) {
    const auto seq = static_cast<std::int64_t>(records.size()) + 1;
    records[seq] = in_order(attributes);
  }
}

Records read_records(Session& session, Signal signal) {
  Records records;
  auto rows = session.connection().query(
      fmt::format("SELECT seq, attributes FROM {}", model::to_string(signal)));
  if (!rows) FAIL(rows.error().message);
  std::span<const model::Value> row;
  while (*(*rows)->next(row)) records[row[0].as_int()] = in_order(row[1].as_string());
  return records;
}

void check_same(const Records& actual, const Records& expected) {
  CHECK(actual.size() == expected.size());
  for (const auto& [seq, record] : expected) {
    const auto found = actual.find(seq);
    REQUIRE(found != actual.end());
    REQUIRE(found->second == record);
  }
}

// Every attribute of every record as text: through its column where it has one, and out of JSON.
std::string read_texts(Session& session, Signal signal, const std::vector<std::string>& keys) {
  const auto view = session.make_attribute_view(signal, keys);
  if (!view) FAIL(view.error().message);
  std::string columns;
  for (std::size_t i = 0; i < keys.size(); ++i) columns += ", " + attribute_column(i);
  return ask(session.connection(),
             fmt::format("SELECT seq{} FROM {} ORDER BY seq", columns, *view));
}

std::string extract_texts(Session& session, Signal signal, const std::vector<std::string>& keys) {
  std::string columns;
  for (const std::string& key : keys) {
    columns += fmt::format(", json_extract_string(attributes, {})", to_sql_string(to_pointer(key)));
  }
  return ask(session.connection(),
             fmt::format("SELECT seq{} FROM {} ORDER BY seq", columns, model::to_string(signal)));
}

}  // namespace

TEST_CASE("attributes are the same in the WAL, in columns, in JSON and after merges",
          "[store][hot]") {
  std::vector<std::string> keys = hot_keys();
  // Statements are text that ends at its first NUL: no one can ask for such a key.
  std::erase_if(keys, [](const std::string& key) { return key.find('\0') != std::string::npos; });
  for (const Signal signal : {Signal::kLogs, Signal::kSpans}) {
    for (std::uint64_t seed = 1; seed <= 2; ++seed) {
      INFO(model::to_string(signal) << ", seed " << seed);
      TemporaryDir dir;
      Registry registry;
      WriterOptions options = manual_options();
      auto writer = open_writer(dir / "data", registry, options);
      Records expected;
      std::string texts;
      for (std::uint64_t flush = 0; flush < 4; ++flush) {
        const auto batch = make_hot(signal, 10 * seed + flush, seed + flush / 2, 300);
        add_records(expected, *batch);
        REQUIRE(write_and_wait(*writer, batch));
        auto session = open_session(dir / "data");
        check_same(read_records(*session, signal), expected);
        texts = read_texts(*session, signal, keys);
        REQUIRE(texts == extract_texts(*session, signal, keys));
        REQUIRE(writer->flush());
        session = open_session(dir / "data");
        check_same(read_records(*session, signal), expected);
        REQUIRE(read_texts(*session, signal, keys) == texts);
      }
      const auto sets = hot_sets(dir / "data");
      CHECK(std::set<std::string>(sets.begin(), sets.end()).size() > 1);
      REQUIRE(writer->close());

      options.merge_parts = 2;
      auto merging = open_writer(dir / "data", registry, options);
      wait_until([&] { return hot_sets(dir / "data").size() < sets.size(); });
      REQUIRE(merging->close());
      auto session = open_session(dir / "data");
      check_same(read_records(*session, signal), expected);
      CHECK(read_texts(*session, signal, keys) == texts);
    }
  }
}

TEST_CASE("a key that parts hold in different ways becomes a column of the merged part",
          "[store][hot]") {
  TemporaryDir dir;
  Registry registry;
  WriterOptions options = manual_options();
  auto writer = open_writer(dir / "data", registry, options);
  // In the first batch `late` is too rare for a column; in the second `mixed` has two types.
  REQUIRE(write_and_wait(*writer, make_logs_with(2000, [](std::size_t i, auto& out) {
    if (i == 7) out.push_back({"late", text("line\nbreak \"quoted\"")});
    if (i == 8) out.push_back({"late", text("")});
    if (i == 9) out.push_back({"number", model::Value::integer(INT64_MIN)});
    if (i == 10) out.push_back({"flag", model::Value::boolean(true)});
    if (i == 11) out.push_back({"impure", model::Value::number(1)});
    out.push_back({"mixed", text("word \"quoted\"")});
  })));
  REQUIRE(writer->flush());
  REQUIRE(write_and_wait(*writer, make_logs_with(2000, [](std::size_t i, auto& out) {
    out.push_back({"late", text("plain")});
    out.push_back({"number", model::Value::integer(static_cast<std::int64_t>(i))});
    out.push_back({"flag", model::Value::boolean(false)});
    out.push_back({"impure", model::Value::integer(1)});
    out.push_back({"mixed", i % 2 == 0 ? model::Value::integer(5) : text("word")});
  })));
  REQUIRE(writer->flush());
  REQUIRE(writer->close());
  CHECK(hot_sets(dir / "data").at(0) == R"({"mixed":"VARCHAR"})");
  const std::vector<std::string> keys = {"late", "number", "flag", "impure", "mixed"};
  const std::string before = read_texts(*open_session(dir / "data"), Signal::kLogs, keys);

  options.merge_parts = 2;
  auto merging = open_writer(dir / "data", registry, options);
  wait_until([&] { return hot_sets(dir / "data").size() == 1; });
  CHECK(hot_sets(dir / "data").at(0) == R"({"flag":"BOOLEAN","late":"VARCHAR","number":"BIGINT"})");
  CHECK(read_texts(*open_session(dir / "data"), Signal::kLogs, keys) == before);
}

TEST_CASE("a comparison with an attribute that has a column is a filter of the scan",
          "[store][hot]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry);
  std::vector<std::string> ids;
  for (int i = 0; i < 1000; ++i) ids.push_back(fmt::format("{}", i));
  REQUIRE(write_and_wait(*writer, make_logs_with(1000, [&](std::size_t i, auto& out) {
    out.push_back({"user.id", text(ids[i])});
  })));
  REQUIRE(writer->flush());
  auto session = open_session(dir / "data");
  const std::vector<std::string> keys = {"user.id"};
  REQUIRE(session->make_attribute_view(Signal::kLogs, keys));
  const std::string plan =
      ask(session->connection(),
          "EXPLAIN SELECT body FROM (SELECT * FROM logs_attributes) WHERE obs_attribute_0 = '42'");
  INFO(plan);
  CHECK(plan.find("attributes.user.id='42'") != std::string::npos);
  CHECK(ask(session->connection(),
            "SELECT count(*) FROM logs_attributes WHERE obs_attribute_0 = "
            "'42'") == "1\n");
}

TEST_CASE("parts of many sets of columns are read by few scans", "[store][hot]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry);
  std::vector<std::string> keys = {"common"};
  Records expected;
  for (int flush = 0; flush < 14; ++flush) {
    keys.push_back(fmt::format("key{}", flush));
    const auto batch = make_logs_with(20, [&](std::size_t i, auto& out) {
      out.push_back({"common", text("c")});
      out.push_back({keys.back(), text(i % 2 == 0 ? "even" : "odd")});
      // One set of the many does not go with the others.
      if (flush == 5) out.push_back({"Common", model::Value::integer(5)});
    });
    add_records(expected, *batch);
    REQUIRE(write_and_wait(*writer, batch));
    REQUIRE(writer->flush());
  }
  const auto sets = hot_sets(dir / "data");
  CHECK(std::set<std::string>(sets.begin(), sets.end()).size() == 14);
  auto session = open_session(dir / "data");
  check_same(read_records(*session, Signal::kLogs), expected);
  CHECK(read_texts(*session, Signal::kLogs, keys) == extract_texts(*session, Signal::kLogs, keys));
  const std::string plan = ask(session->connection(), "EXPLAIN SELECT seq FROM logs");
  std::size_t scans = 0;
  for (std::size_t at = plan.find(" READ_PARQUET "); at != std::string::npos;
       at = plan.find(" READ_PARQUET ", at + 1)) {
    ++scans;
  }
  CHECK(scans > 0);
  CHECK(scans <= 2 * 9);  // Named twice in each box.

  auto database = Database::open({1, "", ""});
  auto connection = (*database)->connect();
  REQUIRE((*connection)->execute(*system_fs().read_file(dir / "data/duckdb.sql")));
  CHECK(ask(**connection, "SELECT count(*) FROM wide_logs WHERE \"attributes.key3\" = 'even'") ==
        "10\n");
}

TEST_CASE("duckdb.sql shows attributes whole, and the hot ones in the wide views too",
          "[store][hot]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry);
  Records expected;
  for (std::uint64_t flush = 0; flush < 3; ++flush) {
    const auto batch = make_hot(Signal::kLogs, flush, flush, 300);
    add_records(expected, *batch);
    REQUIRE(write_and_wait(*writer, batch));
    REQUIRE(writer->flush());
  }
  auto database = Database::open({1, "", ""});
  auto connection = (*database)->connect();
  const auto read = (*connection)->execute(*system_fs().read_file(dir / "data/duckdb.sql"));
  if (!read) FAIL(read.error().message);
  for (const char* view : {"logs", "wide_logs"}) {
    auto rows = (*connection)->query(fmt::format("SELECT seq, attributes FROM {}", view));
    REQUIRE(rows);
    Records records;
    std::span<const model::Value> row;
    while (*(*rows)->next(row)) records[row[0].as_int()] = in_order(row[1].as_string());
    check_same(records, expected);
  }
  CHECK(ask(**connection,
            "SELECT count(*) FROM (SELECT COLUMNS('attributes\\..*') FROM wide_logs LIMIT 1)") ==
        "1\n");
  CHECK(ask(**connection, "SELECT count(*) FROM wide_spans") == "0\n");
}

TEST_CASE("every key has a pointer, and every pointer of ours its key", "[store][hot]") {
  for (const std::string& key : hot_keys()) CHECK(parse_pointer(to_pointer(key)) == key);
  for (const char* other : {"", "a", "/a/b", "/~", "/~2", "/$x"}) CHECK_FALSE(parse_pointer(other));
}

TEST_CASE("equality finds every id in a part, and nothing else", "[store][hot]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry);
  // Each id twice, so that DuckDB writes dictionaries and with them Bloom filters.
  for (const std::uint64_t seed : {5, 5}) {
    for (const Signal signal : {Signal::kLogs, Signal::kSpans}) {
      model::Batch batch = *make_random(signal, seed, 3000);
      batch.id = {};
      REQUIRE(write_and_wait(*writer, std::make_shared<const model::Batch>(std::move(batch))));
    }
  }
  REQUIRE(writer->flush());
  const std::pair<const char*, const char*> columns[] = {{"logs", "trace_id"},
                                                         {"logs", "span_id"},
                                                         {"spans", "trace_id"},
                                                         {"spans", "span_id"},
                                                         {"spans", "parent_span_id"}};
  auto session = open_session(dir / "data");
  for (const auto& [view, column] : columns) {
    INFO(view << "." << column);
    const std::string ids = ask(session->connection(),
                                fmt::format("SELECT {0} FROM {1} WHERE {0} IS NOT NULL GROUP BY 1 "
                                            "HAVING count(*) = 2 ORDER BY 1 LIMIT 50",
                                            column, view));
    const auto lines = split(trim(ids), '\n');
    REQUIRE(lines.size() == 50);
    for (const std::string_view line : lines) {
      const std::string id(line.substr(1, line.size() - 2));
      REQUIRE(ask(session->connection(), fmt::format("SELECT count(*) FROM {} WHERE {} = '{}'",
                                                     view, column, id)) == "2\n");
    }
  }
}

}  // namespace obs::store
