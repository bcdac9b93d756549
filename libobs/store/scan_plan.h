// Which row groups of which parts a scan reads: by the catalog's bounds, by cubes, by indexes.
// Internal to libobs/store.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libobs/base/fs.h"
#include "libobs/store/cube.h"
#include "libobs/store/part.h"
#include "libobs/store/part_index.h"
#include "libobs/store/scan_filter.h"
#include "libobs/store/scan_search.h"
#include "libobs/store/sqlite.h"

namespace obs::store {

// A part of a snapshot, and where it is to be read: its index lies beside that.
struct SnapshotPart {
  Part part;
  std::string path;
};

// Row groups of a part, and when their records are.
struct PartSlice {
  std::size_t part = 0;  // Of the snapshot's.
  // The row groups to read; nullopt: all, and nothing is known of each.
  std::optional<std::vector<std::uint32_t>> blocks;
  // Of each of them, the sections in which its records may be.
  std::vector<SectionMask> sections;
};

// A row group, or a part without an index, that a scan may read.
struct PlannedGroup {
  std::size_t part = 0;
  std::optional<std::uint32_t> block;
  SectionMask sections = kAllSections;
  Timestamp max_time = 0;
};

// Keeps what it learns of parts as long as they are in the snapshot. One thread.
class ScanPlanner {
 public:
  // `catalog` outlives the planner.
  ScanPlanner(Fs& fs, Sqlite& catalog) : fs_(fs), catalog_(catalog) {}

  // Forgets all parts but these.
  void keep(std::span<const SnapshotPart> parts);

  // In the order of the parts; those of other signals are left out.
  std::vector<PartSlice> plan(model::Signal signal, std::span<const SnapshotPart> parts,
                              const ScanFilter& filter, ScanExplanation& explanation);

  // Takes the row groups that are better searched than read out of the slices of a plan for this
  // filter: all that can be, or none. Few records must be looked for: by a token, or by counts.
  Search take_searched(model::Signal signal, std::span<const SnapshotPart> parts,
                       const ScanFilter& filter, std::vector<PartSlice>& slices);

  // The slices taken apart, the latest first.
  std::vector<PlannedGroup> groups_of(std::span<const SnapshotPart> parts,
                                      std::span<const PartSlice> slices);

  // nullptr: the part has none, or a damaged one.
  const Cube* cube_of(const Part& part);

 private:
  struct Known {
    bool has_tried_index = false;
    bool has_tried_cube = false;
    bool has_tried_file = false;
    std::unique_ptr<PartIndex> index;
    std::shared_ptr<const SearchedPart> file;
    std::optional<Cube> cube;
  };

  PartIndex* index_of(const SnapshotPart& part);
  std::shared_ptr<const SearchedPart> searched_part_of(const SnapshotPart& part);
  bool may_count(const Part& part, const ScanFilter& filter);
  bool is_rare(std::span<const SnapshotPart> parts, const ScanFilter& filter,
               std::span<const PartSlice> slices);

  Fs& fs_;
  Sqlite& catalog_;
  std::map<std::int64_t, Known> known_;
};

// The tokens a filter asks an index for.
TokenClauses clauses_of(model::Signal signal, const ScanFilter& filter);

// Whether records of a cube's group can be what the filter wants, whenever they are.
bool may_match(const CubeGroup& group, const ScanFilter& filter);

}  // namespace obs::store
