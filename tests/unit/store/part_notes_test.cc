#include "libobs/store/part_notes.h"

#include <filesystem>

#include <catch2/catch.hpp>

#include "libobs/store/catalog.h"
#include "libobs/store/index_tokens.h"
#include "libobs/store/store_files.h"
#include "tests/unit/store/store_fixture.h"

namespace obs::store {
namespace {

using model::Signal;

std::vector<Part> parts_of(const std::string& dir, Signal signal) {
  auto catalog = Sqlite::open(join_path(dir, kCatalogFile), Sqlite::Mode::kRead);
  REQUIRE(catalog);
  auto state = read_catalog(*catalog);
  REQUIRE(state);
  std::vector<Part> parts;
  for (Part& part : state->parts) {
    if (part.signal == signal) parts.push_back(std::move(part));
  }
  return parts;
}

// What an index says of each of its row groups.
struct Summary {
  Timestamp min_time = 0;
  Timestamp max_time = 0;
  std::optional<std::uint32_t> tokens;
  friend bool operator==(const Summary&, const Summary&) = default;
};

std::vector<Summary> summarize(const std::string& dir, const Part& part) {
  auto index = PartIndex::open(system_fs(), join_path(dir, index_path(part.path)), part);
  if (!index) FAIL(index.error().message);
  REQUIRE((*index)->verify());
  std::vector<Summary> all;
  for (std::size_t i = 0; i < (*index)->blocks().size(); ++i) {
    const auto& block = (*index)->blocks()[i];
    all.push_back({block.min_time, block.max_time, (*index)->token_count(i)});
  }
  return all;
}

std::string blob_of(const std::string& dir, const Part& part, std::string_view kind) {
  auto catalog = Sqlite::open(join_path(dir, kCatalogFile), Sqlite::Mode::kRead);
  REQUIRE(catalog);
  auto bytes = read_blob(*catalog, part.id, kind);
  REQUIRE(bytes);
  return *bytes;
}

// The notes of a part, made anew from its file.
Part rebuild(const std::string& dir, Part part) {
  auto database = DuckdbDatabase::open({1, "", ""});
  REQUIRE(database);
  auto connection = (*database)->connect_raw();
  REQUIRE(connection);
  part.blobs.clear();
  const auto done = rebuild_notes(system_fs(), **connection, dir, part);
  if (!done) FAIL(done.error().message);
  return part;
}

void check_rebuilt(const std::string& dir, Signal signal) {
  const auto parts = parts_of(dir, signal);
  REQUIRE_FALSE(parts.empty());
  for (const Part& part : parts) {
    INFO(part.path);
    const auto written = summarize(dir, part);
    const Part made = rebuild(dir, part);
    CHECK(summarize(dir, part) == written);
    REQUIRE(made.blobs.size() == (signal == Signal::kLogs ? 2 : 1));
    CHECK(made.blobs[0].kind == kKeysBlob);
    CHECK(made.blobs[0].bytes == blob_of(dir, part, kKeysBlob));
    if (signal != Signal::kLogs) continue;
    CHECK(made.blobs[1].bytes == blob_of(dir, part, kCubeBlob));
  }
}

}  // namespace

TEST_CASE("the notes of a flush are those of the file it wrote", "[store][notes]") {
  const TemporaryDir dir;
  Registry registry;
  for (const Signal signal : {Signal::kLogs, Signal::kSpans}) {
    {
      auto writer = open_writer(dir.path(), registry);
      for (std::uint64_t seed = 0; seed < 20; ++seed) {
        REQUIRE(write_and_wait(*writer, make_random(signal, seed, 300)));
      }
      REQUIRE(writer->flush());
    }
    check_rebuilt(dir.path(), signal);
  }
}

TEST_CASE("the notes of a merge are those of the file it wrote", "[store][notes]") {
  const TemporaryDir dir;
  Registry registry;
  WriterOptions options = manual_options();
  options.merge_parts = 3;
  for (const Signal signal : {Signal::kLogs, Signal::kSpans}) {
    {
      auto writer = open_writer(dir.path(), registry, options);
      const std::size_t before = parts_of(dir.path(), signal).size();
      REQUIRE(before == 0);
      for (std::uint64_t seed = 0; seed < 3; ++seed) {
        REQUIRE(write_and_wait(*writer, make_random(signal, seed, 300)));
        REQUIRE(writer->flush());
      }
      wait_until([&] {
        const auto parts = parts_of(dir.path(), signal);
        return std::any_of(parts.begin(), parts.end(), [](const Part& p) { return p.level > 0; });
      });
    }
    check_rebuilt(dir.path(), signal);
  }
}

TEST_CASE("a sidecar comes and goes with its part", "[store][notes]") {
  const TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir.path(), registry);
  REQUIRE(write_and_wait(*writer, make_logs(10, "one")));
  REQUIRE(writer->flush());
  const std::string index =
      join_path(dir.path(), index_path(parts_of(dir.path(), Signal::kLogs)[0].path));
  CHECK(std::filesystem::exists(index));
  const std::string orphan = join_path(parent_path(index), "orphan.idx");
  REQUIRE(system_fs().replace_file(orphan, "x"));
  writer.reset();
  writer = open_writer(dir.path(), registry);
  CHECK(std::filesystem::exists(index));
  CHECK_FALSE(std::filesystem::exists(orphan));
}

TEST_CASE("what a flush was given can be found by its words and attributes", "[store][notes]") {
  const TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir.path(), registry);
  REQUIRE(write_and_wait(*writer, make_logs(10, "Payment declined")));
  REQUIRE(writer->flush());
  const Part part = parts_of(dir.path(), Signal::kLogs)[0];
  auto index = PartIndex::open(system_fs(), join_path(dir.path(), index_path(part.path)), part);
  REQUIRE(index);
  const auto may_have = [&](std::uint64_t token) { return (*index)->find(0, {{token}}) != 0; };
  CHECK(may_have(word_token(TokenField::kBody, "declined")));
  CHECK(may_have(word_token(TokenField::kBody, "7")));
  CHECK_FALSE(may_have(word_token(TokenField::kBody, "accepted")));
  CHECK(may_have(attribute_token(TokenField::kResource, "host.name", "web-3")));
  CHECK(may_have(attribute_token(TokenField::kResource, "service.name", "checkout")));
  CHECK_FALSE(may_have(attribute_token(TokenField::kAttribute, "host.name", "web-3")));
}

}  // namespace obs::store
