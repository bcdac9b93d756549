#include "libobs/store/backup.h"

#include <filesystem>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "libobs/base/file_lock.h"
#include "libobs/store/backup_manifest.h"
#include "libobs/store/catalog.h"
#include "libobs/store/duckdb.h"
#include "libobs/store/duckdb_sql.h"
#include "libobs/store/part_index.h"
#include "libobs/store/pins.h"
#include "libobs/store/point_shape.h"
#include "libobs/store/reader_catalog.h"
#include "libobs/store/row_schema.h"
#include "libobs/store/store_files.h"

namespace obs::store {
namespace {

// Merges between reading the catalog and holding its parts; see session.cc.
constexpr int kAttempts = 5;

// Marks a directory as ours from the first moment on, and is locked during a backup.
constexpr std::string_view kBegunFile = "BACKUP";

// Databases of a store that a backup takes over: what they are called, and whether they must be.
constexpr std::string_view kDatabases[] = {kCatalogFile, "state.sqlite"};

std::string canonical(const std::string& path) {
  std::error_code error;
  const auto found = std::filesystem::weakly_canonical(path, error);
  return error ? path : found.string();
}

// "catalog-7.sqlite"
std::string numbered(std::string_view name, std::uint64_t number) {
  const std::size_t dot = name.rfind('.');
  return fmt::format("{}-{}{}", name.substr(0, dot), number, name.substr(dot));
}

class Backup {
 public:
  Backup(Fs& fs, std::string dir, std::string dest,
         const std::function<void(const CareProgress&)>& tell)
      : fs_(fs), dir_(std::move(dir)), dest_(std::move(dest)), tell_(tell), pins_(fs, dir_) {}

  Result<BackupCounts> run(Timestamp now) {
    OBS_TRY_VOID(prepare());
    manifest_.time = now;
    OBS_TRY_VOID(take_snapshot());
    OBS_TRY_VOID(bring_parts());
    OBS_TRY_VOID(bring_databases());
    OBS_TRY_VOID(sync());
    OBS_TRY_VOID(fs_.replace_file(join_path(dest_, kManifestFile), to_json(manifest_)));
    OBS_TRY_VOID(publish());
    OBS_TRY_VOID(remove_old());
    return counts_;
  }

 private:
  Result<void> prepare() {
    if (canonical(dest_ + "/").starts_with(canonical(dir_) + "/")) {
      return fail(Errc::kInvalidArgument, "a backup cannot be within the store itself");
    }
    OBS_TRY_VOID(fs_.make_dirs(dest_));
    OBS_TRY(const auto entries, fs_.list(dest_));
    const std::string path = join_path(dest_, kManifestFile);
    if (fs_.exists(path)) {
      OBS_TRY(const std::string text, fs_.read_file(path));
      OBS_TRY(before_, parse_manifest(text));
    } else if (!entries.empty() && !fs_.exists(join_path(dest_, kBegunFile))) {
      return fail(Errc::kInvalidArgument,
                  fmt::format("{} is neither empty nor a backup; name another directory", dest_));
    }
    OBS_TRY(auto lock, FileLock::try_take(join_path(dest_, kBegunFile), describe_process()));
    if (lock) lock_.emplace(*std::move(lock));
    if (!lock_) return fail(Errc::kUnavailable, "another backup into " + dest_ + " is under way");
    manifest_.number = before_.number + 1;
    return {};
  }

  // A copy of the catalog that agrees with the parts that we hold.
  Result<void> take_snapshot() {
    OBS_TRY(Sqlite catalog, open_reader_catalog(dir_));
    for (int attempt = 1;; ++attempt) {
      OBS_TRY_VOID(copy_database(catalog, kCatalogFile));
      OBS_TRY(Sqlite copy, Sqlite::open(path_of(kCatalogFile), Sqlite::Mode::kImmutable));
      OBS_TRY(state_, read_catalog(copy));
      auto pinned = pins_.pin(state_.parts);
      if (pinned) {
        files_ = *std::move(pinned);
        break;
      }
      if (pinned.error().code != Errc::kNotFound || attempt == kAttempts) {
        return fail(std::move(pinned).error());
      }
    }
    if (!before_.store_id.empty() && before_.store_id != state_.store_id) {
      return fail(Errc::kInvalidArgument, dest_ + " is the backup of another store");
    }
    manifest_.store_id = state_.store_id;
    return {};
  }

  std::string path_of(std::string_view database) const {
    return join_path(dest_, numbered(database, manifest_.number));
  }

  // What was deleted from the database is not in the copy.
  Result<void> copy_database(Sqlite& database, std::string_view name) {
    const std::string path = path_of(name);
    if (fs_.exists(path)) OBS_TRY_VOID(fs_.remove(path));
    OBS_TRY_VOID(database.execute(fmt::format("VACUUM INTO {}", to_sql_string(path)).c_str()));
    return fs_.sync_file(path);
  }

