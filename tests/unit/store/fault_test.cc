// The store on a file system that fails: nothing acknowledged is lost or doubled, and it recovers
// by itself.

#include <sqlite3.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "libobs/base/fault_fs.h"
#include "libobs/base/text.h"
#include "libobs/store/sqlite.h"
#include "tests/unit/store/fault_vfs.h"
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

constexpr int kBatches = 12;

std::string batch_name(int i) { return fmt::format("b{}", i); }

// Writes, flushes and merges; what is acknowledged.
std::set<std::string> run_store(Fs& fs, const std::string& dir) {
  std::set<std::string> acknowledged;
  Registry registry;
  WriterOptions options = manual_options();
  options.merge_parts = 3;
  auto writer = Writer::open(fs, system_clock(), dir, registry, options);
  if (!writer) return acknowledged;
  for (int i = 0; i < kBatches; ++i) {
    const std::string name = batch_name(i);
    if (write_and_wait(**writer, make_logs(kRecords, name))) acknowledged.insert(name);
    if (i % 2 == 1) (void)(*writer)->flush();
  }
  (void)(*writer)->close();
  CHECK((*writer)->ledger().closes());
  return acknowledged;
}

void check_recovers(const std::string& dir, const std::set<std::string>& acknowledged,
                    Fs& fs = system_fs()) {
  Registry registry;
  auto writer = open_writer(dir, registry, manual_options(), fs);
  CHECK(writer->health().at(0).detail.empty());  // Nothing was damaged.
  check_stored(dir, acknowledged);
  REQUIRE(writer->flush());
  REQUIRE(writer->close());
  check_stored(dir, acknowledged);
}

// Calls come in rounds, so that some of them stand for the rest; the slow tier takes them all.
std::uint64_t step(std::uint64_t nth, std::uint64_t usual) {
  const bool all = std::getenv("OBS_FAULT_ALL") != nullptr;
  return nth < 4 || all ? 1 : usual;
}

// Of three batches in the WAL of dir/crashed the second has a wrong bit.
void make_damaged_store(const TemporaryDir& dir, Registry& registry) {
  {
    auto writer = open_writer(dir / "data", registry);
    for (const char* name : {"a", "b", "c"}) {
      REQUIRE(write_and_wait(*writer, make_logs(kRecords, name)));
    }
    copy_store(dir / "data", dir / "crashed");
  }
  const std::string segment = dir / "crashed/wal/0000000001.wal";
  std::string bytes = *system_fs().read_file(segment);
  bytes[bytes.size() / 2] ^= 1;
  REQUIRE(system_fs().replace_file(segment, bytes));
}

}  // namespace

TEST_CASE("whichever call of the file system fails, every acknowledged record is there once",
          "[store][fault]") {
  std::array<std::uint64_t, kFsCallCount> calls{};
  {
    TemporaryDir dir;
    FaultFs fs(system_fs());
    CHECK(run_store(fs, dir / "data").size() == kBatches);
    for (std::size_t call = 0; call < kFsCallCount; ++call) {
      calls[call] = fs.count(static_cast<FsCall>(call));
    }
  }
  for (std::size_t call = 0; call < kFsCallCount; ++call) {
    for (std::uint64_t nth = 1; nth <= calls[call]; nth += step(nth, 41)) {
      const int error = nth % 2 == 0 ? ENOSPC : EIO;
      INFO("call " << call << ", number " << nth << " of " << calls[call]);
      TemporaryDir dir;
      FaultFs fs(system_fs());
      fs.fail_nth(static_cast<FsCall>(call), nth, error);
      const auto acknowledged = run_store(fs, dir / "data");
      check_recovers(dir / "data", acknowledged);
    }
  }
}

