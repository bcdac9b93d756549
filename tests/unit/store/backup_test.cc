#include "libobs/store/backup.h"

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "libobs/base/fs.h"
#include "libobs/store/backup_manifest.h"
#include "libobs/store/stats.h"
#include "libobs/store/verify.h"
#include "tests/unit/store/care_fixture.h"

namespace obs::store {

TEST_CASE("a backup is a store again, with every record", "[store][care][backup]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry, small_options());
  for (const model::Signal signal : model::kSignals) {
    REQUIRE(write_and_wait(*writer, make_random(signal, 7, 300)));
  }
  REQUIRE(writer->flush());
  const auto saved = backup_store(system_fs(), system_clock(), dir / "data", dir / "copy", kSilent);
  REQUIRE(saved);
  for (const model::Signal signal : model::kSignals) {
    const std::string count = fmt::format("SELECT count(*) FROM {}", model::to_string(signal));
    CHECK(ask_store(dir / "data", count) ==
          fmt::format("{}\n", saved->rows[static_cast<std::size_t>(signal)]));
  }
  CHECK(saved->linked > 0);
  CHECK(saved->copied == 0);
  const auto restored = restore_store(system_fs(), dir / "copy", dir / "again", kSilent);
  REQUIRE(restored);
  CHECK(restored->rows == saved->rows);
  for (const char* view : {"logs", "spans", "metrics"}) {
    const std::string all = fmt::format("SELECT * FROM {} ORDER BY seq", view);
    CHECK(ask_store(dir / "again", all) == ask_store(dir / "data", all));
    CHECK(ask_store(dir / "copy", all) == ask_store(dir / "data", all));
  }
  const auto over = restore_store(system_fs(), dir / "copy", dir / "again", kSilent);
  REQUIRE_FALSE(over);
  CHECK(over.error().code == Errc::kInvalidArgument);
}

TEST_CASE("a backup into a backup brings what is new and removes what is gone",
          "[store][care][backup]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry, small_options());
  const auto back_up = [&] {
    REQUIRE(writer->flush());
    auto counts = backup_store(system_fs(), system_clock(), dir / "data", dir / "copy", kSilent);
    if (!counts) FAIL(counts.error().message);
    return *counts;
  };
  REQUIRE(write_and_wait(*writer, make_logs(10, "one")));
  const std::uint64_t first = back_up().linked;
  CHECK(first > 0);
  CHECK(back_up().linked == 0);
  REQUIRE(write_and_wait(*writer, make_logs(20, "two", kNoon + kHour)));
  CHECK(back_up().linked == first);
  run(*writer, make_request(Task::kDelete, where("body LIKE 'one%'")));
  CHECK(back_up().removed >= first);
  CHECK(ask_store(dir / "copy", "SELECT count(*), min(body[1:3]) FROM logs") == "20|\"two\"\n");
}

TEST_CASE("a backup that was cut short leaves the one before it", "[store][care][backup]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry, small_options());
  REQUIRE(write_and_wait(*writer, make_logs(10, "one")));
  REQUIRE(writer->flush());
  REQUIRE(backup_store(system_fs(), system_clock(), dir / "data", dir / "copy", kSilent));
  // Parts brought, and the manifest not replaced.
  std::filesystem::create_directories(dir / "copy/logs/2026-11-23");
  std::ofstream(dir / "copy/logs/2026-11-23/half.parquet.tmp") << "half";
  std::ofstream(dir / "copy/catalog-2.sqlite") << "half";
  const auto restored = restore_store(system_fs(), dir / "copy", dir / "again", kSilent);
  REQUIRE(restored);
  CHECK(restored->rows[0] == 10);
  REQUIRE(backup_store(system_fs(), system_clock(), dir / "data", dir / "copy", kSilent));
  CHECK_FALSE(std::filesystem::exists(dir / "copy/logs/2026-11-23/half.parquet.tmp"));
}

TEST_CASE("a backup refuses a directory of something else, and the store itself",
          "[store][care][backup]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry, small_options());
  auto other = open_writer(dir / "other", registry, small_options());
  const auto refuses = [&](const std::string& dest) {
    auto counts = backup_store(system_fs(), system_clock(), dir / "data", dest, kSilent);
    return !counts && counts.error().code == Errc::kInvalidArgument;
  };
  CHECK(refuses(dir / "data"));
  CHECK(refuses(dir / "data/backup"));
  CHECK(refuses(dir / "other"));
  REQUIRE(backup_store(system_fs(), system_clock(), dir / "other", dir / "others", kSilent));
  CHECK(refuses(dir / "others"));
}

TEST_CASE("a damaged backup is not restored, and the file is named", "[store][care][backup]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry, small_options());
  REQUIRE(write_and_wait(*writer, make_logs(1000, "one")));
  REQUIRE(writer->flush());
  REQUIRE(backup_store(system_fs(), system_clock(), dir / "data", dir / "copy", kSilent));
  const std::string part = find_part(dir / "copy");
  damage(part, 700);
  const auto restored = restore_store(system_fs(), dir / "copy", dir / "again", kSilent);
  REQUIRE_FALSE(restored);
  CHECK(restored.error().code == Errc::kMalformed);
  CHECK(restored.error().message.find(part) != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(dir / "again"));
}

TEST_CASE("a manifest says when it was changed, and leads nowhere else", "[store][care][backup]") {
  Manifest manifest;
  manifest.store_id = "00ff";
  manifest.number = 3;
  manifest.rows = {1, 2, 3};
  manifest.databases = {{"catalog-3.sqlite", {10, 0xfedcba9876543210}, "catalog.sqlite"}};
  manifest.parts = {{"logs/2026-11-22/a.parquet", {5, 7}, "logs/2026-11-22/a.parquet"}};
  std::string json = to_json(manifest);
  const auto again = parse_manifest(json);
  REQUIRE(again);
  CHECK(to_json(*again) == json);
  json[json.find("\"bytes\":5") + 8] = '6';
  CHECK_FALSE(parse_manifest(json));
  for (const char* path : {"../a", "/etc/passwd", "logs//a", "logs/../../a", ""}) {
    manifest.parts[0].path = path;
    INFO(path);
    CHECK_FALSE(parse_manifest(to_json(manifest)));
  }
}

}  // namespace obs::store
