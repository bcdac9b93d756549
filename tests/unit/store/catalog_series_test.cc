// Series in the catalog: ids, and the labels by which they are found.

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "libobs/base/clock.h"
#include "libobs/store/catalog.h"
#include "libobs/store/store_files.h"
#include "tests/unit/base/temporary_dir.h"

namespace obs::store {
namespace {

constexpr Timestamp kNoon = 1'795'348'800'000'000'000;

Catalog open_catalog(const TemporaryDir& dir) {
  auto catalog = Catalog::open(dir / "catalog.sqlite", kNoon);
  REQUIRE(catalog);
  return std::move(*catalog);
}

Sqlite read_only(const TemporaryDir& dir) {
  auto database = Sqlite::open(dir / "catalog.sqlite", Sqlite::Mode::kRead);
  REQUIRE(database);
  return std::move(*database);
}

NewSeries make_series(const std::string& name, Timestamp seen = kNoon) {
  NewSeries made;
  made.hash = hash128(name);
  made.series.project = "default";
  made.series.resource = "{}";
  made.series.name = name;
  made.series.type = "gauge";
  made.series.attributes = R"({"method":"GET"})";
  made.first_seen = made.last_seen = seen;
  return made;
}

// Gives them ids, and commits them.
std::vector<NewSeries> list(Catalog& catalog, std::vector<NewSeries> series) {
  const auto interned = catalog.intern_series(series);
  REQUIRE(interned);
  for (std::size_t i = 0; i < series.size(); ++i) series[i].id = interned->at(i).id;
  CatalogChange change;
  change.listed = std::make_shared<const std::vector<NewSeries>>(series);
  REQUIRE(catalog.commit(change));
  return series;
}

std::int64_t count(const TemporaryDir& dir, const std::string& sql) {
  return read_only(dir).query_integer("SELECT count(*) FROM " + sql).value();
}

TEST_CASE("a series is known once it is committed, and not before", "[store][catalog][series]") {
  TemporaryDir dir;
  Catalog catalog = open_catalog(dir);
  const std::vector<NewSeries> series = {make_series("a"), make_series("b")};
  const auto first = catalog.intern_series(series);
  REQUIRE(first);
  CHECK(first->at(0).id != first->at(1).id);
  CHECK_FALSE(first->at(0).listed);
  CHECK(count(dir, "series") == 0);
  CHECK(catalog.intern_series(series)->at(0).id != first->at(0).id);

  const auto listed = list(catalog, series);
  CHECK(count(dir, "series WHERE listed = 1") == 2);
  const auto again = catalog.intern_series(series);
  CHECK(again->at(1).id == listed[1].id);
  CHECK(again->at(1).listed);
}

TEST_CASE("a commit of series that is made twice adds them once", "[store][catalog][series]") {
  TemporaryDir dir;
  Catalog catalog = open_catalog(dir);
  const auto listed = list(catalog, {make_series("a")});
  CatalogChange change;
  NewSeries later = listed[0];
  later.last_seen = kNoon + kHour;
  change.listed = std::make_shared<const std::vector<NewSeries>>(std::vector{later});
  REQUIRE(catalog.commit(change));
  CHECK(count(dir, "series") == 1);
  CHECK(read_only(dir).query_integer("SELECT last_seen FROM series").value() == kNoon + kHour);
  CHECK(count(dir, "postings WHERE series = " + std::to_string(listed[0].id)) == 2);
}

TEST_CASE("an id of a series is given once, whatever was forgotten or closed",
          "[store][catalog][series]") {
  TemporaryDir dir;
  std::uint32_t last = 0;
  {
    Catalog catalog = open_catalog(dir);
    last = list(catalog, {make_series("a"), make_series("b")})[1].id;
    REQUIRE(*catalog.keep_series({}) == 2);
  }
  Catalog catalog = open_catalog(dir);
  CHECK(list(catalog, {make_series("b")})[0].id > last);
}

TEST_CASE("labels of more series than one statement takes all have their postings",
          "[store][catalog][series]") {
  constexpr std::int64_t kSeries = 333;
  TemporaryDir dir;
  Catalog catalog = open_catalog(dir);
  std::vector<NewSeries> series;
  for (int i = 0; i < kSeries; ++i) series.push_back(make_series("metric" + std::to_string(i)));
  list(catalog, series);
  // A name of its own, and one method that all have.
  CHECK(count(dir, "labels WHERE name = '__name__'") == kSeries);
  CHECK(count(dir, "labels WHERE name = 'method'") == 1);
  CHECK(count(dir, "postings") == 2 * kSeries);
  CHECK(count(dir, "postings JOIN labels ON id = label WHERE name = 'method' AND value = 'GET'") ==
        kSeries);
}

TEST_CASE("a catalog whose labels are not up to date makes them when it is opened",
          "[store][catalog][series]") {
  TemporaryDir dir;
  {
    Catalog catalog = open_catalog(dir);
    list(catalog, {make_series("a"), make_series("b")});
  }
  {
    auto database = Sqlite::open(dir / "catalog.sqlite", Sqlite::Mode::kWrite);
    REQUIRE(database->execute("UPDATE posted SET version = version - 1; DELETE FROM postings"));
  }
  Catalog catalog = open_catalog(dir);
  CHECK(count(dir, "postings") == 4);
}

}  // namespace
}  // namespace obs::store
