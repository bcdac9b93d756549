// Parts that are no longer what was written: named, set aside, and the rest is served.

#include <filesystem>
#include <string>

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "libobs/store/part_damage.h"
#include "tests/unit/store/store_fixture.h"

namespace obs::store {
namespace {

constexpr const char* kByBatch =
    "SELECT split_part(body, ' ', 1), count(*) FROM logs GROUP BY 1 ORDER BY 1";

// A store of three parts, "a", "b" and "c", ten minutes apart; no writer lives.
struct Fixture {
  TemporaryDir dir;
  std::string data = dir / "data";
  std::vector<std::string> parts;  // Relative to the store.

  Fixture() {
    Registry registry;
    auto writer = open_writer(data, registry);
    int i = 0;
    for (const char* name : {"a", "b", "c"}) {
      REQUIRE(write_and_wait(*writer, make_logs(2000, name, kNoon + 10 * kMinute * i++)));
      REQUIRE(writer->flush());
    }
    REQUIRE(writer->close());
    for (const std::string& file : list_files(data + "/logs")) {
      if (file.ends_with(".parquet")) parts.push_back("logs/" + file);
    }
    REQUIRE(parts.size() == 3);
  }

  template <class Change>
  void damage(std::size_t part, Change change) {
    const std::string path = data + "/" + parts[part];
    std::string bytes = *system_fs().read_file(path);
    change(bytes);
    REQUIRE(system_fs().replace_file(path, bytes));
  }
  void truncate(std::size_t part) {
    damage(part, [](std::string& bytes) { bytes.resize(1000); });
  }
  void flip(std::size_t part) {
    damage(part, [](std::string& bytes) { bytes[bytes.size() / 3] ^= 16; });
  }

  std::unique_ptr<Session> read() {
    auto session = Session::open(system_fs(), data, {1, "", ""});
    REQUIRE(session);
    REQUIRE((*session)->refresh());
    return *std::move(session);
  }
};

bool tells(const std::vector<std::string>& sentences, const std::string& text) {
  for (const std::string& sentence : sentences) {
    if (sentence.find(text) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("a sound store has no damage to tell of", "[store][damage]") {
  Fixture store;
  const auto session = store.read();
  CHECK(session->damage().empty());
  CHECK(session->find_damage().empty());
}

TEST_CASE("a truncated part is named with path and offset, and the others are read",
          "[store][damage]") {
  Fixture store;
  store.truncate(1);
  const auto session = store.read();
  REQUIRE(session->damage().size() == 1);
  CHECK(tells(session->damage(), store.parts[1]));
  CHECK(tells(session->damage(), "offset 1000"));
  CHECK(ask(session->connection(), kByBatch) == "\"a\"|2000\n\"c\"|2000\n");
}

TEST_CASE("a flipped byte is found when a reader looks for the reason of a failure",
          "[store][damage]") {
  Fixture store;
  store.flip(0);
  const auto session = store.read();
  CHECK(session->damage().empty());  // From outside nothing is wrong.
  const auto found = session->find_damage();
  REQUIRE(found.size() == 1);
  CHECK(tells(found, store.parts[0]));
  CHECK(tells(found, "at offset "));
  REQUIRE(session->refresh());
  CHECK(session->damage() == found);
  CHECK(ask(session->connection(), kByBatch) == "\"b\"|2000\n\"c\"|2000\n");
}

TEST_CASE("a writer sets damaged parts aside, says so, and goes on saying so", "[store][damage]") {
  Fixture store;
  store.truncate(0);
  store.flip(2);
  Registry registry;
  for (int round = 0; round < 2; ++round) {
    auto writer = open_writer(store.data, registry);
    const auto detail = [&] { return writer->health().at(0).detail; };
    wait_until([&] { return detail().find(store.parts[2]) != std::string::npos; });
    CHECK(detail().find(store.parts[0]) != std::string::npos);
    CHECK(writer->health().at(0).ready);
    REQUIRE(writer->close());
  }
  CHECK(system_fs().exists(store.data + "/damaged/" + store.parts[0]));
  CHECK(system_fs().exists(store.data + "/damaged/" + store.parts[2]));
  CHECK_FALSE(system_fs().exists(store.data + "/" + store.parts[2]));

  const auto session = store.read();
  CHECK(session->damage().size() == 2);
  CHECK(tells(session->damage(), "2000 records"));
  CHECK(ask(session->connection(), kByBatch) == "\"b\"|2000\n");
}

TEST_CASE("who does not ask for the time of a part that was set aside is not told of it",
          "[store][damage]") {
  Fixture store;
  store.truncate(0);
  {
    Registry registry;
    auto writer = open_writer(store.data, registry);
    wait_until([&] { return !writer->health().at(0).detail.empty(); });
  }
  const auto session = store.read();
  CHECK(session->damage().size() == 1);
  SnapshotFilter later;
  later.since = kNoon + 5 * kMinute;
  REQUIRE(session->refresh(later));
  CHECK(session->damage().empty());
}

TEST_CASE("a merge takes nothing from a damaged part, readable or not", "[store][damage]") {
  Fixture store;
  store.flip(1);
  Registry registry;
  WriterOptions options = manual_options();
  options.merge_parts = 2;
  auto writer = open_writer(store.data, registry, options);
  wait_until([&] { return !writer->health().at(0).detail.empty(); });
  wait_until(
      [&] { return ask_store(store.data, "SELECT count(DISTINCT seq) FROM logs") == "4000\n"; });
  REQUIRE(writer->close());
  CHECK(ask_store(store.data, kByBatch) == "\"a\"|2000\n\"c\"|2000\n");
}

TEST_CASE("a reader without a writer is told of damage in the WAL", "[store][damage]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry);
  for (const char* name : {"a", "b", "c"}) {
    REQUIRE(write_and_wait(*writer, make_logs(10, name)));
  }
  copy_store(dir / "data", dir / "crashed");
  const std::string segment = dir / "crashed/wal/0000000001.wal";
  std::string bytes = *system_fs().read_file(segment);
  bytes[bytes.size() / 2] ^= 1;
  REQUIRE(system_fs().replace_file(segment, bytes));

  auto session = Session::open(system_fs(), dir / "crashed", {1, "", ""});
  REQUIRE(session);
  REQUIRE((*session)->refresh());
  CHECK(tells((*session)->damage(), "wal/0000000001.wal: "));
  CHECK(tells((*session)->damage(), " at offset "));
  CHECK(ask((*session)->connection(), kByBatch) == "\"a\"|10\n\"c\"|10\n");
}

TEST_CASE("the block that differs is found, in a file of any length", "[store][damage]") {
  TemporaryDir dir;
  for (const std::size_t size : {std::size_t{64}, kHashedBlock, kHashedBlock * 2 + 17}) {
    std::string file(size, 'x');
    file.replace(0, 4, "PAR1");
    file.replace(size - 4, 4, "PAR1");
    Part part;
    part.path = "part.parquet";
    part.bytes = size;
    const std::string hashes = hash_blocks(file);
    REQUIRE(system_fs().replace_file(dir / "part.parquet", file));
    CHECK_FALSE(find_damage(system_fs(), dir.path(), part, hashes));
    file[size - 9] ^= 1;
    REQUIRE(system_fs().replace_file(dir / "part.parquet", file));
    const auto damage = find_damage(system_fs(), dir.path(), part, hashes);
    REQUIRE(damage);
    CHECK(damage->offset == (size - 9) / kHashedBlock * kHashedBlock);
    CHECK_FALSE(find_misshape(system_fs(), dir.path(), part));
  }
}

}  // namespace obs::store
