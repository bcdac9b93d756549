#include "libobs/store/catalog_series.h"

#include "libobs/store/catalog.h"

namespace obs::store {
namespace {

// As obs-store(5) documents it. An id stands in parts, so no row ever changes its meaning.
constexpr const char* kSchema = R"sql(
CREATE TABLE IF NOT EXISTS series (
  id           INTEGER PRIMARY KEY,   -- series_id in parts
  hash         BLOB    NOT NULL,      -- 16 bytes that tell it from others
  project      TEXT    NOT NULL,
  service      TEXT,
  resource_id  INTEGER,
  resource     TEXT    NOT NULL,      -- JSON as in the columns of the same name, to attributes
  scope        TEXT    NOT NULL,      -- '' where the column is NULL; so all below
  name         TEXT    NOT NULL,
  type         TEXT    NOT NULL,
  unit         TEXT    NOT NULL,
  description  TEXT    NOT NULL,
  temporality  TEXT    NOT NULL,
  is_monotonic INTEGER,
  attributes   TEXT    NOT NULL,
  extra        TEXT    NOT NULL,
  first_seen   INTEGER NOT NULL,      -- earliest and latest time of a point, within an hour
  last_seen    INTEGER NOT NULL,
  listed       INTEGER NOT NULL       -- 1: it is in a part of series
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS series_by_hash ON series (hash);
)sql";

std::string_view to_blob(const Hash128& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

// iif(?flag, ?value, NULL), since a bound parameter is never NULL.
constexpr std::string_view kInsert =
    "INSERT INTO series (hash, project, service, resource_id, resource, scope, name, type, unit, "
    "description, temporality, is_monotonic, attributes, extra, first_seen, last_seen, listed) "
    "VALUES (?1, ?2, iif(?3, ?4, NULL), iif(?5, ?6, NULL), ?7, ?8, ?9, ?10, ?11, ?12, ?13, "
    "iif(?14, ?15, NULL), ?16, ?17, ?18, ?19, 0) RETURNING id";

void bind_series(SqliteStatement& insert, const NewSeries& added) {
  const Series& series = added.series;
  insert.bind_blob(1, to_blob(added.hash))
      .bind(2, series.project)
      .bind(3, std::int64_t{series.service.has_value()})
      .bind(4, series.service.value_or(""))
      .bind(5, std::int64_t{series.resource_id.has_value()})
      .bind(6, std::int64_t{series.resource_id.value_or(0)})
      .bind(7, series.resource)
      .bind(8, series.scope)
      .bind(9, series.name)
      .bind(10, series.type)
      .bind(11, series.unit)
      .bind(12, series.description)
      .bind(13, series.temporality)
      .bind(14, std::int64_t{series.is_monotonic.has_value()})
      .bind(15, std::int64_t{series.is_monotonic.value_or(false)})
      .bind(16, series.attributes)
      .bind(17, series.extra)
      .bind(18, added.first_seen)
      .bind(19, added.last_seen);
}

}  // namespace

Result<void> create_series_tables(Sqlite& database) { return database.execute(kSchema); }

Result<std::vector<InternedSeries>> Catalog::intern_series(std::span<const NewSeries> series) {
  std::vector<InternedSeries> interned;
  auto done = database_.transaction("BEGIN IMMEDIATE", [&]() -> Result<void> {
    for (const NewSeries& one : series) {
      OBS_TRY(const InternedSeries known, intern_one(one));
      interned.push_back(known);
    }
    return {};
  });
  if (!done) return fail(std::move(done).error().during("intern series in catalog"));
  return interned;
}

Result<InternedSeries> Catalog::intern_one(const NewSeries& series) {
  OBS_TRY(SqliteStatement * find, statement("SELECT id, listed FROM series WHERE hash = ?1"));
  OBS_TRY(const bool known, find->bind_blob(1, to_blob(series.hash)).step());
  if (known) {
    const InternedSeries found{static_cast<std::uint32_t>(find->integer(0)), find->integer(1) != 0};
    find->reset();
    OBS_TRY_VOID(see_series({found.id, series.first_seen, series.last_seen}));
    return found;
  }
  OBS_TRY(SqliteStatement * insert, statement(kInsert));
  bind_series(*insert, series);
  OBS_TRY(const bool made, insert->step());
  if (!made) return fail(Errc::kInternal, "the catalog gave a series no id");
  const InternedSeries added{static_cast<std::uint32_t>(insert->integer(0)), false};
  insert->reset();
  return added;
}

Result<void> Catalog::see_series(const SeenSeries& seen) {
  OBS_TRY(SqliteStatement * update, statement("UPDATE series SET first_seen = min(first_seen, ?2), "
                                              "last_seen = max(last_seen, ?3) WHERE id = ?1"));
  return update->bind(1, std::int64_t{seen.id})
      .bind(2, seen.first_seen)
      .bind(3, seen.last_seen)
      .run();
}

Result<void> Catalog::list_series(std::span<const std::uint32_t> ids) {
  for (const std::uint32_t id : ids) {
    OBS_TRY(SqliteStatement * update, statement("UPDATE series SET listed = 1 WHERE id = ?1"));
    OBS_TRY_VOID(update->bind(1, std::int64_t{id}).run());
  }
  return {};
}

}  // namespace obs::store
