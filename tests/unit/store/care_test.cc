#include "libobs/store/care.h"

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "libobs/base/fs.h"
#include "libobs/store/backup.h"
#include "libobs/store/backup_manifest.h"
#include "libobs/store/compact.h"
#include "libobs/store/stats.h"
#include "libobs/store/store_access.h"
#include "libobs/store/verify.h"
#include "libobs/store/writer_socket.h"
#include "tests/unit/store/store_fixture.h"

namespace obs::store {
namespace {

using Task = CareRequest::Task;

CareRequest make_request(Task task, RecordChoice choice = {}) {
  CareRequest request;
  request.task = task;
  request.policy.choice = std::move(choice);
  return request;
}

CareCounts run(Writer& writer, const CareRequest& request) {
  CareJob job;
  auto counts = writer.care(request, job);
  if (!counts) FAIL(counts.error().message);
  return *counts;
}

RecordChoice where(std::string condition) {
  RecordChoice choice;
  choice.signals = {model::Signal::kLogs};
  choice.condition = std::move(condition);
  return choice;
}

// Options under which a compaction has something to do.
WriterOptions small_options() {
  WriterOptions options = manual_options();
  options.merge_rows = 1'000'000;
  return options;
}

std::size_t count_parts(const std::string& dir) {
  std::size_t parts = 0;
  for (const std::string& file : list_files(dir)) parts += file.ends_with(".parquet");
  return parts;
}

void damage(const std::string& path, std::streamoff at) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(at);
  const char byte = static_cast<char>(file.get() ^ 0x40);
  file.seekp(at);
  file.put(byte);
}

std::string find_part(const std::string& dir) {
  for (const std::string& file : list_files(dir)) {
    if (file.ends_with(".parquet")) return dir + "/" + file;
  }
  return {};
}

const std::function<void(const CareProgress&)> kSilent = [](const CareProgress&) {};

}  // namespace

TEST_CASE("a request is one line of JSON and back", "[store][care]") {
  CareRequest request = make_request(Task::kRetain, where("body = 'it''s \"x\"'"));
  request.policy.choice.service = "checkout";
  request.policy.choice.project = "default";
  request.policy.max_age = 7 * kDay;
  request.policy.max_bytes = 1'000'000;
  const std::string line = to_json(request);
  CHECK(line.find('\n') == std::string::npos);
  const auto again = parse_care_request(line);
  REQUIRE(again);
  CHECK(to_json(*again) == line);
  CHECK(again->task == Task::kRetain);
  CHECK(again->policy.choice.condition == request.policy.choice.condition);
}

TEST_CASE("what is no request is refused", "[store][care]") {
  for (const char* line :
       {"", "{}", "[]", "{\"task\":\"destroy\"}", "{\"task\":\"delete\",\"signals\":[\"x\"]}",
        "{\"task\":\"delete\",\"max_bytes\":-1}", "{\"task\":\"delete\",\"conditions\":\"\"}",
        "{\"task\":\"delete\",\"service\":1}", "nonsense"}) {
    INFO(line);
    const auto parsed = parse_care_request(line);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code == Errc::kMalformed);
  }
}

