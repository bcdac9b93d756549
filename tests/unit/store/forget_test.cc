// What a delete leaves of a value: nothing, in any file of the store, nor in a backup made after.

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "libobs/base/text.h"
#include "libobs/codec/ndjson.h"
#include "libobs/store/attribute_keys.h"
#include "libobs/store/backup.h"
#include "libobs/store/catalog_blobs.h"
#include "libobs/store/cube.h"
#include "libobs/store/rollup.h"
#include "libobs/store/sqlite.h"
#include "tests/unit/store/care_fixture.h"

namespace obs::store {
namespace {

// The value that is to be forgotten, in everything that a record has.
constexpr const char* kSecret = "zq7mallory";

void write_lines(Writer& writer, const std::string& lines) {
  codec::NdjsonDecoder decoder;
  for (const std::string_view line : split(lines, '\n')) {
    CAPTURE(line);
    REQUIRE(decoder.add_line(line, kNoon));
  }
  for (model::Batch& batch : decoder.take()) {
    model::assign_id(batch);
    REQUIRE(write_and_wait(writer, std::make_shared<const model::Batch>(std::move(batch))));
  }
}

// Records of two services, of which `callee` is called by the other; `host` is the resource.
std::string lines_of(std::string_view callee, std::string_view host, int n) {
  const std::string trace = fmt::format("{:032x}", n + 1);
  const auto span = [&](std::string_view service, int id, int parent) {
    return fmt::format(
        R"({{"signal":"span","time":"2026-11-22T12:{:02}:00Z","duration_ns":1000,"service":"{}",)"
        R"("name":"GET /{}","kind":"server","trace_id":"{}","span_id":"{:016x}",)"
        R"("parent_span_id":"{:016x}","resource":{{"host.name":"{}"}}}})"
        "\n",
        n % 60, service, service, trace, id, parent, host);
  };
  return fmt::format(R"({{"signal":"log","time":"2026-11-22T12:{0:02}:00Z","service":"{1}",)"
                     R"("severity":"error","body":"{1} is down","attributes":{{"user.id":"{1}"}},)"
                     R"("resource":{{"host.name":"{2}"}}}})"
                     "\n"
                     R"({{"signal":"metric","time":"2026-11-22T12:{0:02}:00Z","service":"{1}",)"
                     R"("name":"up.{1}","type":"gauge","value":{0},"attributes":{{"user":"{1}"}},)"
                     R"("resource":{{"host.name":"{2}"}}}})"
                     "\n",
                     n % 60, callee, host) +
         span("front", 2 * n + 1, 0) + span(callee, 2 * n + 2, 2 * n + 1);
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// Files that have the secret in their bytes or their name.
std::vector<std::string> grep(const std::string& dir) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir)) {
    const std::string path = entry.path().string();
    if (path.find(kSecret) != std::string::npos) found.push_back(path);
    if (entry.is_regular_file() && read_file(path).find(kSecret) != std::string::npos) {
      found.push_back(path);
    }
  }
  return found;
}

// What lies compressed: the rows of parts, whether the catalog knows them or not…
std::vector<std::string> grep_parts(const std::string& dir) {
  std::vector<std::string> found;
  const auto database = Database::open({1, "", ""});
  REQUIRE(database);
  const auto connection = (*database)->connect();
  REQUIRE(connection);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir)) {
    if (entry.path().extension() != ".parquet") continue;
    const std::string rows =
        ask(**connection, fmt::format("SELECT count(*) FROM read_parquet('{}') AS t WHERE "
                                      "contains(t::VARCHAR, '{}')",
                                      entry.path().string(), kSecret));
    if (rows != "0\n") found.push_back(entry.path().string() + ": " + rows);
  }
  return found;
}

// …and cubes and rollups.
std::vector<std::string> grep_blobs(const std::string& dir) {
  std::vector<std::string> found;
  auto catalog = Sqlite::open(dir + "/catalog.sqlite", Sqlite::Mode::kRead);
  REQUIRE(catalog);
  auto rows = catalog->prepare("SELECT kind, bytes FROM part_blobs");
  REQUIRE(rows);
  const auto check = [&](const std::string& text, const std::string& where) {
    if (text.find(kSecret) != std::string::npos) found.push_back(where + ": " + text);
  };
  while (*rows->step()) {
    const std::string kind(rows->text(0));
    if (kind == kCubeBlob) {
      const auto cube = decode_cube(rows->text(1));
      REQUIRE(cube);
      for (const auto& [group, cells] : *cube) check(group.service.value_or(""), kind);
    } else if (kind != kBlockHashes && kind != kKeysBlob) {  // Those are hashes.
      const auto rollup = decode_rollup(rows->text(1));
      REQUIRE(rollup);
      for (const auto& [key, minutes] : rollup->rows()) {
        for (const std::string& label : key.labels) check(label, kind);
      }
    }
  }
  return found;
}

