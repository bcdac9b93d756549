// The way back from a backup.

#include <utility>

#include <fmt/format.h>

#include "libobs/store/backup.h"
#include "libobs/store/backup_manifest.h"
#include "libobs/store/catalog.h"
#include "libobs/store/duckdb_sql.h"
#include "libobs/store/point_shape.h"
#include "libobs/store/reader_catalog.h"
#include "libobs/store/store_files.h"

namespace obs::store {
namespace {

// A store that is being made has another name than the one it will have.
std::string name_for_now(std::string dest) {
  while (dest.size() > 1 && dest.back() == '/') dest.pop_back();
  return dest + ".restoring";
}

Result<void> check_destination(Fs& fs, const std::string& dest) {
  if (!fs.exists(dest)) return {};
  OBS_TRY(const auto entries, fs.list(dest));
  if (entries.empty()) return {};
  return fail(Errc::kInvalidArgument,
              fmt::format("{} is not empty; name a directory that is not there yet", dest));
}

Result<Manifest> read_manifest(Fs& fs, const std::string& backup) {
  const std::string path = join_path(backup, kManifestFile);
  if (!fs.exists(path)) {
    return fail(Errc::kInvalidArgument,
                fmt::format("{} is no backup: there is no {} in it", backup, kManifestFile));
  }
  OBS_TRY(const std::string text, fs.read_file(path));
  return parse_manifest(text);
}

Result<void> bring(Fs& fs, const BackupFile& file, const std::string& backup,
                   const std::string& store, bool may_link) {
  const std::string from = join_path(backup, file.path);
  const std::string to = join_path(store, file.store_path);
  OBS_TRY_VOID(check_file(fs, from, file.facts));
  OBS_TRY_VOID(fs.make_dirs(parent_path(to)));
  // Databases will be written to; the backup's must not be.
  if (!may_link) return copy_file(fs, from, to);
  OBS_TRY([[maybe_unused]] const bool linked, link_or_copy(fs, from, to));
  OBS_TRY_VOID(fs.sync_dir(parent_path(to)));
  return fs.sync_dir(parent_path(parent_path(to)));
}

// The catalog knows just those parts, and as many rows.
Result<std::vector<Part>> check_counts(const std::string& store, const Manifest& manifest) {
  OBS_TRY(Sqlite catalog, open_reader_catalog(store));
  OBS_TRY(CatalogState state, read_catalog(catalog));
  auto left = manifest.rows;
  for (const Part& part : state.parts) {
    if (!is_series(part)) left[static_cast<std::size_t>(part.signal)] -= part.rows;
  }
  for (const std::uint64_t rows : left) {
    if (rows != 0) {
      return fail(Errc::kMalformed, "the backup's catalog and manifest count different records");
    }
  }
  return std::move(state.parts);
}

Result<BackupCounts> restore_into(Fs& fs, const Manifest& manifest, const std::string& backup,
                                  const std::string& store, const std::string& dest,
                                  const std::function<void(const CareProgress&)>& tell) {
  BackupCounts counts;
  counts.rows = manifest.rows;
  OBS_TRY_VOID(fs.make_dirs(store));
  for (const BackupFile& file : manifest.databases) {
    OBS_TRY_VOID(bring(fs, file, backup, store, false));
  }
  for (std::size_t i = 0; i < manifest.parts.size(); ++i) {
    OBS_TRY_VOID(bring(fs, manifest.parts[i], backup, store, true));
    counts.bytes += manifest.parts[i].facts.bytes;
    tell({"files", i + 1, manifest.parts.size()});
  }
  OBS_TRY(const std::vector<Part> parts, check_counts(store, manifest));
  counts.parts = parts.size();
  OBS_TRY_VOID(fs.replace_file(join_path(store, kSqlFile), make_duckdb_sql(dest, parts)));
  OBS_TRY_VOID(fs.sync_dir(store));
  return counts;
}

}  // namespace

Result<BackupCounts> restore_store(Fs& fs, const std::string& backup, const std::string& dest,
                                   const std::function<void(const CareProgress&)>& tell) {
  OBS_TRY_VOID(check_destination(fs, dest));
  OBS_TRY(const Manifest manifest, read_manifest(fs, backup));
  const std::string store = name_for_now(dest);
  OBS_TRY_VOID(fs.remove_tree(store));
  auto counts = restore_into(fs, manifest, backup, store, dest, tell);
  if (counts) {
    auto renamed = fs.rename(store, dest);
    if (renamed) renamed = fs.sync_dir(parent_path(dest));
    if (!renamed) counts = fail(std::move(renamed).error());
  }
  if (counts) return counts;
  (void)fs.remove_tree(store);
  return fail(std::move(counts).error().during("restore " + backup));
}

}  // namespace obs::store
