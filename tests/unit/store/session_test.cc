#include "libobs/store/session.h"

#include <atomic>
#include <filesystem>
#include <limits>
#include <thread>

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "libobs/base/text.h"
#include "tests/unit/store/store_fixture.h"

namespace obs::store {
namespace {

std::unique_ptr<Session> open_session(const std::string& dir) {
  auto session = Session::open(system_fs(), dir, {1, "", ""});
  if (!session) FAIL(session.error().message);
  return *std::move(session);
}

std::size_t pins_in(const std::string& dir) { return list_files(dir + "/pinned").size(); }

}  // namespace

TEST_CASE("an empty store has its views, with every column and no row", "[store][session]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry);
  auto session = open_session(dir / "data");
  REQUIRE(session->refresh());
  CHECK(session->last_seq() == 0);
  CHECK(
      ask(session->connection(), "SELECT time, body, attributes['k'], resource_id, block FROM logs")
          .empty());
  CHECK(ask(session->connection(), "SELECT duration_ns, events, links FROM spans").empty());
  CHECK(ask(session->connection(), "SELECT bounds[1], counts, value FROM metrics").empty());
}

TEST_CASE("a column has the same type in the WAL, in a part and in an empty store",
          "[store][session]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry);
  const auto describe = [&](const char* view) {
    return ask_store(dir / "data",
                     fmt::format("SELECT column_name, column_type FROM (DESCRIBE {})", view));
  };
  std::vector<std::string> empty;
  for (const char* view : {"logs", "spans", "metrics"}) empty.push_back(describe(view));
  for (const model::Signal signal : model::kSignals) {
    REQUIRE(write_and_wait(*writer, make_random(signal, 3, 50)));
  }
  for (int flushed = 0; flushed < 2; ++flushed) {
    CHECK(describe("logs") == empty[0]);
    CHECK(describe("spans") == empty[1]);
    CHECK(describe("metrics") == empty[2]);
    REQUIRE(writer->flush());
  }
}

TEST_CASE("a session sees its snapshot until it takes a new one", "[store][session]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry);
  REQUIRE(write_and_wait(*writer, make_logs(10, "a")));
  auto session = open_session(dir / "data");
  REQUIRE(session->refresh());
  CHECK(session->last_seq() == 10);
  REQUIRE(write_and_wait(*writer, make_logs(10, "b")));
  REQUIRE(writer->flush());
  CHECK(ask(session->connection(), "SELECT count(*) FROM logs") == "10\n");
  REQUIRE(session->refresh());
  CHECK(session->last_seq() == 20);
  CHECK(ask(session->connection(), "SELECT count(*) FROM logs") == "20\n");
}

TEST_CASE("a snapshot stays readable when a merge replaces its parts", "[store][session]") {
  TemporaryDir dir;
  Registry registry;
  WriterOptions options = manual_options();
  auto writer = open_writer(dir / "data", registry, options);
  for (const char* name : {"a", "b", "c"}) {
    REQUIRE(write_and_wait(*writer, make_logs(10, name)));
    REQUIRE(writer->flush());
  }
  auto session = open_session(dir / "data");
  REQUIRE(session->refresh());
  REQUIRE(writer->close());
  options.merge_parts = 3;
  auto merging = open_writer(dir / "data", registry, options);
  wait_until([&] { return list_parts(dir / "data/logs").size() == 1; });

  const std::string question = "SELECT count(*), count(DISTINCT body) FROM logs";
  CHECK(pins_in(dir / "data") == 7);  // Three parts, each with its index, and the lease.
  CHECK(ask(session->connection(), question) == "30|30\n");
  REQUIRE(session->refresh());
  CHECK(pins_in(dir / "data") == 3);
  CHECK(ask(session->connection(), question) == "30|30\n");
  session.reset();
  CHECK(pins_in(dir / "data") == 0);
}

TEST_CASE("the writer clears away the pins of readers that died, and of no other",
          "[store][session]") {
  TemporaryDir dir;
  Registry registry;
  REQUIRE(open_writer(dir / "data", registry)->close());
  std::filesystem::create_directories(dir / "data/pinned/4711-dead");
  REQUIRE(system_fs().replace_file(dir / "data/pinned/4711-dead/lease", "pid 4711"));
  auto session = open_session(dir / "data");
  auto writer = open_writer(dir / "data", registry);
  CHECK_FALSE(std::filesystem::exists(dir / "data/pinned/4711-dead"));
  CHECK(pins_in(dir / "data") == 1);
}

TEST_CASE("readers beside flushes and merges see every batch whole, once, and none go",
          "[store][session]") {
  TemporaryDir dir;
  Registry registry;
  WriterOptions options = manual_options();
  options.flush_rows = 300;
  options.merge_parts = 3;
  auto writer = open_writer(dir / "data", registry, options);
  std::atomic<std::uint64_t> acknowledged = 0;
  std::atomic<bool> done = false;
  std::thread writing([&] {
    for (int i = 0; i < 250; ++i) {
      if (!write_and_wait(*writer, make_logs(20, fmt::format("b{}", i)))) return;
      acknowledged += 20;
    }
    done = true;
  });
  auto session = open_session(dir / "data");
  std::uint64_t before = 0;
  for (bool last = false; !last;) {
    last = done;
    const std::uint64_t at_least = acknowledged;
    auto taken = session->refresh();
    if (!taken) FAIL(taken.error().message);
    const std::string answer =
        ask(session->connection(),
            "SELECT count(*), count(DISTINCT seq), count(DISTINCT body), max(seq), "
            "count(DISTINCT split_part(body, ' ', 1)) * 20 FROM logs");
    INFO(answer);
    const auto cells = split(trim(answer), '|');
    REQUIRE(cells.size() == 5);
    const auto rows = parse_uint(cells[0]).value_or(0);
    CHECK(rows >= at_least);
    CHECK(rows >= before);
    before = rows;
    for (const std::size_t same : {1, 2, 4}) CHECK(cells[same] == cells[0]);
    if (rows > 0) CHECK(cells[3] == cells[0]);
    CHECK(session->last_seq() == rows);
  }
  writing.join();
  CHECK(acknowledged == 5000);
  CHECK(before == 5000);
  REQUIRE(writer->close());
  CHECK(ask_store(dir / "data", "SELECT count(*), count(DISTINCT seq) FROM logs") == "5000|5000\n");
}

TEST_CASE("a filter leaves out what lies wholly outside, in parts and in the WAL",
          "[store][session]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry);
  for (int day = 0; day < 3; ++day) {
    REQUIRE(write_and_wait(*writer, make_logs(10, fmt::format("d{}", day), kNoon + day * kDay)));
  }
  for (int flushed = 0; flushed < 2; ++flushed) {
    SnapshotFilter filter;
    filter.since = kNoon + kDay;
    filter.until = kNoon + 2 * kDay;
    CHECK(ask_store(dir / "data", "SELECT count(*), min(body) FROM logs", filter) ==
          "10|\"d1 0\"\n");
    filter = {};
    filter.after_seq = 20;
    CHECK(ask_store(dir / "data", "SELECT count(*), min(body) FROM logs", filter) ==
          "10|\"d2 0\"\n");
    REQUIRE(writer->flush());
  }
}

TEST_CASE("the earliest and latest times there are come back", "[store][session]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry);
  const Timestamp latest = std::numeric_limits<Timestamp>::max();
  REQUIRE(write_and_wait(*writer, make_logs(1, "late", latest)));
  for (int flushed = 0; flushed < 2; ++flushed) {
    CHECK(ask_store(dir / "data", "SELECT count(*), epoch_ns(min(time)) FROM logs") ==
          fmt::format("1|{}\n", latest));
    REQUIRE(writer->flush());
  }
}

TEST_CASE("a store in a directory that may not be written is read in place", "[store][session]") {
  TemporaryDir dir;
  Registry registry;
  {
    auto writer = open_writer(dir / "data", registry);
    REQUIRE(write_and_wait(*writer, make_logs(10, "a")));
  }
  // As root may write anywhere, a file in the way stands for the missing right.
  std::filesystem::remove_all(dir / "data/pinned");
  REQUIRE(system_fs().replace_file(dir / "data/pinned", "in the way"));
  CHECK(ask_store(dir / "data", "SELECT count(*) FROM logs") == "10\n");
}

TEST_CASE("a session that is locked down still takes new snapshots", "[store][session]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry);
  REQUIRE(write_and_wait(*writer, make_logs(10, "a")));
  REQUIRE(writer->flush());
  auto session = open_session(dir / "data");
  REQUIRE(session->lock_down());
  REQUIRE(write_and_wait(*writer, make_logs(10, "b")));
  REQUIRE(session->refresh());
  CHECK(ask(session->connection(), "SELECT count(*) FROM logs") == "20\n");
  CHECK(
      ask(session->connection(), "SELECT * FROM read_text('/etc/passwd')").starts_with("error: "));
}

TEST_CASE("duckdb.sql gives any DuckDB the same rows, from any directory", "[store][session]") {
  TemporaryDir dir;
  Registry registry;
  const std::string data = dir / "it's, a store";
  auto writer = open_writer(data, registry);
  auto database = Database::open({1, "", ""});
  auto connection = (*database)->connect();
  const auto read = [&] {
    return (*connection)->execute(*system_fs().read_file(data + "/duckdb.sql"));
  };
  REQUIRE(read());
  CHECK(ask(**connection, "SELECT count(*) FROM logs") == "0\n");
  REQUIRE(write_and_wait(*writer, make_logs(10, "a")));
  REQUIRE(write_and_wait(*writer, make_random(model::Signal::kSpans, 1, 10)));
  REQUIRE(write_and_wait(*writer, make_random(model::Signal::kMetrics, 1, 10)));
  REQUIRE(writer->flush());
  REQUIRE(read());
  CHECK(ask(**connection, "SELECT count(*), min(body) FROM logs") == "10|\"a 0\"\n");
  for (const char* view : {"logs", "spans", "metrics"}) {
    const std::string question = fmt::format("SELECT count(*), max(seq) FROM {}", view);
    CHECK(ask(**connection, question) == ask_store(data, question));
  }
}

}  // namespace obs::store
