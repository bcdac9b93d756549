#include "libobs/store/care.h"

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "libobs/base/fs.h"
#include "libobs/store/compact.h"
#include "libobs/store/stats.h"
#include "libobs/store/store_access.h"
#include "libobs/store/verify.h"
#include "libobs/store/writer_socket.h"
#include "tests/unit/store/care_fixture.h"

namespace obs::store {

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

TEST_CASE("verify names a damaged file of series, and not the points that need it",
          "[store][care]") {
  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry, small_options());
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    REQUIRE(write_and_wait(*writer, make_random(model::Signal::kMetrics, seed, 200)));
    REQUIRE(writer->flush());
  }
  REQUIRE(writer->close());
  std::string series;
  for (const std::string& file : list_files(dir / "data")) {
    if (file.find("points/series/") != std::string::npos) series = file;
  }
  REQUIRE_FALSE(series.empty());
  damage((dir / "data") + "/" + series, 200);
  const auto bad = verify_store(system_fs(), dir / "data", {1, "", ""}, {});
  REQUIRE(bad);
  REQUIRE(bad->problems.size() == 1);
  CHECK(bad->problems[0].path == series);
  CHECK(bad->problems[0].offset.has_value());
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
  MergeOptions options{1000, 4, 500, 8};
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
