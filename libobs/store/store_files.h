// What lies where in a store's directory, and whether a directory is a store. Internal to
// libobs/store; obs-store(5) documents it.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "libobs/base/fs.h"
#include "libobs/base/result.h"

namespace obs::store {

// Format of the directory as a whole. A reader refuses stores of a later one, and keeps reading all
// earlier ones.
inline constexpr int kStoreFormat = 2;
// SQLite's application id of a catalog: "obs" and a 1.
inline constexpr std::int32_t kCatalogApplicationId = 0x6f627331;

inline constexpr std::string_view kCatalogFile = "catalog.sqlite";
inline constexpr std::string_view kLockFile = "LOCK";
inline constexpr std::string_view kWalDir = "wal";
inline constexpr std::string_view kDamagedDir = "wal/damaged";
inline constexpr std::string_view kPinnedDir = "pinned";
inline constexpr std::string_view kSqlFile = "duckdb.sql";
inline constexpr std::string_view kTemporarySuffix = ".tmp";

// "wal/0000000017.wal", relative to the store.
std::string segment_path(std::uint64_t number);
// The number in a name such as "0000000017.wal"; 0 for any other name.
std::uint64_t parse_segment_name(std::string_view name);

enum class DirectoryKind { kMissing, kEmpty, kStore };

// Looks without touching. kEmpty too when there is only what a writer makes before it makes the
// catalog. kInvalidArgument: neither empty nor a store. kUnsupported: a store of a later format.
Result<DirectoryKind> inspect_directory(Fs& fs, const std::string& dir);

}  // namespace obs::store
