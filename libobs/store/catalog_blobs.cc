#include "libobs/store/catalog_blobs.h"

#include <fmt/format.h>

#include "libobs/store/part_damage.h"

namespace obs::store {
namespace {

constexpr const char* kSchema = R"sql(
CREATE TABLE IF NOT EXISTS part_blobs (
  part  INTEGER NOT NULL,             -- parts.id
  kind  TEXT    NOT NULL,             -- hashes, keys, cube, span_metrics, edges
  bytes BLOB    NOT NULL,
  PRIMARY KEY (part, kind)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS set_aside (
  part     INTEGER PRIMARY KEY,       -- the id it had in parts
  signal   TEXT    NOT NULL,
  path     TEXT    NOT NULL,          -- as in parts; the file is below damaged/
  rows     INTEGER NOT NULL,
  min_time INTEGER NOT NULL,
  max_time INTEGER NOT NULL,
  offset   INTEGER NOT NULL,          -- where the damage begins
  reason   TEXT    NOT NULL,
  found    INTEGER NOT NULL           -- when
) STRICT;
)sql";

Result<bool> has_table(Sqlite& database, std::string_view name) {
  OBS_TRY(auto rows, database.prepare(
                         "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?1"));
  OBS_TRY([[maybe_unused]] const bool row, rows.bind(1, name).step());
  return rows.integer(0) != 0;
}

}  // namespace

Result<void> create_blob_tables(Sqlite& database) { return database.execute(kSchema); }

Result<void> add_blobs(Sqlite& database, std::int64_t part, std::span<const PartBlob> blobs) {
  if (blobs.empty()) return {};
  OBS_TRY(auto insert, database.prepare("INSERT INTO part_blobs VALUES (?1, ?2, ?3)"));
  for (const PartBlob& blob : blobs) {
    OBS_TRY_VOID(insert.bind(1, part).bind(2, blob.kind).bind_blob(3, blob.bytes).run());
  }
  return {};
}

Result<void> replace_blob(Sqlite& database, std::int64_t part, const PartBlob& blob) {
  OBS_TRY(auto replace, database.prepare("INSERT OR REPLACE INTO part_blobs "
                                         "SELECT id, ?2, ?3 FROM parts WHERE id = ?1"));
  return replace.bind(1, part).bind(2, blob.kind).bind_blob(3, blob.bytes).run();
}

Result<void> remove_blobs(Sqlite& database, std::int64_t part) {
  OBS_TRY(auto remove, database.prepare("DELETE FROM part_blobs WHERE part = ?1"));
  return remove.bind(1, part).run();
}

Result<std::string> read_blob(Sqlite& database, std::int64_t part, std::string_view kind) {
  OBS_TRY(const bool there, has_table(database, "part_blobs"));
  if (!there) return std::string();
  OBS_TRY(auto rows,
          database.prepare("SELECT bytes FROM part_blobs WHERE part = ?1 AND kind = ?2"));
  OBS_TRY(const bool row, rows.bind(1, part).bind(2, kind).step());
  return row ? std::string(rows.text(0)) : std::string();
}

Result<std::set<std::int64_t>> read_parts_with(Sqlite& database, std::string_view kind) {
  std::set<std::int64_t> parts;
  OBS_TRY(auto rows, database.prepare("SELECT part FROM part_blobs WHERE kind = ?1"));
  rows.bind(1, kind);
  for (;;) {
    OBS_TRY(const bool more, rows.step());
    if (!more) return parts;
    parts.insert(rows.integer(0));
  }
}

Result<std::vector<std::pair<std::int64_t, std::string>>> read_blobs(Sqlite& database,
                                                                     std::string_view kind) {
  std::vector<std::pair<std::int64_t, std::string>> blobs;
  OBS_TRY(const bool there, has_table(database, "part_blobs"));
  if (!there) return blobs;
  OBS_TRY(auto rows,
          database.prepare("SELECT part, bytes FROM part_blobs WHERE kind = ?1 ORDER BY part"));
  rows.bind(1, kind);
  for (;;) {
    OBS_TRY(const bool more, rows.step());
    if (!more) return blobs;
    blobs.emplace_back(rows.integer(0), std::string(rows.text(1)));
  }
}

Result<void> add_set_aside(Sqlite& database, const SetAsidePart& aside) {
  const Part& part = aside.part;
  OBS_TRY(auto insert, database.prepare("INSERT OR REPLACE INTO set_aside VALUES "
                                        "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"));
  return insert.bind(1, part.id)
      .bind(2, model::to_string(part.signal))
      .bind(3, part.path)
      .bind(4, static_cast<std::int64_t>(part.rows))
      .bind(5, part.min_time)
      .bind(6, part.max_time)
      .bind(7, static_cast<std::int64_t>(aside.offset))
      .bind(8, aside.reason)
      .bind(9, aside.found)
      .run();
}

Result<void> remove_set_aside(Sqlite& database) {
  return database.execute("DELETE FROM set_aside");
}

std::string SetAsidePart::sentence() const {
  return fmt::format("{}; its {} records are left out, the file is in {}/",
                     PartDamage{part.path, offset, reason}.sentence(), part.rows, kSetAsideDir);
}

Result<std::vector<SetAsidePart>> read_set_aside(Sqlite& database) {
  std::vector<SetAsidePart> all;
  OBS_TRY(const bool there, has_table(database, "set_aside"));
  if (!there) return all;
  OBS_TRY(auto rows,
          database.prepare("SELECT part, path, rows, min_time, max_time, offset, reason, "
                           "found FROM set_aside ORDER BY found, part"));
  for (;;) {
    OBS_TRY(const bool more, rows.step());
    if (!more) return all;
    SetAsidePart& aside = all.emplace_back();
    aside.part.id = rows.integer(0);
    aside.part.path = rows.text(1);
    aside.part.rows = static_cast<std::uint64_t>(rows.integer(2));
    aside.part.min_time = rows.integer(3);
    aside.part.max_time = rows.integer(4);
    aside.offset = static_cast<std::uint64_t>(rows.integer(5));
    aside.reason = rows.text(6);
    aside.found = rows.integer(7);
  }
}

}  // namespace obs::store
