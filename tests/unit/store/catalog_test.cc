#include "libobs/store/catalog.h"

#include <set>

#include <catch2/catch.hpp>

#include "tests/unit/store/store_fixture.h"

namespace obs::store {
namespace {

Catalog open_catalog(const TemporaryDir& dir) {
  auto catalog = Catalog::open(dir / "catalog.sqlite", kNoon);
  if (!catalog) FAIL(catalog.error().message);
  return *std::move(catalog);
}

Part make_part(std::int64_t id) {
  Part part;
  part.id = id;
  part.signal = model::Signal::kSpans;
  part.partition = "2026-11-22";
  part.path = "spans/2026-11-22/" + std::to_string(id) + ".parquet";
  part.rows = 10;
  part.bytes = 500;
  part.min_time = -5;
  part.max_time = 7;
  part.min_seq = 3;
  part.max_seq = 12;
  part.level = 1;
  part.final = true;
  part.group_rows = 20'480;
  part.schema = 1;
  return part;
}

model::BatchId make_id(int number) {
  model::BatchId id;
  id.bytes[0] = static_cast<std::byte>(number);
  return id;
}

NewResource make_resource(const char* project, std::optional<std::string> service,
                          const char* attributes) {
  return {{project, std::move(service), attributes}, kNoon, kNoon};
}

}  // namespace

TEST_CASE("a new catalog is empty, and keeps its store id", "[store][catalog]") {
  TemporaryDir dir;
  std::string id;
  {
    Catalog catalog = open_catalog(dir);
    const CatalogState state = *catalog.state();
    CHECK(state.store_id.size() == 32);
    CHECK(state.next_seq == 1);
    CHECK(state.applied_segment == 0);
    CHECK(state.parts.empty());
    CHECK(*catalog.next_part_id() == 1);
    id = state.store_id;
  }
  CHECK(open_catalog(dir).state()->store_id == id);
}

TEST_CASE("a commit is read back whole by another connection", "[store][catalog]") {
  TemporaryDir dir;
  Catalog catalog = open_catalog(dir);
  CatalogChange change;
  change.added = {make_part(4), make_part(9)};
  change.applied = {7, kNoon, {make_id(1), make_id(2)}};
  change.next_seq = 13;
  REQUIRE(catalog.commit(change));

  Catalog other = open_catalog(dir);
  const CatalogState state = *other.state();
  CHECK(state.next_seq == 13);
  CHECK(state.applied_segment == 7);
  REQUIRE(state.parts.size() == 2);
  const Part& part = state.parts[0];
  CHECK(part.id == 4);
  CHECK(part.signal == model::Signal::kSpans);
  CHECK(part.partition == "2026-11-22");
  CHECK(part.path == "spans/2026-11-22/4.parquet");
  CHECK(part.rows == 10);
  CHECK(part.bytes == 500);
  CHECK(part.min_time == -5);
  CHECK(part.max_time == 7);
  CHECK(part.min_seq == 3);
  CHECK(part.max_seq == 12);
  CHECK(part.level == 1);
  CHECK(part.final);
  CHECK(part.group_rows == 20'480);
  CHECK(part.schema == 1);
  const auto applied = other.applied_since(kNoon);
  REQUIRE(applied->size() == 1);
  CHECK(applied->at(0).ids == std::vector<model::BatchId>{make_id(1), make_id(2)});
}

TEST_CASE("a commit that fails changes nothing", "[store][catalog]") {
  TemporaryDir dir;
  Catalog catalog = open_catalog(dir);
  CatalogChange change;
  change.added = {make_part(1), make_part(1)};  // Twice the same.
  change.next_seq = 99;
  CHECK_FALSE(catalog.commit(change));
  CHECK(catalog.state()->parts.empty());
  CHECK(catalog.state()->next_seq == 1);
  change.added.pop_back();
  CHECK(catalog.commit(change));
}

TEST_CASE("the id of a part that went is not given again", "[store][catalog]") {
  TemporaryDir dir;
  Catalog catalog = open_catalog(dir);
  CatalogChange change;
  change.added = {make_part(5)};
  REQUIRE(catalog.commit(change));
  CatalogChange removal;
  removal.removed = {5};
  REQUIRE(catalog.commit(removal));
  CHECK(catalog.state()->parts.empty());
  CHECK(*catalog.next_part_id() == 6);
}

TEST_CASE("batch ids are forgotten when the window has passed", "[store][catalog]") {
  TemporaryDir dir;
  Catalog catalog = open_catalog(dir);
  CatalogChange change;
  change.applied = {1, kNoon, {make_id(1)}};
  REQUIRE(catalog.commit(change));
  change.applied = {2, kNoon + kMinute, {make_id(2)}};
  change.forget_batches_before = kNoon + 1;
  REQUIRE(catalog.commit(change));
  const auto applied = catalog.applied_since(0);
  REQUIRE(applied->size() == 1);
  CHECK(applied->at(0).segment == 2);
  CHECK(catalog.state()->applied_segment == 2);
}

TEST_CASE("a resource has one id for ever; project and service belong to it", "[store][catalog]") {
  TemporaryDir dir;
  std::vector<std::uint32_t> first;
  const std::vector<NewResource> resources = {
      make_resource("default", "cart", "{}"), make_resource("other", "cart", "{}"),
      make_resource("default", std::nullopt, "{}"), make_resource("default", "", "{}"),
      make_resource("default", "cart", R"({"a":1})")};
  {
    Catalog catalog = open_catalog(dir);
    first = *catalog.intern_resources(resources);
    CHECK(std::set<std::uint32_t>(first.begin(), first.end()).size() == resources.size());
    CHECK(*catalog.intern_resources(resources) == first);
  }
  CHECK(*open_catalog(dir).intern_resources(resources) == first);
}

}  // namespace obs::store