  Result<void> bring_parts() {
    for (std::size_t i = 0; i < state_.parts.size(); ++i) {
      const Part& part = state_.parts[i];
      FileFacts facts{part.bytes, part.hash};
      if (facts.hash == 0) {
        OBS_TRY(facts, measure_file(fs_, files_[i]));
      }
      OBS_TRY_VOID(bring(files_[i], part.path, facts));
      const std::string index = index_path(part.path);
      // It may be gone with its part; whoever restores builds it anew.
      if (const auto there = measure_file(fs_, join_path(dir_, index))) {
        OBS_TRY_VOID(bring(join_path(dir_, index), index, *there));
      }
      ++counts_.parts;
      if (!is_series(part)) manifest_.rows[static_cast<std::size_t>(part.signal)] += part.rows;
      tell_({"parts", i + 1, state_.parts.size()});
    }
    counts_.rows = manifest_.rows;
    return {};
  }

  Result<void> bring(const std::string& from, const std::string& path, const FileFacts& facts) {
    manifest_.parts.push_back({path, facts, path});
    counts_.bytes += facts.bytes;
    const std::string to = join_path(dest_, path);
    if (fs_.exists(to)) return {};  // Under its name a file is whole.
    OBS_TRY_VOID(fs_.make_dirs(parent_path(to)));
    OBS_TRY(const bool linked, link_or_copy(fs_, from, to));
    ++(linked ? counts_.linked : counts_.copied);
    auto checked = check_file(fs_, to, facts);
    if (!checked) (void)fs_.remove(to);
    return checked;
  }

  Result<void> bring_databases() {
    for (const std::string_view name : kDatabases) {
      if (!fs_.exists(join_path(dir_, name))) continue;
      if (name != kCatalogFile) {
        OBS_TRY(Sqlite database, Sqlite::open(join_path(dir_, name), Sqlite::Mode::kRead));
        OBS_TRY_VOID(copy_database(database, name));
      }
      OBS_TRY(const FileFacts facts, measure_file(fs_, path_of(name)));
      manifest_.databases.push_back({numbered(name, manifest_.number), facts, std::string(name)});
    }
    return {};
  }

  Result<void> sync() {
    std::set<std::string> directories;
    for (const BackupFile& file : manifest_.parts) {
      for (std::string at = file.path; at.find('/') != std::string::npos;) {
        directories.insert(at = parent_path(at));
      }
    }
    for (const std::string& directory : directories) {
      OBS_TRY_VOID(fs_.sync_dir(join_path(dest_, directory)));
    }
    return fs_.sync_dir(dest_);
  }

  // So that the backup can be asked like a store. These may be a run behind the manifest.
  Result<void> publish() {
    for (const BackupFile& file : manifest_.databases) {
      OBS_TRY_VOID(copy_file(fs_, join_path(dest_, file.path), join_path(dest_, file.store_path)));
    }
    return fs_.replace_file(join_path(dest_, kSqlFile),
                            make_duckdb_sql(canonical(dest_), state_.parts));
  }

  Result<void> remove_old() {
    std::set<std::string> known;
    for (const BackupFile& file : manifest_.parts) known.insert(file.path);
    for (const BackupFile& file : before_.databases) {
      if (fs_.exists(join_path(dest_, file.path))) (void)fs_.remove(join_path(dest_, file.path));
    }
    for (const model::Signal signal : model::kSignals) {
      OBS_TRY_VOID(remove_unknown(std::string(directory_of(signal)), known));
    }
    return fs_.sync_dir(dest_);
  }

  // What earlier runs brought, those that did not come to their end included.
  Result<void> remove_unknown(const std::string& directory, const std::set<std::string>& known) {
    if (!fs_.exists(join_path(dest_, directory))) return {};
    OBS_TRY(const auto partitions, fs_.list(join_path(dest_, directory)));
    for (const DirEntry& partition : partitions) {
      if (!partition.is_directory) continue;
      OBS_TRY(const auto files, fs_.list(join_path(join_path(dest_, directory), partition.name)));
      for (const DirEntry& file : files) {
        const std::string path = fmt::format("{}/{}/{}", directory, partition.name, file.name);
        if (known.count(path) != 0) continue;
        OBS_TRY_VOID(fs_.remove(join_path(dest_, path)));
        ++counts_.removed;
      }
    }
    return {};
  }

  Fs& fs_;
  const std::string dir_;
  const std::string dest_;
  const std::function<void(const CareProgress&)>& tell_;
  Pins pins_;
  std::optional<FileLock> lock_;
  Manifest before_;
  Manifest manifest_;
  CatalogState state_;
  std::vector<std::string> files_;
  BackupCounts counts_;
};

}  // namespace

Result<BackupCounts> backup_store(Fs& fs, const Clock& clock, const std::string& given,
                                  const std::string& dest,
                                  const std::function<void(const CareProgress&)>& tell) {
  OBS_TRY(const std::string dir, find_store(fs, given));
  auto done = Backup(fs, dir, dest, tell).run(clock.now());
  if (!done) return fail(std::move(done).error().during("back up to " + dest));
  return done;
}

}  // namespace obs::store
