// Repairing a store, and forgetting what could not be repaired.

#include <utility>

#include "libobs/store/caretaker.h"
#include "libobs/store/catalog_blobs.h"
#include "libobs/store/part_keeper.h"
#include "libobs/store/part_repair.h"
#include "libobs/store/store_files.h"

namespace obs::store {
namespace {

Result<std::uint64_t> count_files(Fs& fs, const std::string& path) {
  std::uint64_t files = 0;
  OBS_TRY(const auto entries, fs.list(path));
  for (const DirEntry& entry : entries) {
    if (!entry.is_directory) {
      ++files;
      continue;
    }
    OBS_TRY(const std::uint64_t below, count_files(fs, join_path(path, entry.name)));
    files += below;
  }
  return files;
}

}  // namespace

Result<void> Caretaker::connect() {
  if (reader_ != nullptr) return {};
  OBS_TRY(reader_, engine_.connect());
  return {};
}

Result<CareCounts> Caretaker::repair(CareJob& job) {
  OBS_TRY_VOID(connect());
  std::uint64_t parts = 0;
  std::uint64_t asides = 0;
  std::uint64_t indexes = 0;
  std::uint64_t cubes = 0;
  std::uint64_t rollups = 0;
  const auto visit = [&](const Part& part) -> Result<std::optional<Part>> {
    ++parts;
    OBS_TRY(const bool aside, set_aside_if_damaged(fs_, dir_, table_, part, clock_.now()));
    asides += aside;
    if (aside) return std::optional<Part>();
    OBS_TRY(const Repairs done, repair_notes(fs_, dir_, table_, *reader_, part));
    indexes += done.index;
    cubes += done.cube;
    rollups += done.rollups;
    return std::optional<Part>();
  };
  OBS_TRY_VOID(visit_parts([](const Part&) { return true; }, visit, job));
  return CareCounts{{"parts", parts},
                    {"parts_set_aside", asides},
                    {"indexes_rebuilt", indexes},
                    {"cubes_rebuilt", cubes},
                    {"rollups_rebuilt", rollups}};
}

// The catalog first: a file that stays is found by the next one.
Result<CareCounts> Caretaker::forget() {
  OBS_TRY(const auto asides, table_.forget_set_aside());
  std::uint64_t rows = 0;
  for (const SetAsidePart& aside : asides) rows += aside.part.rows;
  std::uint64_t files = 0;
  for (const std::string_view name : {kSetAsideDir, kDamagedDir}) {
    const std::string path = join_path(dir_, name);
    if (!fs_.exists(path)) continue;
    OBS_TRY(const std::uint64_t removed, count_files(fs_, path));
    OBS_TRY_VOID(fs_.remove_tree(path));
    files += removed;
  }
  hooks_.forgotten();
  return CareCounts{{"parts", asides.size()}, {"rows", rows}, {"files_removed", files}};
}

}  // namespace obs::store
