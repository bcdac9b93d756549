// The manifest of a backup: which files it consists of, and what is in them. obs-store(5) documents
// it. Internal to libobs/store.

#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/result.h"
#include "libobs/model/batch.h"
#include "libobs/store/file_copy.h"

namespace obs::store {

inline constexpr std::string_view kManifestFile = "manifest.json";
inline constexpr int kManifestFormat = 1;

struct BackupFile {
  std::string path;  // Relative to the backup.
  FileFacts facts;
  // What the file is called in a store.
  std::string store_path;
};

struct Manifest {
  std::string store_id;
  Timestamp time = 0;
  std::uint64_t number = 0;  // Of the backups into this directory, from 1.
  std::array<std::uint64_t, model::kSignalCount> rows{};
  std::vector<BackupFile> databases;  // Of a run's own: "catalog-7.sqlite".
  std::vector<BackupFile> parts;      // And sidecars; shared by the runs.
};

std::string to_json(const Manifest& manifest);
// kMalformed: it is none, or was changed: it ends with a checksum of itself. kUnsupported: of a
// later format.
Result<Manifest> parse_manifest(std::string_view json);

}  // namespace obs::store
