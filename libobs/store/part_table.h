// The live parts of a store: the catalog, the same in memory, and duckdb.sql, kept in step.
// Internal to libobs/store.

#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/fs.h"
#include "libobs/base/result.h"
#include "libobs/store/catalog.h"
#include "libobs/store/part.h"
#include "libobs/store/part_damage.h"

namespace obs::store {

// The writer's. Any thread.
class PartTable {
 public:
  // `dir` is absolute. Removes part files that no catalog knows: those of a flush or merge that did
  // not come to its end.
  static Result<std::unique_ptr<PartTable>> open(Fs& fs, std::string dir, Catalog catalog);

  std::vector<Part> parts() const;
  // Never given before, in this process or an earlier one that used it.
  std::int64_t next_id();

  // Commits to the catalog. What is removed there is not yet removed as a file: see remove_files().
  Result<void> commit(const CatalogChange& change);
  Result<std::vector<std::uint32_t>> intern_resources(std::span<const NewResource> resources);
  Result<std::vector<InternedSeries>> intern_series(std::span<const NewSeries> series);

  // Series that no point is of any more are dropped while flushes go on, which refer to series
  // before their parts are in the catalog. So a flush claims those it refers to until its commit;
  // false: series were dropped after `epoch`, and their ids are to be asked for again.
  std::uint64_t series_epoch() const;
  bool claim_series(std::vector<std::uint32_t> ids, std::uint64_t epoch);
  void release_series();
  // Begins to remember what is claimed, before a look at parts()…
  void watch_series();
  // …and drops all series but `live`, ascending, and those that were claimed since. These it
  // answers, and how many were dropped.
  struct DroppedSeries {
    std::size_t count = 0;
    std::vector<std::uint32_t> claimed;
  };
  Result<DroppedSeries> drop_series(std::vector<std::uint32_t> live);
  // Likewise of resources and services: what the flush under way refers to stays. A flush claims
  // the resources that its parts will name.
  std::uint64_t resource_epoch() const;
  bool claim_resources(const std::set<std::uint32_t>& ids, std::uint64_t epoch);
  void watch_origins();
  // Drops all but these, what was claimed or committed since watch_origins(), and what series name.
  // Answers how many.
  Result<std::size_t> drop_origins(std::set<std::uint32_t> resources,
                                   std::set<ServiceKey> services);
  // As Catalog::scrub().
  Result<void> scrub(bool compact);

  // Held by whoever replaces parts by others, from choosing them until the commit: a merge, a
  // delete. A flush, which only adds, does not need it.
  std::mutex& rewriting() { return rewriting_; }

  // See catalog_blobs.h; empty where a part has none of the kind.
  Result<std::string> blob(std::int64_t id, std::string_view kind);
  // Parts of a signal that have none.
  Result<std::vector<Part>> parts_without(model::Signal signal, std::string_view kind);
  // Takes a damaged part out of the catalog and moves its file below damaged/: from the next
  // snapshot on it is left out, and damage() tells of it.
  Result<void> set_aside(const Part& part, const PartDamage& damage, Timestamp now);
  // Tells no more of the parts that were set aside, and answers them. Their files are the caller's.
  Result<std::vector<SetAsidePart>> forget_set_aside();
  // Sentences about the parts that were set aside.
  std::vector<std::string> damage() const;

  // Unlinks parts that the catalog has given up; a reader that holds them has links of its own.
  void remove_files(std::span<const Part> parts);
  // The same of parts that others have replaced, after so long: who has read duckdb.sql before goes
  // on to open them by their names. 0, as it is at first: at once.
  void keep_replaced(Duration keep);
  void retire_files(std::span<const Part> parts);
  // Those whose time has come, or all of them.
  enum class Retired { kDue, kAll };
  void remove_retired(Retired which);

  // Why duckdb.sql is behind the catalog; empty when it is not.
  std::string sql_failure() const;

 private:
  PartTable(Fs& fs, std::string dir, Catalog catalog)
      : fs_(fs), dir_(std::move(dir)), catalog_(std::move(catalog)) {}
  Result<void> remove_orphans();
  void learn_damage();
  void write_sql();

  Fs& fs_;
  const std::string dir_;
  std::mutex rewriting_;
  mutable std::mutex mutex_;  // Guards all below.
  Catalog catalog_;
  std::vector<Part> parts_;
  std::int64_t next_id_ = 1;
  std::uint64_t series_epoch_ = 0;
  std::vector<std::uint32_t> claimed_;  // By the flush under way.
  std::vector<std::uint32_t> watched_;  // Claimed since watch_series(), while someone watches.
  bool watching_ = false;
  std::uint64_t resource_epoch_ = 0;
  std::set<std::uint32_t> claimed_resources_;  // By flushes, since the last commit of one.
  std::set<std::uint32_t> watched_resources_;  // Claimed since watch_origins(), and…
  std::set<ServiceKey> watched_services_;      // …committed since then, while someone watches.
  bool watching_origins_ = false;
  Duration keep_replaced_ = 0;
  std::vector<std::pair<Duration, Part>> retired_;  // Until when, by the monotonic clock.
  std::string sql_failure_;
  std::vector<std::string> damage_;
};

}  // namespace obs::store
