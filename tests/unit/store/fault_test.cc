// The store on a file system that fails: nothing acknowledged is lost or doubled, and it recovers
// by itself.

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "libobs/base/fault_fs.h"
#include "libobs/base/text.h"
#include "libobs/store/sqlite.h"
#include "tests/unit/store/store_fixture.h"

namespace obs::store {
namespace {

constexpr std::size_t kRecords = 10;

// Batches by the word that their bodies begin with, each with its number of rows and of different
// bodies.
std::string count_by_batch(const std::string& dir) {
  return ask_store(dir,
                   "SELECT split_part(body, ' ', 1), count(*), count(DISTINCT body), "
                   "count(DISTINCT seq) FROM logs GROUP BY 1 ORDER BY 1");
}

// Each acknowledged batch is there once and whole; any other is there once and whole, or not at
// all.
void check_stored(const std::string& dir, const std::set<std::string>& acknowledged) {
  const std::string answer = count_by_batch(dir);
  INFO(answer);
  std::set<std::string> stored;
  for (const std::string_view line : split(answer, '\n')) {
    if (line.empty()) continue;
    const auto cells = split(line, '|');
    REQUIRE(cells.size() == 4);
    CHECK(cells[1] == std::to_string(kRecords));
    CHECK(cells[2] == std::to_string(kRecords));
    CHECK(cells[3] == std::to_string(kRecords));
    stored.insert(std::string(cells[0].substr(1, cells[0].size() - 2)));
  }
  for (const std::string& batch : acknowledged) CHECK(stored.count(batch) == 1);
}

// Writes, flushes and merges; what is acknowledged.
std::set<std::string> run_store(Fs& fs, const std::string& dir) {
  std::set<std::string> acknowledged;
  Registry registry;
  WriterOptions options = manual_options();
  options.merge_parts = 3;
  auto writer = Writer::open(fs, system_clock(), dir, registry, options);
  if (!writer) return acknowledged;
  for (int i = 0; i < 12; ++i) {
    const std::string name = fmt::format("b{}", i);
    if (write_and_wait(**writer, make_logs(kRecords, name))) acknowledged.insert(name);
    if (i % 2 == 1) (void)(*writer)->flush();
  }
  (void)(*writer)->close();
  CHECK((*writer)->ledger().closes());
  return acknowledged;
}

void check_recovers(const std::string& dir, const std::set<std::string>& acknowledged) {
  Registry registry;
  auto writer = open_writer(dir, registry);
  check_stored(dir, acknowledged);
  REQUIRE(writer->flush());
  REQUIRE(writer->close());
  check_stored(dir, acknowledged);
}

}  // namespace

TEST_CASE("whichever call of the file system fails, every acknowledged record is there once",
          "[store][fault]") {
  std::array<std::uint64_t, kFsCallCount> calls{};
  {
    TemporaryDir dir;
    FaultFs fs(system_fs());
    CHECK(run_store(fs, dir / "data").size() == 12);
    for (std::size_t call = 0; call < kFsCallCount; ++call) {
      calls[call] = fs.count(static_cast<FsCall>(call));
    }
  }
  for (std::size_t call = 0; call < kFsCallCount; ++call) {
    // Every one of the first, then some: they come in rounds.
    for (std::uint64_t nth = 1; nth <= calls[call]; nth += nth < 5 ? 1 : 8) {
      INFO("call " << call << ", number " << nth << " of " << calls[call]);
      TemporaryDir dir;
      FaultFs fs(system_fs());
      fs.fail_nth(static_cast<FsCall>(call), nth);
      const auto acknowledged = run_store(fs, dir / "data");
      check_recovers(dir / "data", acknowledged);
    }
  }
}

TEST_CASE("on a full disk writers are refused with the reason, readers go on, and it recovers",
          "[store][fault]") {
  TemporaryDir dir;
  FaultFs fs(system_fs());
  Registry registry;
  auto writer = open_writer(dir / "data", registry, manual_options(), fs);
  REQUIRE(write_and_wait(*writer, make_logs(kRecords, "before")));
  fs.set_room(100);
  auto refused = write_and_wait(*writer, make_logs(kRecords, "refused"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::kUnavailable);
  CHECK_FALSE(writer->health().at(0).ready);
  CHECK(writer->health().at(0).detail.find("No space left") != std::string::npos);
  CHECK(ask_store(dir / "data", "SELECT count(*) FROM logs") == "10\n");

  fs.set_room(std::uint64_t{1} << 30);
  wait_until([&] { return writer->health().at(0).ready; });  // Without a write.
  CHECK(write_and_wait(*writer, make_logs(kRecords, "after")));
  REQUIRE(writer->flush());
  check_stored(dir / "data", {"before", "after"});
  CHECK(ask_store(dir / "data", "SELECT count(*) FROM logs") == "20\n");
}

TEST_CASE("a flush that fails is told, leaves the records readable, and is tried again",
          "[store][fault]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry);
  REQUIRE(write_and_wait(*writer, make_logs(kRecords, "a")));
  std::ofstream(dir / "data/logs") << "in the way";
  auto flushed = writer->flush();
  REQUIRE_FALSE(flushed);
  CHECK(flushed.error().message.find("data/logs") != std::string::npos);
  CHECK_FALSE(writer->health().at(0).ready);
  CHECK(write_and_wait(*writer, make_logs(kRecords, "b")));
  check_stored(dir / "data", {"a", "b"});

  std::filesystem::remove(dir / "data/logs");
  wait_until([&] { return writer->health().at(0).ready; });
  REQUIRE(writer->close());
  check_stored(dir / "data", {"a", "b"});
}

TEST_CASE("while the catalog is locked flushes wait and writes go on", "[store][fault]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry);
  REQUIRE(write_and_wait(*writer, make_logs(kRecords, "a")));
  auto other = Sqlite::open(dir / "data/catalog.sqlite", Sqlite::Mode::kWrite);
  REQUIRE(other);
  REQUIRE(other->execute("BEGIN IMMEDIATE"));
  auto flushed = writer->flush();
  REQUIRE_FALSE(flushed);
  CHECK(flushed.error().code == Errc::kUnavailable);
  CHECK(write_and_wait(*writer, make_logs(kRecords, "b")));
  check_stored(dir / "data", {"a", "b"});
  REQUIRE(other->execute("ROLLBACK"));
  REQUIRE(writer->flush());
  check_stored(dir / "data", {"a", "b"});
}

TEST_CASE("a damaged WAL segment is named and set aside, and the rest of it is served",
          "[store][fault]") {
  TemporaryDir dir;
  Registry registry;
  {
    auto writer = open_writer(dir / "data", registry);
    for (const char* name : {"a", "b", "c"}) {
      REQUIRE(write_and_wait(*writer, make_logs(kRecords, name)));
    }
    std::filesystem::copy(dir / "data", dir / "crashed", std::filesystem::copy_options::recursive);
  }
  const std::string segment = dir / "crashed/wal/0000000001.wal";
  std::string bytes = *system_fs().read_file(segment);
  bytes[bytes.size() / 2] ^= 1;
  REQUIRE(system_fs().replace_file(segment, bytes));

  auto writer = open_writer(dir / "crashed", registry);
  CHECK(std::filesystem::exists(dir / "crashed/wal/damaged/0000000001.wal"));
  const std::string detail = writer->health().at(0).detail;
  CHECK(detail.find("crashed/wal/0000000001.wal") != std::string::npos);
  CHECK(detail.find("at offset ") != std::string::npos);
  check_stored(dir / "crashed", {"a", "c"});
  REQUIRE(writer->flush());
  check_stored(dir / "crashed", {"a", "c"});
  REQUIRE(writer->close());
  CHECK(std::filesystem::exists(dir / "crashed/wal/damaged/0000000001.wal"));
}

TEST_CASE("files of a flush that came to no end are removed by the next writer", "[store][fault]") {
  TemporaryDir dir;
  Registry registry;
  {
    auto writer = open_writer(dir / "data", registry);
    REQUIRE(write_and_wait(*writer, make_logs(kRecords, "a")));
    REQUIRE(writer->flush());
  }
  const auto files = list_files(dir / "data/logs");
  const std::string part = (dir / "data/logs/") + files.at(0);
  std::filesystem::copy(part, dir / "data/logs/2026-11-22/orphan.parquet");
  std::filesystem::copy(part, dir / "data/logs/2026-11-22/half.parquet.tmp");
  auto writer = open_writer(dir / "data", registry);
  CHECK(list_files(dir / "data/logs") == files);
  check_stored(dir / "data", {"a"});
}

}  // namespace obs::store
