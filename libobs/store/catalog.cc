#include "libobs/store/catalog.h"

#include <cstring>

#include "libobs/base/hash.h"
#include "libobs/store/catalog_series.h"
#include "libobs/store/catalog_tables.h"
#include "libobs/store/store_files.h"

namespace obs::store {
namespace {

std::string_view to_blob(std::span<const model::BatchId> ids) {
  return {reinterpret_cast<const char*>(ids.data()), ids.size_bytes()};
}

std::vector<model::BatchId> from_blob(std::string_view bytes) {
  std::vector<model::BatchId> ids(bytes.size() / sizeof(model::BatchId));
  if (!ids.empty()) std::memcpy(ids.data(), bytes.data(), ids.size() * sizeof(model::BatchId));
  return ids;
}

std::int64_t index_hash(const ResourceKey& key) {
  const Hash128 hash = key.hash();
  std::int64_t half = 0;
  std::memcpy(&half, hash.data(), sizeof(half));
  return half;
}

}  // namespace

// No service hashes unlike any service: no text is 0xff.
Hash128 ResourceKey::hash() const {
  return hash128(attributes, hash64(service.value_or("\xff"), hash64(project)));
}

Result<Catalog> Catalog::open(const std::string& path, Timestamp now) {
  OBS_TRY(Sqlite database, Sqlite::open(path, Sqlite::Mode::kWrite));
  // A commit must survive a power cut: it is what allows the WAL to go.
  OBS_TRY_VOID(database.execute("PRAGMA synchronous = FULL"));
  // What is deleted is overwritten: it may be what somebody asked to be forgotten.
  OBS_TRY_VOID(database.execute("PRAGMA secure_delete = ON"));
  OBS_TRY(const std::int64_t version, database.query_integer("PRAGMA user_version"));
  if (version == 0) OBS_TRY_VOID(create_catalog(database, now));
  if (version > 0 && version < kStoreFormat) OBS_TRY_VOID(upgrade_catalog(database));
  OBS_TRY_VOID(create_series_tables(database));
  OBS_TRY_VOID(create_blob_tables(database));
  // Readers and the writer do not wait for each other. Says so again in case we died before it was
  // said the first time.
  OBS_TRY_VOID(database.execute("PRAGMA journal_mode = WAL"));
  Catalog catalog(std::move(database));
  // Labels may have been made in another way.
  OBS_TRY_VOID(catalog.refresh_postings());
  return catalog;
}

Result<SqliteStatement*> Catalog::statement(std::string_view sql) {
  auto found = statements_.find(sql);
  if (found == statements_.end()) {
    OBS_TRY(auto prepared, database_.prepare(sql));
    found = statements_.emplace(sql, std::move(prepared)).first;
  }
  return &found->second;
}

Result<std::int64_t> Catalog::next_part_id() {
  return database_.query_integer("SELECT next_part_id FROM store");
}

Result<std::vector<AppliedBatches>> Catalog::applied_since(Timestamp since) {
  OBS_TRY(SqliteStatement * rows,
          statement("SELECT segment, time, batch_ids FROM applied WHERE time >= ?1 "
                    "ORDER BY segment"));
  rows->bind(1, since);
  std::vector<AppliedBatches> all;
  for (;;) {
    OBS_TRY(const bool more, rows->step());
    if (!more) return all;
    all.push_back(
        {static_cast<std::uint64_t>(rows->integer(0)), rows->integer(1), from_blob(rows->text(2))});
  }
}

Result<void> Catalog::commit(const CatalogChange& change) {
  auto done = database_.transaction("BEGIN IMMEDIATE", [&] { return apply(change); });
  if (!done) return fail(std::move(done).error().during("commit to catalog"));
  return {};
}

// Rows that moved within the file have left copies in its gaps, which only a rewriting is sure to
// close. The log beside the file has pages as they were.
Result<void> Catalog::scrub(bool compact) {
  if (compact) {
    if (auto done = database_.execute("VACUUM"); !done) {
      return fail(std::move(done).error().during("rewrite catalog"));
    }
  }
  OBS_TRY(const std::int64_t busy, database_.query_integer("PRAGMA wal_checkpoint(TRUNCATE)"));
  if (busy == 0) return {};
  return fail(Errc::kUnavailable,
              "what was deleted is still in catalog.sqlite-wal, since a reader uses it; try again");
}

Result<void> Catalog::apply(const CatalogChange& change) {
  for (const Part& part : change.added) OBS_TRY_VOID(add_part(part));
  for (const std::int64_t id : change.removed) OBS_TRY_VOID(remove_part(id));
  for (const auto& [part, blob] : change.blobs) OBS_TRY_VOID(replace_blob(database_, part, blob));
  for (const SetAsidePart& aside : change.set_aside) {
    OBS_TRY_VOID(remove_part(aside.part.id));
    OBS_TRY_VOID(add_set_aside(database_, aside));
  }
  if (change.applied) OBS_TRY_VOID(add_applied(*change.applied));
  for (const SeenService& seen : change.services) OBS_TRY_VOID(see_service(seen));
  for (const SeenResource& seen : change.resources) OBS_TRY_VOID(see_resource(seen));
  for (const SeenSeries& seen : change.series) OBS_TRY_VOID(see_series(seen));
  if (change.listed != nullptr) OBS_TRY_VOID(list_series(*change.listed));
  if (change.next_seq != 0) {
    OBS_TRY(SqliteStatement * update, statement("UPDATE store SET next_seq = ?1"));
    OBS_TRY_VOID(update->bind(1, static_cast<std::int64_t>(change.next_seq)).run());
  }
  OBS_TRY(SqliteStatement * forget, statement("DELETE FROM applied WHERE time < ?1"));
  return forget->bind(1, change.forget_batches_before).run();
}

Result<void> Catalog::add_part(const Part& part) {
  OBS_TRY(SqliteStatement * insert,
          statement("INSERT INTO parts (id, signal, partition, path, rows, bytes, min_time, "
                    "max_time, min_seq, max_seq, level, final, group_rows, schema, hash, hot) "
                    "VALUES "
                    "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"));
  insert->bind(1, part.id)
      .bind(2, model::to_string(part.signal))
      .bind(3, part.partition)
      .bind(4, part.path)
      .bind(5, static_cast<std::int64_t>(part.rows))
      .bind(6, static_cast<std::int64_t>(part.bytes))
      .bind(7, part.min_time)
      .bind(8, part.max_time)
      .bind(9, static_cast<std::int64_t>(part.min_seq))
      .bind(10, static_cast<std::int64_t>(part.max_seq))
      .bind(11, std::int64_t{part.level})
      .bind(12, std::int64_t{part.final})
      .bind(13, std::int64_t{part.group_rows})
      .bind(14, std::int64_t{part.schema})
      .bind(15, static_cast<std::int64_t>(part.hash))
      .bind(16, to_json(part.hot));
  OBS_TRY_VOID(insert->run());
  OBS_TRY_VOID(add_blobs(database_, part.id, part.blobs));
  OBS_TRY(SqliteStatement * update,
          statement("UPDATE store SET next_part_id = max(next_part_id, ?1 + 1)"));
  return update->bind(1, part.id).run();
}

Result<void> Catalog::remove_part(std::int64_t id) {
  OBS_TRY_VOID(remove_blobs(database_, id));
  OBS_TRY(SqliteStatement * remove, statement("DELETE FROM parts WHERE id = ?1"));
  return remove->bind(1, id).run();
}

Result<void> Catalog::add_applied(const AppliedBatches& applied) {
  const auto segment = static_cast<std::int64_t>(applied.segment);
  OBS_TRY(SqliteStatement * insert,
          statement("INSERT OR REPLACE INTO applied VALUES (?1, ?2, ?3)"));
  OBS_TRY_VOID(
      insert->bind(1, segment).bind(2, applied.time).bind_blob(3, to_blob(applied.ids)).run());
  OBS_TRY(SqliteStatement * update, statement("UPDATE store SET applied_segment = ?1"));
  return update->bind(1, segment).run();
}

Result<void> Catalog::see_service(const SeenService& seen) {
  OBS_TRY(SqliteStatement * upsert,
          statement("INSERT INTO services VALUES (?1, ?2, ?3, ?4, ?5) "
                    "ON CONFLICT DO UPDATE SET first_seen = min(first_seen, ?4), "
                    "last_seen = max(last_seen, ?5)"));
  return upsert->bind(1, model::to_string(seen.signal))
      .bind(2, seen.project)
      .bind(3, seen.service)
      .bind(4, seen.first_seen)
      .bind(5, seen.last_seen)
      .run();
}

Result<void> Catalog::see_resource(const SeenResource& seen) {
  OBS_TRY(SqliteStatement * update,
          statement("UPDATE resources SET first_seen = min(first_seen, ?2), "
                    "last_seen = max(last_seen, ?3) WHERE id = ?1"));
  return update->bind(1, std::int64_t{seen.id})
      .bind(2, seen.first_seen)
      .bind(3, seen.last_seen)
      .run();
}

Result<std::vector<std::uint32_t>> Catalog::intern_resources(
    std::span<const NewResource> resources) {
  std::vector<std::uint32_t> ids;
  if (resources.empty()) return ids;
  auto done = database_.transaction("BEGIN IMMEDIATE", [&]() -> Result<void> {
    for (const NewResource& resource : resources) {
      OBS_TRY(const std::uint32_t id, intern_resource(resource));
      ids.push_back(id);
    }
    return {};
  });
  if (!done) return fail(std::move(done).error().during("intern resources in catalog"));
  return ids;
}

Result<std::uint32_t> Catalog::intern_resource(const NewResource& resource) {
  const ResourceKey& key = resource.key;
  const std::int64_t hash = index_hash(key);
  OBS_TRY(SqliteStatement * find,
          statement("SELECT id FROM resources WHERE hash = ?1 AND project = ?2 AND "
                    "service IS iif(?3, ?4, NULL) AND attributes = ?5"));
  find->bind(1, hash)
      .bind(2, key.project)
      .bind(3, std::int64_t{key.service.has_value()})
      .bind(4, key.service.value_or(""))
      .bind(5, key.attributes);
  OBS_TRY(const bool known, find->step());
  if (known) {
    const auto id = static_cast<std::uint32_t>(find->integer(0));
    find->reset();
    return id;
  }
  OBS_TRY(SqliteStatement * insert,
          statement("INSERT INTO resources (hash, project, service, attributes, first_seen, "
                    "last_seen) VALUES (?1, ?2, iif(?3, ?4, NULL), ?5, ?6, ?7) RETURNING id"));
  insert->bind(1, hash)
      .bind(2, key.project)
      .bind(3, std::int64_t{key.service.has_value()})
      .bind(4, key.service.value_or(""))
      .bind(5, key.attributes)
      .bind(6, resource.first_seen)
      .bind(7, resource.last_seen);
  OBS_TRY(const bool made, insert->step());
  if (!made) return fail(Errc::kInternal, "the catalog gave a resource no id");
  const auto id = static_cast<std::uint32_t>(insert->integer(0));
  insert->reset();
  return id;
}

}  // namespace obs::store