TEST_CASE("a standing policy is an age or a size, of all records or of a signal", "[store][care]") {
  CHECK(parse_retain_policy("30d")->max_age == 30 * kDay);
  CHECK(parse_retain_policy("100GB")->max_bytes == 100'000'000'000);
  CHECK(parse_retain_policy("logs=7d")->choice.signals == std::vector{model::Signal::kLogs});
  CHECK(parse_retain_policy("spans=20GiB")->max_bytes == std::uint64_t{20} << 30);
  for (const char* text : {"", "7", "logs", "log=7d", "0d", "-7d", "logs=", "many"}) {
    INFO(text);
    CHECK_FALSE(parse_retain_policy(text));
  }
}

TEST_CASE("a delete removes what matches, in parts and in the WAL, and nothing else",
          "[store][care]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry, small_options());
  REQUIRE(write_and_wait(*writer, make_logs(100, "keep")));
  REQUIRE(write_and_wait(*writer, make_logs(100, "drop")));
  REQUIRE(writer->flush());
  REQUIRE(write_and_wait(*writer, make_logs(50, "drop", kNoon + kHour)));
  REQUIRE(writer->flush());
  REQUIRE(write_and_wait(*writer, make_logs(10, "drop", kNoon + 2 * kHour)));

  const CareCounts counts = run(*writer, make_request(Task::kDelete, where("body LIKE 'drop%'")));
  CHECK(find_count(counts, "rows_removed") == 160);
  CHECK(find_count(counts, "rows_left") == 0);
  CHECK(find_count(counts, "parts_rewritten") == 1);
  CHECK(find_count(counts, "parts_removed") == 2);
  CHECK(ask_store(dir / "data", "SELECT count(*), count(DISTINCT seq) FROM logs") == "100|100\n");
  CHECK(ask_store(dir / "data", "SELECT count(*) FROM logs WHERE body LIKE 'drop%'") == "0\n");

  const auto verdict = verify_store(system_fs(), dir / "data", {1, "", ""}, {});
  REQUIRE(verdict);
  CHECK(verdict->problems.empty());
  CHECK(verdict->rows == 100);
}

TEST_CASE("a rewritten part has its rows in the order they had", "[store][care]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry, small_options());
  REQUIRE(write_and_wait(*writer, make_logs(10'000, "line")));
  REQUIRE(writer->flush());
  run(*writer, make_request(Task::kDelete, where("seq % 10 <> 0")));
  CHECK(ask_store(dir / "data",
                  "SELECT count(*), bool_and(coalesce(seq > before, true)) FROM "
                  "(SELECT seq, lag(seq) OVER () AS before FROM logs)") == "1000|true\n");
}

TEST_CASE("a condition that DuckDB refuses changes nothing", "[store][care]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry, small_options());
  REQUIRE(write_and_wait(*writer, make_logs(10, "line")));
  CareJob job;
  const auto failed = writer->care(make_request(Task::kDelete, where("no_such_column = 1")), job);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == Errc::kInvalidArgument);
  CHECK(ask_store(dir / "data", "SELECT count(*) FROM logs") == "10\n");
}

TEST_CASE("every signal can be deleted from, and loses just those rows", "[store][care]") {
  for (const model::Signal signal : model::kSignals) {
    TemporaryDir dir;
    Registry registry;
    auto writer = open_writer(dir / "data", registry, small_options());
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
      REQUIRE(write_and_wait(*writer, make_random(signal, seed, 500)));
    }
    REQUIRE(writer->flush());
    const std::string view(model::to_string(signal));
    const std::string rest =
        fmt::format("SELECT * EXCLUDE (block) FROM {} WHERE seq % 3 <> 1 ORDER BY seq", view);
    const std::string wanted = ask_store(dir / "data", rest);
    REQUIRE(wanted.find("error") != 0);
    RecordChoice choice = where("seq % 3 = 1");
    choice.signals = {signal};
    run(*writer, make_request(Task::kDelete, choice));
    CHECK(ask_store(dir / "data", rest) == wanted);
    CHECK(ask_store(dir / "data", fmt::format("SELECT count(*) FROM {} WHERE seq % 3 = 1", view)) ==
          "0\n");
    const auto verdict = verify_store(system_fs(), dir / "data", {1, "", ""}, {});
    REQUIRE(verdict);
    for (const Problem& problem : verdict->problems) CHECK(problem.path + problem.what == "");
  }
}

TEST_CASE("a compaction leaves one part a day of many small ones", "[store][care]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry, small_options());
  for (int i = 0; i < 5; ++i) {
    REQUIRE(write_and_wait(*writer, make_logs(100, fmt::format("batch {}", i))));
    REQUIRE(writer->flush());
  }
  const std::string question = "SELECT * EXCLUDE (block) FROM logs ORDER BY seq";
  const std::string before = ask_store(dir / "data", question);
  REQUIRE(count_parts(dir / "data") == 5);
  const CareCounts counts = run(*writer, make_request(Task::kCompact));
  CHECK(find_count(counts, "parts_merged") == 5);
  CHECK(count_parts(dir / "data") == 1);
  CHECK(ask_store(dir / "data", question) == before);
  CHECK(find_count(run(*writer, make_request(Task::kCompact)), "parts_merged") == 0);
}

TEST_CASE("retention by age drops whole parts and rewrites those that straddle it",
          "[store][care]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry, small_options());
  const Timestamp now = system_clock().now();
  REQUIRE(write_and_wait(*writer, make_logs(10, "ancient", now - 3 * kDay)));
  REQUIRE(writer->flush());
  REQUIRE(write_and_wait(*writer, make_logs(10, "fresh", now - kMinute)));
  CareRequest request = make_request(Task::kRetain);
  request.policy.max_age = kDay;
  const CareCounts counts = run(*writer, request);
  CHECK(find_count(counts, "rows_removed") == 10);
  CHECK(find_count(counts, "parts_removed") == 1);
  CHECK(ask_store(dir / "data", "SELECT DISTINCT body[1:5] FROM logs") == "\"fresh\"\n");
}

TEST_CASE("retention by size removes the oldest parts until the rest fits", "[store][care]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry, small_options());
  for (int i = 0; i < 4; ++i) {
    REQUIRE(write_and_wait(*writer, make_logs(100, fmt::format("n{}", i), kNoon + i * kHour)));
    REQUIRE(writer->flush());
  }
  const auto stats = collect_stats(system_fs(), dir / "data");
  REQUIRE(stats);
  CareRequest request = make_request(Task::kRetain);
  request.policy.max_bytes = stats->signals[0].bytes / 2;
  run(*writer, request);
  CHECK(ask_store(dir / "data", "SELECT count(*), min(body[1:2]) FROM logs") == "200|\"n2\"\n");
}

TEST_CASE("a cancelled task ends before its next part", "[store][care]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry, small_options());
  REQUIRE(write_and_wait(*writer, make_logs(10, "drop")));
  CareJob job;
  job.cancel();
  const auto stopped = writer->care(make_request(Task::kDelete, where("true")), job);
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().code == Errc::kUnavailable);
  CHECK(ask_store(dir / "data", "SELECT count(*) FROM logs") == "10\n");
}

TEST_CASE("a task goes through the socket to the writer that lives", "[store][care]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry, small_options());
  REQUIRE(write_and_wait(*writer, make_logs(10, "drop")));
  auto access = StoreAccess::open(system_fs(), system_clock(), dir / "data", registry,
                                  small_options(), StoreAccess::Missing::kRefuse);
  REQUIRE(access);
  // Its records are stored by the writer, and acknowledged when they are.
  bool acked = false;
  (*access)->sink().write(make_logs(5, "sent"), [&](Result<void> result) { acked = bool(result); });
  CHECK(acked);
  std::uint64_t told = 0;
  const auto counts = (*access)->run(make_request(Task::kDelete, where("body LIKE 'drop%'")),
                                     [&](const CareProgress& progress) { told += progress.done; });
  REQUIRE(counts);
  CHECK(find_count(*counts, "rows_removed") == 10);
  CHECK(told > 0);
  CHECK(ask_store(dir / "data", "SELECT count(*) FROM logs") == "5\n");
  const auto refused = (*access)->run(make_request(Task::kDelete, where("nonsense(")), {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::kInvalidArgument);
}

TEST_CASE("a path too long for a socket address has a socket too", "[store][care]") {
  TemporaryDir dir;
  Registry registry;
  const std::string deep = dir / (std::string(100, 'a') + "/" + std::string(100, 'b'));
  auto writer = open_writer(deep, registry, small_options());
  CHECK(WriterClient::connect(deep));
  REQUIRE(writer->close());
  CHECK_FALSE(WriterClient::connect(deep));
}

TEST_CASE("without a writer the access is the writer, and makes no store unasked",
          "[store][care]") {
  TemporaryDir dir;
  Registry registry;
  const auto open = [&](StoreAccess::Missing missing) {
    return StoreAccess::open(system_fs(), system_clock(), dir / "data", registry, small_options(),
                             missing);
  };
  CHECK(open(StoreAccess::Missing::kRefuse).error().code == Errc::kNotFound);
  CHECK_FALSE(std::filesystem::exists(dir / "data"));
  auto access = open(StoreAccess::Missing::kCreate);
  REQUIRE(access);
  CHECK((*access)->run(make_request(Task::kFlush), {}));
  REQUIRE((*access)->close());
}

TEST_CASE("verify names a part whose bytes changed, and the rest is well", "[store][care]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry, small_options());
  REQUIRE(write_and_wait(*writer, make_logs(1000, "line")));
  REQUIRE(write_and_wait(*writer, make_random(model::Signal::kSpans, 1, 100)));
  REQUIRE(writer->close());
  const auto good = verify_store(system_fs(), dir / "data", {1, "", ""}, {});
  REQUIRE(good);
  for (const Problem& problem : good->problems) CHECK(problem.path + problem.what == "");
  const std::string part = find_part(dir / "data");
  damage(part, 500);
  const auto bad = verify_store(system_fs(), dir / "data", {1, "", ""}, {});
  REQUIRE(bad);
  REQUIRE_FALSE(bad->problems.empty());
  CHECK((dir / "data") + "/" + bad->problems[0].path == part);
}

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

TEST_CASE("stats count parts and the WAL", "[store][care]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry, small_options());
  REQUIRE(write_and_wait(*writer, make_logs(100, "at rest")));
  REQUIRE(writer->flush());
  REQUIRE(write_and_wait(*writer, make_logs(7, "fresh", kNoon + kHour)));
  const auto stats = collect_stats(system_fs(), dir / "data");
  REQUIRE(stats);
  const SignalStats& logs = stats->signals[0];
  CHECK(logs.rows == 107);
  CHECK(logs.wal_rows == 7);
  CHECK(logs.parts == 1);
  CHECK(logs.services == 1);
  CHECK(logs.oldest == kNoon);
  CHECK(logs.newest == kNoon + kHour + 6 * kMillisecond);
  CHECK(stats->wal_bytes > 0);
  CHECK(stats->signals[1].rows == 0);
}

TEST_CASE("parts of a compaction are of one signal and day", "[store][care]") {
  MergeOptions options{1000, 4, 500};
  const auto make = [](std::int64_t id, model::Signal signal, const char* day) {
    Part part;
    part.id = id;
    part.signal = signal;
    part.partition = day;
    part.rows = 10;
    part.bytes = 1000;
    return part;
  };
  std::vector<Part> parts = {make(1, model::Signal::kLogs, "2026-11-22"),
                             make(2, model::Signal::kSpans, "2026-11-22"),
                             make(3, model::Signal::kLogs, "2026-11-21")};
  CHECK(choose_compaction(parts, options).empty());
  parts.push_back(make(4, model::Signal::kLogs, "2026-11-22"));
  parts.back().level = 2;
  parts.back().final = true;
  CHECK(choose_compaction(parts, options).size() == 2);
  parts.back().rows = 500;
  CHECK(choose_compaction(parts, options).empty());
}

}  // namespace obs::store
