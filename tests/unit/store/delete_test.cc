// Deletes and retention: what goes, what stays, and that nothing is left of what went.

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "libobs/base/fs.h"
#include "libobs/store/stats.h"
#include "libobs/store/verify.h"
#include "tests/unit/store/care_fixture.h"

namespace obs::store {

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

TEST_CASE("a delete leaves the parts alone that have nothing of it", "[store][care]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry, small_options());
  constexpr int kParts = 70;  // More than one statement asks.
  for (int i = 0; i < kParts; ++i) {
    const Timestamp time = kNoon + (i % 3) * kDay + i * kMinute;
    const bool is_hit = i == 5 || i == 69;
    REQUIRE(write_and_wait(*writer, make_logs(3, fmt::format("line {}", i), time)));
    if (is_hit) REQUIRE(write_and_wait(*writer, make_logs(2, "drop", time)));
    REQUIRE(writer->flush());
  }
  const std::vector<std::string> before = list_files(dir / "data");
  const CareCounts counts = run(*writer, make_request(Task::kDelete, where("body LIKE 'drop%'")));
  CHECK(find_count(counts, "rows_removed") == 4);
  CHECK(find_count(counts, "parts_rewritten") == 2);
  CHECK(find_count(counts, "parts_removed") == 0);
  CHECK(ask_store(dir / "data", "SELECT count(*), count(DISTINCT seq) FROM logs") == "210|210\n");
  const std::vector<std::string> after = list_files(dir / "data");
  const auto stayed = std::count_if(after.begin(), after.end(), [&](const std::string& file) {
    return file.ends_with(".parquet") &&
           std::find(before.begin(), before.end(), file) != before.end();
  });
  CHECK(stayed == kParts - 2);
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

}  // namespace obs::store