TEST_CASE("a machine that stops at any call has every acknowledged record once",
          "[store][fault][crash]") {
  enum class End { kKilled, kPowerLost, kPowerTorn };
  std::uint64_t calls = 0;
  {
    TemporaryDir dir;
    FaultFs fs(system_fs());
    (void)run_store(fs, dir / "data");
    calls = fs.count_all();
  }
  const auto end_of = [](FaultFs& fs, End end) -> Result<void> {
    if (end == End::kPowerLost) return fs.power_cut();
    if (end == End::kPowerTorn) return fs.power_cut(FaultFs::Tail::kTorn);
    fs.restart();
    return {};
  };
  for (const End end : {End::kKilled, End::kPowerLost, End::kPowerTorn}) {
    for (std::uint64_t nth = 1 + static_cast<std::uint64_t>(end); nth <= calls;
         nth += step(4, 53)) {
      INFO("end " << static_cast<int>(end) << ", call " << nth << " of " << calls);
      TemporaryDir dir;
      FaultFs fs(system_fs());
      fs.stop_at(nth);
      const auto acknowledged = run_store(fs, dir / "data");
      REQUIRE(end_of(fs, end));
      if (!fs.exists(dir / "data/catalog.sqlite")) continue;
      check_recovers(dir / "data", acknowledged, fs);
    }
  }
}

TEST_CASE("what a dead writer left unsynced may be acknowledged as a duplicate, and is kept",
          "[store][fault]") {
  // The sync fails, the process dies before it writes anything else, a client repeats itself to the
  // next one, and then the power goes.
  TemporaryDir dir;
  FaultFs fs(system_fs());
  Registry registry;
  {
    auto writer = open_writer(dir / "data", registry, manual_options(), fs);
    REQUIRE(write_and_wait(*writer, make_logs(kRecords, "a")));
    fs.fail_nth(FsCall::kSync, 1);
    REQUIRE_FALSE(write_and_wait(*writer, make_logs(kRecords, "b")));
    fs.stop_at(1);
  }
  fs.restart();
  fs.fail_nth(FsCall::kRename, 1);  // Nothing gets into a part.
  {
    auto writer = open_writer(dir / "data", registry, manual_options(), fs);
    for (const char* name : {"a", "b", "c"}) {
      REQUIRE(write_and_wait(*writer, make_logs(kRecords, name)));
    }
    REQUIRE(fs.power_cut(FaultFs::Tail::kTorn));
  }
  check_recovers(dir / "data", {"a", "b", "c"}, fs);
}

TEST_CASE("whichever write or sync of the catalog fails, every acknowledged record is there once",
          "[store][fault]") {
  FaultVfs vfs;
  using Call = FaultVfs::Call;
  std::array<std::uint64_t, 2> calls{};
  {
    TemporaryDir dir;
    FaultFs fs(system_fs());
    (void)run_store(fs, dir / "data");
    calls = {vfs.count(Call::kWrite), vfs.count(Call::kSync)};
  }
  for (const Call call : {Call::kWrite, Call::kSync}) {
    const std::uint64_t all = calls[static_cast<std::size_t>(call)];
    for (std::uint64_t nth = 1; nth <= all; nth += step(nth, 37)) {
      INFO("call " << static_cast<int>(call) << ", number " << nth << " of " << all);
      TemporaryDir dir;
      const int code = nth % 2 == 0          ? SQLITE_FULL
                       : call == Call::kSync ? SQLITE_IOERR_FSYNC
                                             : SQLITE_IOERR_WRITE;
      vfs.fail_nth(call, nth, code);
      const auto acknowledged = run_store(system_fs(), dir / "data");
      if (!system_fs().exists(dir / "data/catalog.sqlite")) continue;
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
  make_damaged_store(dir, registry);

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

TEST_CASE("health goes on naming a damaged WAL segment, until it is forgotten", "[store][fault]") {
  TemporaryDir dir;
  Registry registry;
  make_damaged_store(dir, registry);
  const auto detail_of = [](Writer& writer) { return writer.health().at(0).detail; };
  const auto forget = [](Writer& writer) {
    CareJob job;
    const auto counts = writer.care({CareRequest::Task::kForget, {}}, job);
    REQUIRE(counts);
    CHECK(find_count(*counts, "files_removed") == 1);
  };
  REQUIRE(open_writer(dir / "crashed", registry)->close());
  {
    auto writer = open_writer(dir / "crashed", registry);
    CHECK(detail_of(*writer).find("wal/damaged/0000000001.wal") != std::string::npos);
    CHECK(writer->health().at(0).ready);
    forget(*writer);
    CHECK(detail_of(*writer).empty());
  }
  CHECK(detail_of(*open_writer(dir / "crashed", registry)).empty());
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
