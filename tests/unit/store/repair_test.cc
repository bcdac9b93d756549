// Repairing a store: what lies beside parts is made anew, damaged parts are set aside, and can be
// forgotten.

#include <filesystem>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "libobs/store/sqlite.h"
#include "libobs/store/verify.h"
#include "tests/unit/store/care_fixture.h"

namespace obs::store {
namespace {

std::vector<std::string> find_indexes(const std::string& dir) {
  std::vector<std::string> found;
  for (const std::string& file : list_files(dir)) {
    if (file.ends_with(".idx")) found.push_back(dir + "/" + file);
  }
  return found;
}

// A store of logs and spans, without a writer.
std::string make_store(const TemporaryDir& dir) {
  Registry registry;
  const std::string data = dir / "data";
  auto writer = open_writer(data, registry, small_options());
  REQUIRE(write_and_wait(*writer, make_logs(1000, "line")));
  REQUIRE(write_and_wait(*writer, make_random(model::Signal::kSpans, 1, 200)));
  REQUIRE(writer->flush());
  REQUIRE(write_and_wait(*writer, make_logs(500, "more", kNoon + kHour)));
  REQUIRE(writer->close());
  return data;
}

std::vector<std::string> problems_of(const std::string& data) {
  const auto verdict = verify_store(system_fs(), data, {1, "", ""}, {});
  REQUIRE(verdict);
  std::vector<std::string> problems;
  for (const Problem& problem : verdict->problems) problems.push_back(problem.what);
  return problems;
}

CareCounts care_alone(const std::string& data, Task task) {
  Registry registry;
  auto writer = open_writer(data, registry, small_options());
  const CareCounts counts = run(*writer, make_request(task));
  REQUIRE(writer->close());
  return counts;
}

void spoil_blob(const std::string& data, const std::string& kind) {
  auto catalog = Sqlite::open(data + "/catalog.sqlite", Sqlite::Mode::kWrite);
  REQUIRE(catalog);
  REQUIRE(catalog->execute(
      fmt::format("UPDATE part_blobs SET bytes = x'0102' WHERE kind = '{}'", kind).c_str()));
}

using None = std::vector<std::string>;

}  // namespace

TEST_CASE("a repair makes anew what is missing or damaged beside parts", "[store][care][repair]") {
  TemporaryDir dir;
  const std::string data = make_store(dir);
  REQUIRE(problems_of(data) == None{});
  const std::string question = "SELECT count(*) FROM logs WHERE has(body, 'line 17')";
  const std::vector<std::string> indexes = find_indexes(data);
  const std::size_t spans = indexes.size() - 2;  // Parts of them; those of logs are two.
  REQUIRE(spans > 0);
  std::filesystem::remove(indexes[0]);
  damage(indexes[1], static_cast<std::streamoff>(std::filesystem::file_size(indexes[1])) - 9);
  spoil_blob(data, "cube");
  spoil_blob(data, "edges");
  CHECK(problems_of(data).size() == 4 + spans);

  Registry registry;
  auto writer = open_writer(data, registry, small_options());
  const CareCounts counts = run(*writer, make_request(Task::kRepair));
  CHECK(find_count(counts, "parts") == indexes.size());
  CHECK(find_count(counts, "parts_set_aside") == 0);
  // The writer may have come upon the index before us, and made the part's cube anew with it.
  CHECK(find_count(counts, "indexes_rebuilt") <= 2);
  CHECK(find_count(counts, "cubes_rebuilt") == find_count(counts, "indexes_rebuilt"));
  CHECK(find_count(counts, "rollups_rebuilt") >= 1);
  REQUIRE(writer->close());
  CHECK(problems_of(data) == None{});
  CHECK(find_indexes(data) == indexes);
  CHECK(ask_store(data, question) == "1\n");
  const CareCounts again = care_alone(data, Task::kRepair);
  CHECK(find_count(again, "indexes_rebuilt") + find_count(again, "cubes_rebuilt") +
            find_count(again, "rollups_rebuilt") ==
        0);
}

TEST_CASE("a repair sets damaged parts aside, and what was set aside can be forgotten",
          "[store][care][repair]") {
  TemporaryDir dir;
  const std::string data = make_store(dir);
  damage(find_part(data), 500);
  REQUIRE(problems_of(data).size() == 1);
  CHECK(find_count(care_alone(data, Task::kRepair), "parts_set_aside") <= 1);
  const auto named = problems_of(data);
  REQUIRE(named.size() == 1);
  CHECK_THAT(named[0], Catch::StartsWith("was set aside"));

  const CareCounts counts = care_alone(data, Task::kForget);
  CHECK(find_count(counts, "parts") == 1);
  CHECK(find_count(counts, "files_removed") == 1);
  CHECK(find_count(counts, "rows") > 0);
  CHECK(problems_of(data) == None{});
  CHECK(find_count(care_alone(data, Task::kForget), "parts") == 0);
}

TEST_CASE("a reader leaves out a part whose end is damaged, and names it", "[store][damage]") {
  TemporaryDir dir;
  const std::string data = make_store(dir);
  std::string part;
  for (const std::string& file : list_parts(data)) {
    if (file.starts_with("logs/") && part.empty()) part = file;
  }
  const std::string path = data + "/" + part;
  // The length of what Parquet files end with.
  damage(path, static_cast<std::streamoff>(std::filesystem::file_size(path)) - 5);
  auto session = Session::open(system_fs(), data, {1, "", ""});
  REQUIRE(session);
  REQUIRE((*session)->refresh());
  CHECK(ask((*session)->connection(), "SELECT count(*) FROM logs") == "500\n");
  REQUIRE((*session)->damage().size() == 1);
  CHECK_THAT((*session)->damage()[0], Catch::Contains(part));
}

TEST_CASE("a writer makes a missing index anew by itself", "[store][care][repair]") {
  TemporaryDir dir;
  const std::string data = make_store(dir);
  const std::vector<std::string> indexes = find_indexes(data);
  std::filesystem::remove(indexes[0]);
  damage(indexes[2], 60);
  Registry registry;
  const auto writer = open_writer(data, registry, small_options());
  wait_until([&] { return problems_of(data).empty(); });
  CHECK(find_indexes(data) == indexes);
}

}  // namespace obs::store
