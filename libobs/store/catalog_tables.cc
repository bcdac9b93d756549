#include "libobs/store/catalog_tables.h"

#include <array>

#include <fmt/format.h>

#include "libobs/base/hash.h"
#include "libobs/base/text.h"
#include "libobs/store/store_files.h"

namespace obs::store {
namespace {

// The tables, as obs-store(5) documents them. Times are nanoseconds since the epoch.
constexpr const char* kSchema = R"sql(
CREATE TABLE store (
  store_id        TEXT    NOT NULL,   -- random, made with the store
  created         INTEGER NOT NULL,
  next_seq        INTEGER NOT NULL,   -- of the next record, as of the last flush
  applied_segment INTEGER NOT NULL,   -- WAL segments up to this one are in parts
  next_part_id    INTEGER NOT NULL
) STRICT;
CREATE TABLE parts (
  id        INTEGER PRIMARY KEY,
  signal    TEXT    NOT NULL,         -- logs, spans, metrics
  partition TEXT    NOT NULL,         -- a UTC day, or 'spread'
  path      TEXT    NOT NULL UNIQUE,  -- relative to the store
  rows      INTEGER NOT NULL,
  bytes     INTEGER NOT NULL,
  min_time  INTEGER NOT NULL,
  max_time  INTEGER NOT NULL,
  min_seq   INTEGER NOT NULL,
  max_seq   INTEGER NOT NULL,
  level     INTEGER NOT NULL,         -- how often its rows were rewritten
  final     INTEGER NOT NULL,         -- 1: large enough, merges leave it alone
  group_rows INTEGER NOT NULL,        -- rows of a row group; block = row number / this
  schema    INTEGER NOT NULL,         -- version of its columns
  hash      INTEGER NOT NULL DEFAULT 0, -- XXH3-64 of the file, 0: not known
  hot       TEXT    NOT NULL DEFAULT '{}'  -- attributes that have columns, with their types
) STRICT;
CREATE TABLE applied (
  segment   INTEGER PRIMARY KEY,      -- the last WAL segment of a flush
  time      INTEGER NOT NULL,         -- when
  batch_ids BLOB    NOT NULL          -- 16 bytes each
) STRICT;
CREATE TABLE resources (
  id         INTEGER PRIMARY KEY,     -- resource_id in parts
  hash       INTEGER NOT NULL,
  project    TEXT    NOT NULL,
  service    TEXT,
  attributes TEXT    NOT NULL,        -- as in column resource
  first_seen INTEGER NOT NULL,
  last_seen  INTEGER NOT NULL
) STRICT;
CREATE INDEX resources_by_hash ON resources (hash);
CREATE TABLE services (
  signal     TEXT    NOT NULL,
  project    TEXT    NOT NULL,
  service    TEXT    NOT NULL,
  first_seen INTEGER NOT NULL,        -- earliest and latest time of a record
  last_seen  INTEGER NOT NULL,
  PRIMARY KEY (signal, project, service)
) STRICT, WITHOUT ROWID;
)sql";

// Columns that came after format 1.
struct AddedColumn {
  std::string_view table;
  std::string_view column;
  const char* sql;
};
constexpr AddedColumn kAddedColumns[] = {
    {"parts", "hash", "ALTER TABLE parts ADD COLUMN hash INTEGER NOT NULL DEFAULT 0"},
    {"parts", "hot", "ALTER TABLE parts ADD COLUMN hot TEXT NOT NULL DEFAULT '{}'"},
};

std::string make_store_id() {
  std::array<std::byte, 16> random{};
  fill_random(random);
  std::string id;
  append_hex(id, random);
  return id;
}

}  // namespace

// A new file begins with a rollback journal, so its own header, and not a journal beside it, comes
// to carry the marks by which anyone knows a store.
Result<void> create_catalog(Sqlite& database, Timestamp now) {
  return database.transaction("BEGIN IMMEDIATE", [&]() -> Result<void> {
    OBS_TRY_VOID(database.execute(kSchema));
    OBS_TRY(auto insert, database.prepare("INSERT INTO store VALUES (?1, ?2, 1, 0, 1)"));
    OBS_TRY_VOID(insert.bind(1, make_store_id()).bind(2, now).run());
    const std::string marks = fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}",
                                          kCatalogApplicationId, kStoreFormat);
    return database.execute(marks.c_str());
  });
}

Result<bool> has_column(Sqlite& database, std::string_view table, std::string_view column) {
  OBS_TRY(auto rows,
          database.prepare("SELECT count(*) FROM pragma_table_info(?1) WHERE name = ?2"));
  OBS_TRY([[maybe_unused]] const bool row, rows.bind(1, table).bind(2, column).step());
  return rows.integer(0) != 0;
}

Result<void> upgrade_catalog(Sqlite& database) {
  return database.transaction("BEGIN IMMEDIATE", [&]() -> Result<void> {
    for (const AddedColumn& added : kAddedColumns) {
      OBS_TRY(const bool there, has_column(database, added.table, added.column));
      if (!there) OBS_TRY_VOID(database.execute(added.sql));
    }
    return database.execute(fmt::format("PRAGMA user_version = {}", kStoreFormat).c_str());
  });
}

}  // namespace obs::store