// By whatever of it a user would go.
void forget(Writer& writer, const std::string& condition) {
  for (const model::Signal signal : model::kSignals) {
    RecordChoice choice;
    choice.signals = {signal};
    choice.condition = condition;
    run(writer, make_request(Task::kDelete, choice));
  }
}

using None = std::vector<std::string>;

}  // namespace

TEST_CASE("a value that was deleted is in no file of the store, nor of a backup made after",
          "[store][care][forget]") {
  for (const char* condition :
       {"service = 'zq7mallory'", "resource::VARCHAR LIKE '%zq7mallory%'"}) {
    CAPTURE(condition);
    TemporaryDir dir;
    Registry registry;
    const std::string data = dir / "data";
    auto writer = open_writer(data, registry, small_options());
    for (int n = 0; n < 30; ++n) {
      write_lines(*writer, lines_of(n % 3 == 0 ? kSecret : "back",
                                    n % 3 == 0 ? fmt::format("host-{}", kSecret) : "host-1", n));
      if (n % 10 == 9 && n < 29) REQUIRE(writer->flush());
    }
    CHECK_FALSE(grep(data).empty());
    // What calls the service is not asked to go.
    forget(*writer, condition);
    if (std::string_view(condition).starts_with("service")) {
      // Its own span names what was called nowhere; its host does.
      forget(*writer, "resource::VARCHAR LIKE '%zq7mallory%'");
    }
    CHECK(grep(data) == None{});
    CHECK(grep_parts(data) == None{});
    CHECK(grep_blobs(data) == None{});
    const auto counts = backup_store(system_fs(), system_clock(), data, dir / "backup", kSilent);
    REQUIRE(counts);
    CHECK(grep(dir / "backup") == None{});
    CHECK(grep_parts(dir / "backup") == None{});
    CHECK(grep_blobs(dir / "backup") == None{});

    CHECK(ask_store(data, "SELECT count(*) FROM logs") == "20\n");
    CHECK(ask_store(data, "SELECT count(*) FROM spans") == "40\n");
    CHECK(ask_store(data, "SELECT count(*) FROM metrics") == "20\n");
    REQUIRE(writer->close());
    CHECK(grep(data) == None{});
  }
}

TEST_CASE("a resource that was forgotten comes back whole with its next record",
          "[store][care][forget]") {
  TemporaryDir dir;
  Registry registry;
  const std::string data = dir / "data";
  auto writer = open_writer(data, registry, small_options());
  for (int round = 0; round < 3; ++round) {
    write_lines(*writer,
                lines_of("back", "host-1", round) + lines_of(kSecret, "host-2", 10 + round));
    REQUIRE(writer->flush());
    if (round < 2) forget(*writer, fmt::format("service = '{}'", kSecret));
  }
  REQUIRE(writer->close());
  auto catalog = Sqlite::open(data + "/catalog.sqlite", Sqlite::Mode::kRead);
  REQUIRE(catalog);
  CHECK(*catalog->query_integer("SELECT count(*) FROM resources WHERE service = 'zq7mallory'") ==
        1);
  CHECK(*catalog->query_integer("SELECT count(*) FROM services WHERE service = 'zq7mallory'") == 3);
  // Every record's resource is one that the catalog has.
  std::set<std::string> known;
  auto ids = catalog->prepare("SELECT id FROM resources");
  REQUIRE(ids);
  while (*ids->step()) known.insert(std::to_string(ids->integer(0)));
  for (const char* view : {"logs", "spans", "metrics"}) {
    const std::string used =
        ask_store(data, fmt::format("SELECT DISTINCT resource_id FROM {}", view));
    for (const std::string_view id : split(used, '\n')) {
      CAPTURE(view, id);
      if (!id.empty()) CHECK(known.count(std::string(id)) == 1);
    }
  }
}

}  // namespace obs::store
