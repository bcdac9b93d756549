#include "libobs/store/part_table.h"

#include <algorithm>
#include <set>

#include "libobs/store/duckdb_sql.h"
#include "libobs/store/row_schema.h"
#include "libobs/store/store_files.h"

namespace obs::store {

Result<std::unique_ptr<PartTable>> PartTable::open(Fs& fs, std::string dir, Catalog catalog) {
  std::unique_ptr<PartTable> table(new PartTable(fs, std::move(dir), std::move(catalog)));
  OBS_TRY(CatalogState state, table->catalog_.state());
  table->parts_ = std::move(state.parts);
  OBS_TRY(table->next_id_, table->catalog_.next_part_id());
  OBS_TRY_VOID(table->remove_orphans());
  table->write_sql();
  return table;
}

Result<void> PartTable::remove_orphans() {
  std::set<std::string> known;
  for (const Part& part : parts_) known.insert(part.path);
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
    return std::find(change.removed.begin(), change.removed.end(), part.id) != change.removed.end();
  };
  parts_.erase(std::remove_if(parts_.begin(), parts_.end(), is_removed), parts_.end());
  parts_.insert(parts_.end(), change.added.begin(), change.added.end());
  write_sql();
  return {};
}

Result<std::vector<std::uint32_t>> PartTable::intern_resources(
    std::span<const NewResource> resources) {
  const std::lock_guard lock(mutex_);
  return catalog_.intern_resources(resources);
}

void PartTable::remove_files(std::span<const Part> parts) {
  // A file that stays is an orphan, which the next open removes.
  for (const Part& part : parts) (void)fs_.remove(join_path(dir_, part.path));
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
