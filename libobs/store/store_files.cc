#include "libobs/store/store_files.h"

#include <algorithm>

#include <fmt/format.h>

#include "libobs/base/text.h"

namespace obs::store {
namespace {

// In the header of every SQLite file, big-endian.
constexpr std::size_t kUserVersionAt = 60;
constexpr std::size_t kApplicationIdAt = 68;
constexpr std::size_t kSqliteHeaderSize = 100;

std::int32_t read_big(std::string_view bytes, std::size_t at) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
  }
  return static_cast<std::int32_t>(number);
}

bool made_before_catalog(const DirEntry& entry) {
  return entry.name == kLockFile || entry.name.starts_with(kCatalogFile);
}

Result<DirectoryKind> inspect_catalog(Fs& fs, const std::string& dir, const std::string& path) {
  OBS_TRY(auto file, fs.map(path));
  const std::string_view bytes = as_text(file->bytes());
  // A crash while the catalog was made leaves an empty file.
  if (bytes.empty()) return DirectoryKind::kEmpty;
  if (bytes.size() < kSqliteHeaderSize ||
      read_big(bytes, kApplicationIdAt) != kCatalogApplicationId) {
    return fail(Errc::kInvalidArgument,
                fmt::format("{} is not an obs store: its {} is something else", dir, kCatalogFile));
  }
  if (const int format = read_big(bytes, kUserVersionAt); format > kStoreFormat) {
    return fail(Errc::kUnsupported,
                fmt::format("store {} has format {}, this obs knows up to {}; use a newer obs", dir,
                            format, kStoreFormat));
  }
  return DirectoryKind::kStore;
}

}  // namespace

std::string segment_path(std::uint64_t number) {
  return fmt::format("{}/{:010}.wal", kWalDir, number);
}

std::uint64_t parse_segment_name(std::string_view name) {
  constexpr std::string_view kSuffix = ".wal";
  if (!name.ends_with(kSuffix)) return 0;
  return parse_uint(name.substr(0, name.size() - kSuffix.size())).value_or(0);
}

Result<DirectoryKind> inspect_directory(Fs& fs, const std::string& dir) {
  if (!fs.exists(dir)) return DirectoryKind::kMissing;
  const std::string catalog = join_path(dir, kCatalogFile);
  if (fs.exists(catalog)) {
    OBS_TRY(const DirectoryKind kind, inspect_catalog(fs, dir, catalog));
    if (kind == DirectoryKind::kStore) return kind;
  }
  OBS_TRY(const auto entries, fs.list(dir));
  if (std::all_of(entries.begin(), entries.end(), made_before_catalog)) {
    return DirectoryKind::kEmpty;
  }
  return fail(Errc::kInvalidArgument,
              fmt::format("{} is neither empty nor an obs store; name another directory", dir));
}

}  // namespace obs::store
