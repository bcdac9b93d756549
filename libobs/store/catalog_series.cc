#include "libobs/store/catalog_series.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "libobs/store/catalog.h"
#include "libobs/store/series_labels.h"

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
CREATE INDEX IF NOT EXISTS series_by_time ON series (project, first_seen, last_seen);
CREATE TABLE IF NOT EXISTS labels (
  id      INTEGER PRIMARY KEY,
  project TEXT    NOT NULL,
  name    TEXT    NOT NULL,           -- as Prometheus calls it
  value   TEXT    NOT NULL,
  UNIQUE (project, name, value)
) STRICT;
CREATE TABLE IF NOT EXISTS postings (
  label   INTEGER NOT NULL,
  series  INTEGER NOT NULL,
  PRIMARY KEY (label, series)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS posted (   -- one row
  version INTEGER NOT NULL,           -- of the way labels are made
  series  INTEGER NOT NULL            -- up to this one they have been made
) STRICT;
)sql";

std::string_view to_blob(const Hash128& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

// iif(?flag, ?value, NULL), since a bound parameter is never NULL. One that is known and was not
// listed is of a store whose last writer was another version of this, or of a commit that was made
// twice.
constexpr std::string_view kInsert =
    "INSERT INTO series (id, hash, project, service, resource_id, resource, scope, name, type, "
    "unit, description, temporality, is_monotonic, attributes, extra, first_seen, last_seen, "
    "listed) "
    "VALUES (?20, ?1, ?2, iif(?3, ?4, NULL), iif(?5, ?6, NULL), ?7, ?8, ?9, ?10, ?11, ?12, ?13, "
    "iif(?14, ?15, NULL), ?16, ?17, ?18, ?19, 1) ON CONFLICT (hash) DO UPDATE SET listed = 1, "
    "first_seen = min(first_seen, ?18), last_seen = max(last_seen, ?19)";

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
      .bind(19, added.last_seen)
      .bind(20, std::int64_t{added.id});
}

// Makes the postings of series, and writes them within one transaction. Most labels are those of
// many series, so ids of labels are remembered: to ask for them took half of the time. A label's
// postings lie together in the table, so they are written by label: to find the place of each took
// as long again.
class Poster {
 public:
  explicit Poster(Sqlite& database) : database_(database) {}

  Result<void> post(std::int64_t id, const Series& series) {
    const Labels labels = to_labels(series, kLabelStrategy);
    for (const auto& [name, value] : labels) {
      if (name != kNameLabel) OBS_TRY_VOID(post(id, series.project, name, value));
    }
    for (const std::string& name : names_of(series, labels)) {
      OBS_TRY_VOID(post(id, series.project, kNameLabel, name));
    }
    return posts_.size() < kMaxPosts ? Result<void>() : write();
  }

  // To be called at the end.
  Result<void> write() {
    std::sort(posts_.begin(), posts_.end());
    std::span<const Post> left(posts_);
    for (; left.size() >= kRowsAStatement; left = left.subspan(kRowsAStatement)) {
      static const std::string kSql = insert_of(kRowsAStatement);
      OBS_TRY(SqliteStatement * many, prepared(post_many_, kSql));
      OBS_TRY_VOID(insert(*many, left.first(kRowsAStatement)));
    }
    for (; !left.empty(); left = left.subspan(1)) {
      static const std::string kSql = insert_of(1);
      OBS_TRY(SqliteStatement * one, prepared(post_one_, kSql));
      OBS_TRY_VOID(insert(*one, left.first(1)));
    }
    posts_.clear();
    return {};
  }

 private:
  static constexpr std::size_t kMaxLabels = 100'000;
  static constexpr std::size_t kMaxPosts = 1'000'000;
  // To begin and end a statement takes as long as to insert a row.
  static constexpr std::size_t kRowsAStatement = 64;
  using Post = std::pair<std::int64_t, std::int64_t>;  // Label and series.

  static std::string insert_of(std::size_t rows) {
    std::string sql = "INSERT OR IGNORE INTO postings VALUES (?, ?)";
    for (std::size_t row = 1; row < rows; ++row) sql += ", (?, ?)";
    return sql;
  }

