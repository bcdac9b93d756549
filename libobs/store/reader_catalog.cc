#include "libobs/store/reader_catalog.h"

#include <filesystem>

#include <fmt/format.h>

#include "libobs/store/store_files.h"

namespace obs::store {

Result<std::string> find_store(Fs& fs, const std::string& dir) {
  OBS_TRY(const DirectoryKind kind, inspect_directory(fs, dir));
  if (kind == DirectoryKind::kMissing) {
    return fail(Errc::kNotFound, fmt::format("there is no directory {}", dir));
  }
  if (kind == DirectoryKind::kEmpty) {
    return fail(Errc::kInvalidArgument, fmt::format("{} is an empty directory, not a store", dir));
  }
  std::error_code error;
  const std::filesystem::path canonical = std::filesystem::canonical(dir, error);
  if (error) return fail_errno(error.value(), "find directory " + dir);
  return canonical.string();
}

// SQLite shares its memory with the writer through a file; where we may not make that one, there is
// hopefully no writer.
Result<Sqlite> open_reader_catalog(const std::string& dir) {
  const std::string path = join_path(dir, kCatalogFile);
  OBS_TRY(Sqlite beside_writer, Sqlite::open(path, Sqlite::Mode::kRead));
  if (beside_writer.query_integer("SELECT count(*) FROM store")) return beside_writer;
  OBS_TRY(Sqlite alone, Sqlite::open(path, Sqlite::Mode::kImmutable));
  OBS_TRY([[maybe_unused]] const auto rows, alone.query_integer("SELECT count(*) FROM store"));
  return alone;
}

}  // namespace obs::store
