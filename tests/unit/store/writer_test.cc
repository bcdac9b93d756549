#include "libobs/store/writer.h"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "tests/unit/store/store_fixture.h"

namespace obs::store {

TEST_CASE("what is acknowledged is queryable at once, and still after its flush",
          "[store][writer]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry);
  REQUIRE(write_and_wait(*writer, make_logs(1000, "order")));
  const std::string question =
      "SELECT count(*), min(body), max(seq), min(service), count(DISTINCT seq) FROM logs";
  CHECK(ask_store(dir / "data", question) == "1000|\"order 0\"|1000|\"checkout\"|1000\n");
  REQUIRE(writer->flush());
  CHECK(ask_store(dir / "data", question) == "1000|\"order 0\"|1000|\"checkout\"|1000\n");
  CHECK(ask_store(dir / "data", "SELECT count(*) FROM spans") == "0\n");
  CHECK(ask_store(dir / "data", "SELECT count(*) FROM metrics") == "0\n");
}

TEST_CASE("every signal comes to rest in its own day's part", "[store][writer]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry);
  REQUIRE(write_and_wait(*writer, make_logs(10, "a")));
  REQUIRE(write_and_wait(*writer, make_logs(10, "b", kNoon + kDay)));
  REQUIRE(writer->flush());
  const auto files = list_files(dir / "data");
  const auto has = [&](std::string_view prefix) {
    return std::any_of(files.begin(), files.end(),
                       [&](const std::string& file) { return file.starts_with(prefix); });
  };
  CHECK(has("logs/2026-11-22/20261122T120000Z-20261122T120000Z-"));
  CHECK(has("logs/2026-11-23/20261123T120000Z-20261123T120000Z-"));
  CHECK_FALSE(has("wal/0"));
}

TEST_CASE("a second writer is refused by the name and pid of the first", "[store][writer]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry);
  auto second = Writer::open(system_fs(), system_clock(), dir / "data", registry);
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Errc::kUnavailable);
  CHECK(second.error().message.find("pid " + std::to_string(::getpid())) != std::string::npos);
  REQUIRE(writer->close());
  CHECK(Writer::open(system_fs(), system_clock(), dir / "data", registry));
}

TEST_CASE("a directory that holds something else is refused and left as it is", "[store][writer]") {
  TemporaryDir dir;
  Registry registry;
  std::ofstream(dir / "precious.txt") << "x";
  auto writer = Writer::open(system_fs(), system_clock(), dir.path(), registry);
  REQUIRE_FALSE(writer);
  CHECK(writer.error().code == Errc::kInvalidArgument);
  CHECK(list_files(dir.path()) == std::vector<std::string>{"precious.txt"});

  std::filesystem::remove(dir / "precious.txt");
  std::ofstream(dir / "catalog.sqlite") << std::string(200, 'x');
  CHECK(Writer::open(system_fs(), system_clock(), dir.path(), registry).error().code ==
        Errc::kInvalidArgument);
  CHECK(Session::open(system_fs(), dir.path(), {}).error().code == Errc::kInvalidArgument);
}

TEST_CASE("a store of a later format is refused, untouched, by writers and readers",
          "[store][writer]") {
  TemporaryDir dir;
  Registry registry;
  REQUIRE(open_writer(dir / "data", registry)->close());
  {
    std::fstream catalog(dir / "data/catalog.sqlite",
                         std::ios::in | std::ios::out | std::ios::binary);
    catalog.seekp(63);  // The low byte of user_version.
    catalog.put(99);
  }
  const auto before = list_files(dir / "data");
  CHECK(Writer::open(system_fs(), system_clock(), dir / "data", registry).error().code ==
        Errc::kUnsupported);
  CHECK(Session::open(system_fs(), dir / "data", {}).error().code == Errc::kUnsupported);
  CHECK(list_files(dir / "data") == before);
}

TEST_CASE("a reader creates no store", "[store][session]") {
  TemporaryDir dir;
  auto missing = Session::open(system_fs(), dir / "missing", {});
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == Errc::kNotFound);
  CHECK_FALSE(std::filesystem::exists(dir / "missing"));
  CHECK(Session::open(system_fs(), dir.path(), {}).error().code == Errc::kInvalidArgument);
}

TEST_CASE("what a writer acknowledged and did not flush is there for the next one",
          "[store][writer]") {
  TemporaryDir dir;
  Registry registry;
  {
    auto writer = open_writer(dir / "data", registry);
    REQUIRE(write_and_wait(*writer, make_logs(100, "flushed")));
    REQUIRE(writer->flush());
    REQUIRE(write_and_wait(*writer, make_logs(50, "waiting")));
    // A crash: what lies in the directory is copied as it is.
    copy_store(dir / "data", dir / "crashed");
  }
  const std::string question = "SELECT count(*), count(DISTINCT body), max(seq) FROM logs";
  CHECK(ask_store(dir / "crashed", question) == "150|150|150\n");
  auto writer = open_writer(dir / "crashed", registry);
  REQUIRE(write_and_wait(*writer, make_logs(1, "after")));
  CHECK(ask_store(dir / "crashed", question) == "151|151|151\n");
  REQUIRE(writer->flush());
  CHECK(ask_store(dir / "crashed", question) == "151|151|151\n");
}

