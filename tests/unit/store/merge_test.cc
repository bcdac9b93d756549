#include "libobs/store/merge_plan.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "libobs/store/row_set.h"
#include "tests/unit/store/store_fixture.h"

namespace obs::store {
namespace {

constexpr MergeOptions kOptions{1000, 4, 500, 8};

Part make_part(std::int64_t id, std::uint64_t rows, Timestamp min_time = kNoon) {
  Part part;
  part.id = id;
  part.signal = model::Signal::kLogs;
  part.partition = "2026-11-22";
  part.path = fmt::format("logs/2026-11-22/{}.parquet", id);
  part.rows = rows;
  part.bytes = rows * 50;
  part.min_time = min_time;
  part.max_time = min_time + kSecond;
  part.min_seq = static_cast<std::uint64_t>(id) * 1000;
  part.max_seq = part.min_seq + rows - 1;
  part.final = rows >= kOptions.final_rows;
  return part;
}

std::vector<std::int64_t> chosen(const std::vector<Part>& parts, Timestamp now = kNoon,
                                 const std::set<std::int64_t>& skip = {}) {
  std::vector<std::int64_t> ids;
  for (const Part& part : choose_merge(parts, kOptions, now, skip)) ids.push_back(part.id);
  return ids;
}

using Ids = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("a merge waits for enough parts or enough rows", "[store][merge]") {
  CHECK(chosen({}).empty());
  CHECK(chosen({make_part(1, 10), make_part(2, 10), make_part(3, 10)}).empty());
  CHECK(chosen({make_part(1, 10), make_part(2, 10), make_part(3, 10), make_part(4, 10)}) ==
        Ids{1, 2, 3, 4});
  CHECK(chosen({make_part(1, 400), make_part(2, 400), make_part(3, 400)}) == Ids{1, 2, 3});
}

TEST_CASE("a merge takes parts by time, and no more than make one of the wanted size",
          "[store][merge]") {
  std::vector<Part> parts;
  for (int i = 0; i < 8; ++i) parts.push_back(make_part(i, 400, kNoon - i * kMinute));
  CHECK(chosen(parts) == Ids{7, 6, 5});
}

TEST_CASE("final parts and parts that could not be read are left alone", "[store][merge]") {
  std::vector<Part> parts;
  for (int i = 1; i <= 4; ++i) parts.push_back(make_part(i, 10));
  for (int i = 5; i <= 9; ++i) parts.push_back(make_part(i, 500));
  CHECK(chosen(parts) == Ids{1, 2, 3, 4});
  CHECK(chosen(parts, kNoon, {2}).empty());
}

TEST_CASE("parts of different signals, days and levels are not mixed", "[store][merge]") {
  std::vector<Part> parts;
  for (int i = 1; i <= 4; ++i) parts.push_back(make_part(i, 10));
  parts[1].signal = model::Signal::kSpans;
  CHECK(chosen(parts).empty());
  parts[1] = make_part(2, 10);
  parts[1].partition = "2026-11-21";
  CHECK(chosen(parts).empty());
  parts[1] = make_part(2, 10);
  parts[1].level = 1;
  CHECK(chosen(parts).empty());
}

TEST_CASE("a day that is over is tidied up with fewer parts than a merge otherwise waits for",
          "[store][merge]") {
  MergeOptions options = kOptions;
  options.parts = 64;
  std::vector<Part> parts;
  for (int i = 1; i <= 8; ++i) parts.push_back(make_part(i, 10));
  CHECK(choose_merge(parts, options, kNoon, {}).empty());
  CHECK(choose_merge(parts, options, kNoon + 12 * kHour, {}).empty());
  CHECK(choose_merge(parts, options, kNoon + 14 * kHour, {}).size() == 8);
  options.parts = 3;
  CHECK(choose_merge({parts.data(), 3}, options, kNoon + 14 * kHour, {}).size() == 3);
}

TEST_CASE("a merged part spans what it was made of, one level up", "[store][merge]") {
  const Part merged = describe_merged(
      std::vector<Part>{make_part(3, 10, kNoon + kHour), make_part(2, 20, kNoon)}, kOptions);
  CHECK(merged.rows == 30);
  CHECK(merged.min_time == kNoon);
  CHECK(merged.max_time == kNoon + kHour + kSecond);
  CHECK(merged.min_seq == 2000);
  CHECK(merged.max_seq == 3009);
  CHECK(merged.level == 1);
  CHECK(merged.final);  // However small: a record is rewritten once.
  CHECK(merged.group_rows == 20'480);
}

TEST_CASE("rows that take much memory make smaller row groups", "[store][merge]") {
  CHECK(row_group_size(model::Signal::kLogs, 300) == 20'480);
  CHECK(row_group_size(model::Signal::kSpans, 300) == 122'880);
  CHECK(row_group_size(model::Signal::kSpans, 0) == 122'880);
  CHECK(row_group_size(model::Signal::kSpans, 1'500) == 88'064);
  CHECK(row_group_size(model::Signal::kSpans, 10'000) == 2048);
  CHECK(row_group_size(model::Signal::kLogs, 3'500) == 8192);
  CHECK(row_group_size(model::Signal::kLogs, 1'000'000'000) == 2048);
}

TEST_CASE("small parts become one, with every row and blocks numbered anew", "[store][merge]") {
  for (const model::Signal signal : model::kSignals) {
    TemporaryDir dir;
    Registry registry;
    WriterOptions options = manual_options();
    options.dedup_window = 0;
    auto writer = open_writer(dir / "data", registry, options);
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
      REQUIRE(write_and_wait(*writer, make_random(signal, seed, 2100)));
      if (seed % 2 == 1) REQUIRE(writer->flush());
    }
    REQUIRE(writer->close());
    const std::string view(model::to_string(signal));
    const std::string question =
        fmt::format("SELECT * EXCLUDE (block) FROM {0} ORDER BY seq", view);
    const std::string before = ask_store(dir / "data", question);
    const std::size_t parts = list_parts(dir / "data").size();

    options.merge_parts = 2;
    auto merging = open_writer(dir / "data", registry, options);
    wait_until([&] { return list_parts(dir / "data").size() < parts; });
    REQUIRE(merging->close());
    CHECK(ask_store(dir / "data", question) == before);
  }
}

TEST_CASE("what filled the memory for a flush is not rewritten, what was flushed early is",
          "[store][merge]") {
  TemporaryDir dir;
  Registry registry;
  WriterOptions options = manual_options();
  options.flush_rows = 4000;
  options.queue_bytes = 200'000;
  options.merge_parts = 2;
  auto writer = open_writer(dir / "data", registry, options);
  for (std::size_t flushed = 1; flushed <= 2; ++flushed) {
    const auto batch = make_logs(2000, fmt::format("full {}", flushed));
    // Refused while the memory of the one before is not free.
    wait_until([&] { return bool(write_and_wait(*writer, batch)); });
    wait_until([&] { return list_parts(dir / "data").size() == flushed; });
  }
  const auto full = list_parts(dir / "data");
  for (int i = 0; i < 2; ++i) {
    const auto batch = make_logs(10, fmt::format("early {}", i));
    wait_until([&] { return bool(write_and_wait(*writer, batch)); });
    REQUIRE(writer->flush());
  }
  wait_until([&] { return list_parts(dir / "data").size() == 3; });
  REQUIRE(writer->close());
  const auto left = list_parts(dir / "data");
  for (const std::string& part : full) CHECK(std::count(left.begin(), left.end(), part) == 1);
  CHECK(registry.counter("obs_store_rows_merged_total", "").value() == 20);
}

TEST_CASE("blocks of a merged part are its row groups", "[store][merge]") {
  TemporaryDir dir;
  Registry registry;
  WriterOptions options = manual_options();
  auto writer = open_writer(dir / "data", registry, options);
  for (int i = 0; i < 3; ++i) {
    REQUIRE(
        write_and_wait(*writer, make_logs(15'000 + i, fmt::format("b{}", i), kNoon + i * kMinute)));
    REQUIRE(writer->flush());
  }
  REQUIRE(writer->close());
  options.merge_parts = 3;
  auto merging = open_writer(dir / "data", registry, options);
  wait_until([&] { return list_parts(dir / "data/logs").size() == 1; });
  const std::string part = (dir / "data/logs/") + list_parts(dir / "data/logs").at(0);
  CHECK(ask_store(dir / "data",
                  "SELECT row_group_id, row_group_num_rows, stats_min_value, stats_max_value FROM "
                  "parquet_metadata('" +
                      part + "') WHERE path_in_schema = 'block' ORDER BY 1") ==
        "0|20480|\"0\"|\"0\"\n1|20480|\"1\"|\"1\"\n2|4043|\"2\"|\"2\"\n");
}

TEST_CASE("a part that cannot be read is named and set aside, and the others are merged",
          "[store][merge]") {
  TemporaryDir dir;
  Registry registry;
  WriterOptions options = manual_options();
  auto writer = open_writer(dir / "data", registry, options);
  for (int i = 0; i < 5; ++i) {
    REQUIRE(write_and_wait(*writer, make_logs(10, fmt::format("b{}", i), kNoon + i * kMinute)));
    REQUIRE(writer->flush());
  }
  REQUIRE(writer->close());
  const std::string damaged = list_parts(dir / "data/logs").at(1);
  REQUIRE(system_fs().replace_file((dir / "data/logs/") + damaged, "no Parquet at all"));
  options.merge_parts = 2;
  auto merging = open_writer(dir / "data", registry, options);
  wait_until([&] { return !merging->health().at(0).detail.empty(); });
  CHECK(merging->health().at(0).ready);
  CHECK(merging->health().at(0).detail.find(damaged) != std::string::npos);
  wait_until([&] { return list_parts(dir / "data/logs").size() == 1; });
  CHECK(std::filesystem::exists((dir / "data/damaged/logs/") + damaged));
  CHECK(merging->health().at(0).detail.find(damaged) != std::string::npos);  // Still.
}

TEST_CASE("rows that are large before they are compressed are merged in small row groups",
          "[store][merge]") {
  constexpr std::size_t kRows = 100;
  const std::string text(std::size_t{255} << 10, 'x');
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry);
  for (const std::string name : {"a ", "b ", "c "}) {
    REQUIRE(write_and_wait(*writer, make_logs(kRows, name + text)));
    REQUIRE(writer->flush());
  }
  CareJob job;
  REQUIRE(writer->care({CareRequest::Task::kCompact, {}}, job));
  const auto parts = list_parts(dir / "data");
  REQUIRE(parts.size() == 1);
  const std::string path = to_sql_string(dir / "data/" + parts.front());
  const auto database = Database::open({1, "", ""});
  REQUIRE(database);
  const auto connection = (*database)->connect();
  REQUIRE(connection);
  CHECK(ask(**connection, fmt::format("SELECT DISTINCT row_group_id, row_group_num_rows FROM "
                                      "parquet_metadata({}) ORDER BY 1",
                                      path)) == "0|128\n1|128\n2|44\n");
  CHECK(ask(**connection, fmt::format("SELECT block, count(*) FROM {} GROUP BY 1 ORDER BY 1",
                                      path)) == "0|128\n1|128\n2|44\n");
  CHECK(ask_store(dir / "data",
                  "SELECT count(*), count(DISTINCT body), sum(length(body)) > 78e6 "
                  "FROM logs") == "300|300|true\n");
  // Row groups are found by number.
  CHECK(ask_store(dir / "data", "SELECT count(*) FROM logs WHERE has(body, 'b')") == "100\n");
}

TEST_CASE("row groups of rows that memory has no room for are of any size", "[store][merge]") {
  using model::Signal;
  CHECK(small_group_size(Signal::kLogs, 300) == row_group_size(Signal::kLogs, 300));
  CHECK(small_group_size(Signal::kSpans, 0) == row_group_size(Signal::kSpans, 0));
  CHECK(small_group_size(Signal::kLogs, std::uint64_t{64} << 10) == 2048);
  CHECK(small_group_size(Signal::kLogs, std::uint64_t{128} << 10) == 256);
  CHECK(small_group_size(Signal::kLogs, std::uint64_t{1} << 20) == 32);
  CHECK(small_group_size(Signal::kLogs, std::uint64_t{1} << 40) == 1);
}

}  // namespace obs::store