  static Result<void> insert(SqliteStatement& statement, std::span<const Post> posts) {
    int parameter = 0;
    for (const auto& [label, series] : posts) {
      statement.bind(++parameter, label);
      statement.bind(++parameter, series);
    }
    return statement.run();
  }

  Result<void> post(std::int64_t series, std::string_view project, std::string_view name,
                    std::string_view value) {
    OBS_TRY(const std::int64_t label, label_id(project, name, value));
    posts_.emplace_back(label, series);
    return {};
  }

  Result<std::int64_t> label_id(std::string_view project, std::string_view name,
                                std::string_view value) {
    const std::array<std::size_t, 2> sizes = {project.size(), name.size()};
    key_.assign(reinterpret_cast<const char*>(sizes.data()), sizeof(sizes));
    key_.append(project).append(name).append(value);
    const auto known = ids_.find(key_);
    if (known != ids_.end()) return known->second;
    OBS_TRY(SqliteStatement * add,
            prepared(add_,
                     "INSERT INTO labels (project, name, value) VALUES (?1, ?2, ?3) "
                     "ON CONFLICT DO NOTHING"));
    OBS_TRY_VOID(add->bind(1, project).bind(2, name).bind(3, value).run());
    OBS_TRY(SqliteStatement * find, prepared(find_,
                                             "SELECT id FROM labels WHERE project = ?1 "
                                             "AND name = ?2 AND value = ?3"));
    OBS_TRY(const bool there, find->bind(1, project).bind(2, name).bind(3, value).step());
    if (!there) return fail(Errc::kInternal, "the catalog gave a label no id");
    const std::int64_t id = find->integer(0);
    find->reset();
    if (ids_.size() >= kMaxLabels) ids_.clear();
    ids_.emplace(key_, id);
    return id;
  }

  Result<SqliteStatement*> prepared(std::optional<SqliteStatement>& statement,
                                    std::string_view sql) {
    if (!statement) {
      OBS_TRY(statement, database_.prepare(sql));
    }
    return &*statement;
  }

  Sqlite& database_;
  std::optional<SqliteStatement> add_, find_, post_one_, post_many_;
  std::unordered_map<std::string, std::int64_t> ids_;
  std::vector<Post> posts_;
  std::string key_;
};

}  // namespace

Result<void> create_series_tables(Sqlite& database) { return database.execute(kSchema); }

// A column that is NULL reads as an integer of 0 and an empty text, so its type is asked.
Series read_series(const SqliteStatement& row, int first) {
  Series series;
  series.project = row.text(first);
  if (!row.is_null(first + 1)) series.service = std::string(row.text(first + 1));
  if (!row.is_null(first + 2)) {
    series.resource_id = static_cast<std::uint32_t>(row.integer(first + 2));
  }
  series.resource = row.text(first + 3);
  series.scope = row.text(first + 4);
  series.name = row.text(first + 5);
  series.type = row.text(first + 6);
  series.unit = row.text(first + 7);
  series.description = row.text(first + 8);
  series.temporality = row.text(first + 9);
  if (!row.is_null(first + 10)) series.is_monotonic = row.integer(first + 10) != 0;
  series.attributes = row.text(first + 11);
  series.extra = row.text(first + 12);
  return series;
}

Result<std::vector<InternedSeries>> Catalog::intern_series(std::span<const NewSeries> series) {
  std::vector<InternedSeries> interned;
  OBS_TRY(SqliteStatement * find, statement("SELECT id, listed FROM series WHERE hash = ?1"));
  for (const NewSeries& one : series) {
    const auto known = find->bind_blob(1, to_blob(one.hash)).step();
    if (!known) return fail(Error(known.error()).during("look up series in catalog"));
    if (*known) {
      interned.push_back({static_cast<std::uint32_t>(find->integer(0)), find->integer(1) != 0});
      find->reset();
    } else {
      interned.push_back({static_cast<std::uint32_t>(++last_series_), false});
    }
  }
  return interned;
}

