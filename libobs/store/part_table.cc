#include "libobs/store/part_table.h"

#include <algorithm>
#include <set>
#include <utility>

#include "libobs/store/duckdb_sql.h"
#include "libobs/store/part_index.h"
#include "libobs/store/row_schema.h"
#include "libobs/store/store_files.h"

namespace obs::store {

Result<std::unique_ptr<PartTable>> PartTable::open(Fs& fs, std::string dir, Catalog catalog) {
  std::unique_ptr<PartTable> table(new PartTable(fs, std::move(dir), std::move(catalog)));
  OBS_TRY(CatalogState state, table->catalog_.state());
  table->parts_ = std::move(state.parts);
  OBS_TRY(table->next_id_, table->catalog_.next_part_id());
  table->learn_damage();
  OBS_TRY_VOID(table->remove_orphans());
  table->write_sql();
  return table;
}

Result<void> PartTable::remove_orphans() {
  std::set<std::string> known;
  for (const Part& part : parts_) {
    known.insert(part.path);
    known.insert(index_path(part.path));
  }
  for (const model::Signal signal : model::kSignals) {
    const std::string signal_dir(directory_of(signal));
    if (!fs_.exists(join_path(dir_, signal_dir))) continue;
    OBS_TRY(const auto partitions, fs_.list(join_path(dir_, signal_dir)));
    for (const DirEntry& partition : partitions) {
      if (!partition.is_directory) continue;
      const std::string partition_dir = join_path(signal_dir, partition.name);
      OBS_TRY(const auto files, fs_.list(join_path(dir_, partition_dir)));
      for (const DirEntry& file : files) {
        const std::string path = join_path(partition_dir, file.name);
        if (known.count(path) == 0) OBS_TRY_VOID(fs_.remove(join_path(dir_, path)));
      }
    }
  }
  return {};
}

std::vector<Part> PartTable::parts() const {
  const std::lock_guard lock(mutex_);
  return parts_;
}

std::int64_t PartTable::next_id() {
  const std::lock_guard lock(mutex_);
  return next_id_++;
}

Result<void> PartTable::commit(const CatalogChange& change) {
  const std::lock_guard lock(mutex_);
  OBS_TRY_VOID(catalog_.commit(change));
  const auto is_removed = [&](const Part& part) {
    const auto is_it = [&](const SetAsidePart& aside) { return aside.part.id == part.id; };
    return std::find(change.removed.begin(), change.removed.end(), part.id) !=
               change.removed.end() ||
           std::any_of(change.set_aside.begin(), change.set_aside.end(), is_it);
  };
  parts_.erase(std::remove_if(parts_.begin(), parts_.end(), is_removed), parts_.end());
  parts_.insert(parts_.end(), change.added.begin(), change.added.end());
  for (Part& part : parts_) part.blobs.clear();
  if (change.applied) {
    claimed_.clear();
    claimed_resources_.clear();
  }
  if (watching_origins_) {
    for (const SeenService& seen : change.services) {
      watched_services_.emplace(seen.signal, seen.project, seen.service);
    }
  }
  if (!change.set_aside.empty()) learn_damage();
  write_sql();
  return {};
}

Result<std::vector<std::uint32_t>> PartTable::intern_resources(
    std::span<const NewResource> resources) {
  const std::lock_guard lock(mutex_);
  return catalog_.intern_resources(resources);
}

Result<std::vector<InternedSeries>> PartTable::intern_series(std::span<const NewSeries> series) {
  const std::lock_guard lock(mutex_);
  return catalog_.intern_series(series);
}

std::uint64_t PartTable::series_epoch() const {
  const std::lock_guard lock(mutex_);
  return series_epoch_;
}

bool PartTable::claim_series(std::vector<std::uint32_t> ids, std::uint64_t epoch) {
  const std::lock_guard lock(mutex_);
  if (epoch != series_epoch_) return false;
  if (watching_) watched_.insert(watched_.end(), ids.begin(), ids.end());
  claimed_ = std::move(ids);
  return true;
}

void PartTable::release_series() {
  const std::lock_guard lock(mutex_);
  claimed_.clear();
}

void PartTable::watch_series() {
  const std::lock_guard lock(mutex_);
  watched_ = claimed_;
  watching_ = true;
}

// The epoch passes even when the catalog could not be changed: it may yet have been.
Result<PartTable::DroppedSeries> PartTable::drop_series(std::vector<std::uint32_t> live) {
  const std::lock_guard lock(mutex_);
  DroppedSeries dropped{0, std::exchange(watched_, {})};
  watching_ = false;
  live.insert(live.end(), dropped.claimed.begin(), dropped.claimed.end());
  std::sort(live.begin(), live.end());
  ++series_epoch_;
  OBS_TRY(dropped.count, catalog_.keep_series(live));
  return dropped;
}

std::uint64_t PartTable::resource_epoch() const {
  const std::lock_guard lock(mutex_);
  return resource_epoch_;
}

bool PartTable::claim_resources(const std::set<std::uint32_t>& ids, std::uint64_t epoch) {
  const std::lock_guard lock(mutex_);
  if (epoch != resource_epoch_) return false;
  claimed_resources_.insert(ids.begin(), ids.end());
  if (watching_origins_) watched_resources_.insert(ids.begin(), ids.end());
  return true;
}

void PartTable::watch_origins() {
  const std::lock_guard lock(mutex_);
  watched_resources_ = claimed_resources_;
  watched_services_.clear();
  watching_origins_ = true;
}

Result<std::size_t> PartTable::drop_origins(std::set<std::uint32_t> resources,
                                            std::set<ServiceKey> services) {
  const std::lock_guard lock(mutex_);
  watching_origins_ = false;
  resources.merge(std::exchange(watched_resources_, {}));
  services.merge(std::exchange(watched_services_, {}));
  ++resource_epoch_;
  return catalog_.keep_origins(std::vector(resources.begin(), resources.end()), services);
}

Result<void> PartTable::scrub(bool compact) {
  const std::lock_guard lock(mutex_);
  return catalog_.scrub(compact);
}

Result<std::string> PartTable::blob(std::int64_t id, std::string_view kind) {
  const std::lock_guard lock(mutex_);
  return catalog_.blob(id, kind);
}

Result<std::vector<Part>> PartTable::parts_without(model::Signal signal, std::string_view kind) {
  const std::lock_guard lock(mutex_);
  OBS_TRY(const std::set<std::int64_t> with, catalog_.parts_with(kind));
  std::vector<Part> without;
  for (const Part& part : parts_) {
    if (part.signal == signal && with.count(part.id) == 0) without.push_back(part);
  }
  return without;
}

void PartTable::learn_damage() {
  const auto all = catalog_.set_aside();
  if (!all) return;
  damage_.clear();
  for (const SetAsidePart& aside : *all) damage_.push_back(aside.sentence());
}

std::vector<std::string> PartTable::damage() const {
  const std::lock_guard lock(mutex_);
  return damage_;
}

// A link before the commit, and the old name goes after it: whenever we die, the file is known
// under one of them.
Result<void> PartTable::set_aside(const Part& part, const PartDamage& damage, Timestamp now) {
  const std::string from = join_path(dir_, part.path);
  const std::string to = join_path(join_path(dir_, kSetAsideDir), part.path);
  if (fs_.exists(from) && !fs_.exists(to)) {
    OBS_TRY_VOID(fs_.make_dirs(parent_path(to)));
    OBS_TRY_VOID(fs_.link(from, to));
    OBS_TRY_VOID(fs_.sync_dir(parent_path(to)));
  }
  CatalogChange change;
  change.set_aside.push_back({part, damage.offset, damage.reason, now});
  OBS_TRY_VOID(commit(change));
  remove_files(std::span(&part, 1));
  return {};
}

Result<std::vector<SetAsidePart>> PartTable::forget_set_aside() {
  const std::lock_guard lock(mutex_);
  OBS_TRY(auto all, catalog_.set_aside());
  OBS_TRY_VOID(catalog_.forget_set_aside());
  learn_damage();
  return all;
}

void PartTable::remove_files(std::span<const Part> parts) {
  // A file that stays is an orphan, which the next open removes.
  for (const Part& part : parts) {
    (void)fs_.remove(join_path(dir_, part.path));
    if (has_index(part.signal)) (void)fs_.remove(join_path(dir_, index_path(part.path)));
  }
}

void PartTable::keep_replaced(Duration keep) {
  const std::lock_guard lock(mutex_);
  keep_replaced_ = keep;
}

void PartTable::retire_files(std::span<const Part> parts) {
  {
    const std::lock_guard lock(mutex_);
    const Duration until = system_clock().monotonic() + keep_replaced_;
    for (const Part& part : parts) retired_.emplace_back(until, part);
  }
  remove_retired(Retired::kDue);
}

void PartTable::remove_retired(Retired which) {
  std::vector<Part> gone;
  {
    const std::lock_guard lock(mutex_);
    const Duration now = system_clock().monotonic();
    std::erase_if(retired_, [&](const auto& one) {
      const bool is_due = which == Retired::kAll || one.first <= now;
      if (is_due) gone.push_back(one.second);
      return is_due;
    });
  }
  remove_files(gone);
}

// The catalog is the truth; these views only follow it. The next commit tries again.
void PartTable::write_sql() {
  const std::string path = join_path(dir_, kSqlFile);
  const std::string text = make_duckdb_sql(dir_, parts_);
  if (const auto there = fs_.read_file(path); there && *there == text) return;
  const auto written = fs_.replace_file(path, text);
  sql_failure_ = written ? std::string() : written.error().message;
}

std::string PartTable::sql_failure() const {
  const std::lock_guard lock(mutex_);
  return sql_failure_;
}

}  // namespace obs::store