TEST_CASE("a batch that comes again is stored once: from memory, WAL and catalog",
          "[store][writer]") {
  TemporaryDir dir;
  Registry registry;
  const auto batch = make_logs(20, "again");
  auto writer = open_writer(dir / "data", registry);
  REQUIRE(write_and_wait(*writer, batch));
  REQUIRE(write_and_wait(*writer, batch));
  REQUIRE(writer->flush());
  REQUIRE(write_and_wait(*writer, batch));
  CHECK(writer->ledger().value(model::Signal::kLogs, pipeline::Outcome::kSent) == 20);
  CHECK(writer->ledger().value(model::Signal::kLogs, pipeline::Outcome::kDeduplicated) == 40);
  CHECK(writer->ledger().closes());
  REQUIRE(writer->close());

  auto next = open_writer(dir / "data", registry);
  REQUIRE(write_and_wait(*next, batch));
  CHECK(ask_store(dir / "data", "SELECT count(*) FROM logs") == "20\n");
}

TEST_CASE("a batch that comes again after the window is stored again", "[store][writer]") {
  TemporaryDir dir;
  Registry registry;
  WriterOptions options = manual_options();
  options.dedup_window = 0;
  auto writer = open_writer(dir / "data", registry, options);
  REQUIRE(write_and_wait(*writer, make_logs(20, "again")));
  REQUIRE(write_and_wait(*writer, make_logs(20, "again")));
  CHECK(ask_store(dir / "data", "SELECT count(*) FROM logs") == "40\n");
}

TEST_CASE("batches of many threads are each stored once, with numbers of their own",
          "[store][writer]") {
  TemporaryDir dir;
  Registry registry;
  WriterOptions options = manual_options();
  options.flush_rows = 2000;  // Several flushes on the way.
  auto writer = open_writer(dir / "data", registry, options);
  std::vector<std::thread> threads;
  std::atomic<int> failed = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const auto batch = make_logs(25, fmt::format("t{} b{}", t, i));
        if (!write_and_wait(*writer, batch)) ++failed;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(failed == 0);
  CHECK(ask_store(dir / "data",
                  "SELECT count(*), count(DISTINCT body), count(DISTINCT seq), max(seq) FROM "
                  "logs") == "5000|5000|5000|5000\n");
  REQUIRE(writer->close());
  CHECK(ask_store(dir / "data", "SELECT count(*), count(DISTINCT seq) FROM logs") == "5000|5000\n");
}

TEST_CASE("a full queue refuses at once, and says that a retry may succeed", "[store][writer]") {
  TemporaryDir dir;
  Registry registry;
  WriterOptions options = manual_options();
  options.queue_bytes = 100'000;
  auto writer = open_writer(dir / "data", registry, options);
  REQUIRE(write_and_wait(*writer, make_logs(2000, "one")));  // Too large, and alone.
  auto refused = write_and_wait(*writer, make_logs(10, "two"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::kUnavailable);
  REQUIRE(writer->flush());
  CHECK(write_and_wait(*writer, make_logs(10, "two")));
  REQUIRE(writer->close());
  CHECK(writer->ledger().closes());
  CHECK(write_and_wait(*writer, make_logs(10, "late")).error().code == Errc::kUnavailable);
}

TEST_CASE("a batch beyond the queue's size gets in beside a few small ones", "[store][writer]") {
  TemporaryDir dir;
  Registry registry;
  WriterOptions options = manual_options();
  options.queue_bytes = 100'000;
  auto writer = open_writer(dir / "data", registry, options);
  REQUIRE(write_and_wait(*writer, make_logs(10, "small")));
  CHECK(write_and_wait(*writer, make_logs(2000, "huge")));
  CHECK_FALSE(write_and_wait(*writer, make_logs(2000, "another")));
  REQUIRE(writer->close());
}

TEST_CASE("records are flushed by themselves when they are old enough", "[store][writer]") {
  TemporaryDir dir;
  Registry registry;
  WriterOptions options = manual_options();
  options.flush_age = 20 * kMillisecond;
  auto writer = open_writer(dir / "data", registry, options);
  REQUIRE(write_and_wait(*writer, make_logs(10, "a")));
  wait_until([&] { return std::filesystem::exists(dir / "data/logs/2026-11-22"); });
}

TEST_CASE("rows of more days than a flush makes parts for share one", "[store][writer]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry);
  for (int day = 0; day < 40; ++day) {
    REQUIRE(write_and_wait(*writer, make_logs(day < 3 ? 5 : 1, "d", kNoon - day * 30 * kDay)));
  }
  REQUIRE(writer->flush());
  CHECK(list_parts(dir / "data/logs").size() == 17);
  CHECK(list_parts(dir / "data/logs/spread").size() == 1);
  CHECK(ask_store(dir / "data",
                  "SELECT count(*), count(DISTINCT date_trunc('day', time)) FROM "
                  "logs") == "52|40\n");
  SnapshotFilter old;
  old.until = kNoon - 1000 * kDay;
  CHECK(ask_store(dir / "data",
                  "SELECT count(*) FROM logs WHERE time < TIMESTAMP_NS "
                  "'2024-02-26 12:00:00'",
                  old) == "6\n");
}

TEST_CASE("a flush's rows are in order of time, and numbered by block", "[store][writer]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry);
  REQUIRE(write_and_wait(*writer, make_logs(30'000, "late", kNoon + kMinute)));
  REQUIRE(write_and_wait(*writer, make_logs(30'000, "early", kNoon)));
  REQUIRE(writer->flush());
  CHECK(ask_store(dir / "data", "SELECT block, count(*) FROM logs GROUP BY 1 ORDER BY 1") ==
        "0|20480\n1|20480\n2|19040\n");
  CHECK(ask_store(dir / "data",
                  "SELECT count(*) FROM (SELECT time, lag(time) OVER () AS before FROM logs) "
                  "WHERE time < before") == "0\n");
}

}  // namespace obs::store