Result<void> Catalog::see_series(const SeenSeries& seen) {
  OBS_TRY(SqliteStatement * update, statement("UPDATE series SET first_seen = min(first_seen, ?2), "
                                              "last_seen = max(last_seen, ?3) WHERE id = ?1"));
  return update->bind(1, std::int64_t{seen.id})
      .bind(2, seen.first_seen)
      .bind(3, seen.last_seen)
      .run();
}

// Labels may have been made in another way. Ids of series are never given again, those of series
// that were forgotten included.
Result<void> Catalog::refresh_postings() {
  auto done = database_.transaction("BEGIN IMMEDIATE", [&]() -> Result<void> {
    OBS_TRY(SqliteStatement * state, statement("SELECT version, series FROM posted"));
    OBS_TRY(const bool there, state->step());
    const std::int64_t posted = there ? state->integer(1) : 0;
    const bool is_current = there && state->integer(0) == kLabelVersion;
    state->reset();
    OBS_TRY(const std::int64_t last,
            database_.query_integer("SELECT coalesce(max(id), 0) FROM series"));
    last_series_ = std::max(posted, last);
    if (is_current && posted >= last) return {};
    OBS_TRY_VOID(database_.execute("DELETE FROM postings; DELETE FROM labels; DELETE FROM posted"));
    OBS_TRY(SqliteStatement * begin, statement("INSERT INTO posted VALUES (?1, ?2)"));
    OBS_TRY_VOID(begin->bind(1, kLabelVersion).bind(2, last_series_).run());
    OBS_TRY(auto rows, database_.prepare("SELECT id, " + std::string(kSeriesColumnList) +
                                         " FROM series ORDER BY id"));
    Poster poster(database_);
    for (;;) {
      OBS_TRY(const bool more, rows.step());
      if (!more) return poster.write();
      OBS_TRY_VOID(poster.post(rows.integer(0), read_series(rows, 1)));
    }
  });
  if (!done) return fail(std::move(done).error().during("make labels in catalog"));
  return {};
}

Result<void> Catalog::list_series(std::span<const NewSeries> series) {
  if (series.empty()) return {};
  OBS_TRY(SqliteStatement * insert, statement(kInsert));
  Poster poster(database_);
  std::int64_t last = 0;
  for (const NewSeries& one : series) {
    bind_series(*insert, one);
    OBS_TRY_VOID(insert->run());
    OBS_TRY_VOID(poster.post(std::int64_t{one.id}, one.series));
    last = std::max(last, std::int64_t{one.id});
  }
  OBS_TRY_VOID(poster.write());
  OBS_TRY(SqliteStatement * done, statement("UPDATE posted SET series = max(series, ?1)"));
  return done->bind(1, last).run();
}

Result<std::size_t> Catalog::keep_series(std::span<const std::uint32_t> ids) {
  std::size_t forgotten = 0;
  auto done = database_.transaction("BEGIN IMMEDIATE", [&]() -> Result<void> {
    OBS_TRY(const auto gone, series_beyond(ids));
    OBS_TRY(SqliteStatement * remove, statement("DELETE FROM series WHERE id = ?1"));
    for (const std::int64_t id : gone) OBS_TRY_VOID(remove->bind(1, id).run());
    forgotten = gone.size();
    if (gone.empty()) return {};
    return database_.execute(
        "DELETE FROM postings WHERE series NOT IN (SELECT id FROM series);"
        "DELETE FROM labels WHERE id NOT IN (SELECT label FROM postings)");
  });
  if (!done) return fail(std::move(done).error().during("forget series in catalog"));
  return forgotten;
}

Result<std::vector<std::int64_t>> Catalog::series_beyond(std::span<const std::uint32_t> ids) {
  OBS_TRY(auto rows, database_.prepare("SELECT id FROM series"));
  std::vector<std::int64_t> beyond;
  for (;;) {
    OBS_TRY(const bool more, rows.step());
    if (!more) return beyond;
    const std::int64_t id = rows.integer(0);
    if (!std::binary_search(ids.begin(), ids.end(), id)) beyond.push_back(id);
  }
}

}  // namespace obs::store
