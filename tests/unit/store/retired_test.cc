#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "libobs/base/fs.h"
#include "libobs/store/session.h"
#include "tests/unit/store/care_fixture.h"

namespace obs::store {
namespace {

using model::Signal;

std::uint64_t count_logs(Session& session) {
  const auto rows = session.connection().query("SELECT count(*) FROM logs");
  REQUIRE(rows);
  std::span<const model::Value> row;
  REQUIRE(*(*rows)->next(row));
  return static_cast<std::uint64_t>(row[0].as_int());
}

bool all_exist(const std::vector<std::string>& paths) {
  return std::all_of(paths.begin(), paths.end(),
                     [](const std::string& path) { return std::filesystem::exists(path); });
}

bool none_exists(const std::vector<std::string>& paths) {
  return std::none_of(paths.begin(), paths.end(),
                      [](const std::string& path) { return std::filesystem::exists(path); });
}

std::vector<std::string> log_files(const std::string& dir) {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir + "/logs")) {
    if (entry.path().extension() == ".parquet") paths.push_back(entry.path());
  }
  return paths;
}

std::unique_ptr<Writer> open_keeping(const std::string& dir, Registry& registry) {
  WriterOptions options = manual_options();
  options.keep_replaced = kDay;
  return open_writer(dir, registry, options);
}

void flush_three(Writer& writer) {
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    REQUIRE(write_and_wait(writer, make_random(Signal::kLogs, seed, 50)));
    REQUIRE(writer.flush());
  }
}

}  // namespace

TEST_CASE("files that a merge replaced stay for who knows them by name, but not after a delete",
          "[store][merge]") {
  const TemporaryDir dir;
  Registry registry;
  const auto writer = open_keeping(dir.path(), registry);
  flush_three(*writer);
  const std::vector<std::string> before = log_files(dir.path());
  REQUIRE(before.size() >= 3);
  run(*writer, make_request(Task::kCompact));
  CHECK(log_files(dir.path()).size() > before.size());
  CHECK(all_exist(before));

  RecordChoice choice;
  choice.signals = {Signal::kLogs};
  choice.condition = "seq = 1";
  run(*writer, make_request(Task::kDelete, choice));
  CHECK(none_exists(before));
}

TEST_CASE("a writer that ends leaves no file behind that was replaced", "[store][merge]") {
  const TemporaryDir dir;
  Registry registry;
  const auto writer = open_keeping(dir.path(), registry);
  flush_three(*writer);
  const std::vector<std::string> before = log_files(dir.path());
  run(*writer, make_request(Task::kCompact));
  REQUIRE(all_exist(before));
  REQUIRE(writer->close());
  CHECK(none_exists(before));
}

TEST_CASE("a part that is missing is named, and the others are served", "[store][damage]") {
  const TemporaryDir dir;
  Registry registry;
  {
    auto writer = open_writer(dir.path(), registry);
    flush_three(*writer);
  }
  const std::string lost = log_files(dir.path()).front();
  REQUIRE(std::filesystem::remove(lost));
  auto session = Session::open(system_fs(), dir.path(), {1, "", ""});
  REQUIRE(session);
  for (int again = 0; again < 2; ++again) {
    REQUIRE((*session)->refresh());
    CHECK(count_logs(**session) > 0);
    REQUIRE((*session)->damage().size() == 1);
    CHECK_THAT((*session)->damage()[0], Catch::Contains("is missing") && Catch::Contains("logs/"));
  }
}

}  // namespace obs::store
