// The catalog: what the writer knows of its store, in catalog.sqlite. Every change of the store's
// contents is one transaction here: parts that come and go, the WAL segments whose records they
// hold, and the batch ids not to be stored again.
//
// Internal to libobs/store. One thread at a time.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/hash.h"
#include "libobs/base/result.h"
#include "libobs/model/ids.h"
#include "libobs/store/catalog_blobs.h"
#include "libobs/store/part.h"
#include "libobs/store/series.h"
#include "libobs/store/sqlite.h"

namespace obs::store {

// A service as one signal knows it.
struct SeenService {
  model::Signal signal = model::Signal::kLogs;
  std::string project;
  std::string service;
  Timestamp first_seen = 0;
  Timestamp last_seen = 0;
};

// Signal, project and name of a service.
using ServiceKey = std::tuple<model::Signal, std::string, std::string>;

// What tells one resource from another: its columns in a part.
struct ResourceKey {
  std::string project;
  std::optional<std::string> service;
  std::string attributes;

  Hash128 hash() const;
  friend bool operator==(const ResourceKey&, const ResourceKey&) = default;
};

// Earliest and latest time of a record of it.
struct SeenResource {
  std::uint32_t id = 0;
  Timestamp first_seen = 0;
  Timestamp last_seen = 0;
};

// A resource to be given an id, and when it was seen.
struct NewResource {
  ResourceKey key;
  Timestamp first_seen = 0;
  Timestamp last_seen = 0;
};

// WAL segments up to `segment` are in parts now. Their batches came in at `time` or before.
struct AppliedBatches {
  std::uint64_t segment = 0;
  Timestamp time = 0;
  std::vector<model::BatchId> ids;
};

struct CatalogChange {
  std::vector<Part> added;
  std::vector<std::int64_t> removed;
  std::vector<SetAsidePart> set_aside;  // Removed, for they are damaged.
  // Given to parts that are there already, instead of what they have of the kind.
  std::vector<std::pair<std::int64_t, PartBlob>> blobs;
  std::optional<AppliedBatches> applied;
  std::uint64_t next_seq = 0;  // 0: as it is.
  std::vector<SeenService> services;
  std::vector<SeenResource> resources;
  std::vector<SeenSeries> series;
  SeriesList listed;  // Are in a part of series now, and known from then on; nullptr: none.
  Timestamp forget_batches_before = 0;  // Applied earlier than this: their ids go.
};

struct CatalogState {
  std::string store_id;
  std::uint64_t next_seq = 1;
  std::uint64_t applied_segment = 0;
  std::vector<Part> parts;  // By id.
};

// The state in one snapshot; for writer and readers.
Result<CatalogState> read_catalog(Sqlite& database);

class Catalog {
 public:
  // Makes the catalog if the file is missing or empty.
  static Result<Catalog> open(const std::string& path, Timestamp now);

  Result<CatalogState> state() { return read_catalog(database_); }
  // See catalog_blobs.h.
  Result<std::string> blob(std::int64_t part, std::string_view kind) {
    return read_blob(database_, part, kind);
  }
  Result<std::set<std::int64_t>> parts_with(std::string_view kind) {
    return read_parts_with(database_, kind);
  }
  Result<std::vector<SetAsidePart>> set_aside() { return read_set_aside(database_); }
  Result<void> forget_set_aside() { return remove_set_aside(database_); }
  // Greater than any id that a part has or had.
  Result<std::int64_t> next_part_id();
  // What was applied at `since` or later, oldest first.
  Result<std::vector<AppliedBatches>> applied_since(Timestamp since);

  // All of it or, on failure, nothing.
  Result<void> commit(const CatalogChange& change);

  // The ids of resources, in their order; given to those that have none yet.
  Result<std::vector<std::uint32_t>> intern_resources(std::span<const NewResource> resources);
  // Likewise of series. Those that had none are not known before they are committed as `listed`;
  // until then another call gives them other ids.
  Result<std::vector<InternedSeries>> intern_series(std::span<const NewSeries> series);
  // Forgets all series but these, whose ids ascend, and labels that no series has. Answers how many
  // it forgot. Their ids are given to no other series.
  Result<std::size_t> keep_series(std::span<const std::uint32_t> ids);
  // Forgets all resources but these, whose ids ascend, and those of series; and of services all
  // that are not among `services`, by signal, project and name. Answers how many of both it forgot.
  Result<std::size_t> keep_origins(std::span<const std::uint32_t> resources,
                                   const std::set<ServiceKey>& services);
  // Nothing that was deleted is left in the catalog's files after this: `compact` also rewrites the
  // file. kUnavailable: a reader is in the way.
  Result<void> scrub(bool compact);

 private:
  explicit Catalog(Sqlite database) : database_(std::move(database)) {}
  // Prepared once; ready to be bound.
  Result<SqliteStatement*> statement(std::string_view sql);

  Result<void> apply(const CatalogChange& change);
  Result<void> add_part(const Part& part);
  Result<void> remove_part(std::int64_t id);
  Result<void> add_applied(const AppliedBatches& applied);
  Result<void> see_service(const SeenService& seen);
  Result<void> see_resource(const SeenResource& seen);
  Result<std::uint32_t> intern_resource(const NewResource& resource);
  Result<void> see_series(const SeenSeries& seen);
  Result<void> list_series(std::span<const NewSeries> series);
  Result<void> refresh_postings();
  Result<std::vector<std::int64_t>> series_beyond(std::span<const std::uint32_t> ids);
  Result<std::size_t> keep_resources(std::span<const std::uint32_t> ids);
  Result<std::size_t> keep_services(const std::set<ServiceKey>& services);

  Sqlite database_;
  std::int64_t last_series_ = 0;  // The greatest id that was given.
  std::map<std::string_view, SqliteStatement>
      statements_;  // After database_, so that they go first.
};

// "logs", "spans", "metrics" as they stand in the catalog.
std::optional<model::Signal> parse_signal(std::string_view name);

}  // namespace obs::store
