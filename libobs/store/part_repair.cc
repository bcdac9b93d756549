#include "libobs/store/part_repair.h"

#include <algorithm>
#include <utility>

#include "libobs/store/catalog_blobs.h"
#include "libobs/store/cube.h"
#include "libobs/store/part_index.h"
#include "libobs/store/part_notes.h"
#include "libobs/store/rollup_blobs.h"
#include "libobs/store/rollup_reader.h"

namespace obs::store {
namespace {

using model::Signal;

// A part with very many services has none, so that it is missing is no fault.
Result<bool> has_bad_cube(PartTable& table, const Part& part) {
  if (part.signal != Signal::kLogs) return false;
  OBS_TRY(const std::string bytes, table.blob(part.id, kCubeBlob));
  return !bytes.empty() && !decode_cube(bytes);
}

Result<bool> has_bad_rollups(PartTable& table, const Part& part) {
  if (part.signal != Signal::kSpans) return false;
  for (const std::string_view kind : {kSpanMetricsBlob, kEdgesBlob}) {
    OBS_TRY(const std::string bytes, table.blob(part.id, kind));
    if (!RollupReader::open(bytes)) return true;
  }
  return false;
}

Result<void> remake_notes(Fs& fs, const std::string& dir, PartTable& table,
                          DuckdbConnection& connection, Part part) {
  part.blobs.clear();
  OBS_TRY_VOID(rebuild_notes(fs, connection, dir, part));
  CatalogChange change;
  for (PartBlob& blob : part.blobs) change.blobs.emplace_back(part.id, std::move(blob));
  return change.blobs.empty() ? Result<void>() : table.commit(change);
}

}  // namespace

IndexState look_at_index(Fs& fs, const std::string& dir, const Part& part, bool whole) {
  if (!has_index(part.signal)) return IndexState::kGood;
  const std::string path = join_path(dir, index_path(part.path));
  if (!fs.exists(path)) return IndexState::kMissing;
  const auto index = PartIndex::open(fs, path, part);
  if (!index || (whole && !(*index)->verify())) return IndexState::kDamaged;
  return IndexState::kGood;
}

Result<Repairs> repair_notes(Fs& fs, const std::string& dir, PartTable& table,
                             DuckdbConnection& connection, const Part& part) {
  Repairs repairs;
  repairs.index = look_at_index(fs, dir, part, true) != IndexState::kGood;
  OBS_TRY(repairs.cube, has_bad_cube(table, part));
  if (repairs.index || repairs.cube) {
    OBS_TRY_VOID(remake_notes(fs, dir, table, connection, part));
  }
  OBS_TRY(repairs.rollups, has_bad_rollups(table, part));
  if (repairs.rollups) OBS_TRY_VOID(fill_rollups(table, dir, connection, part));
  return repairs;
}

}  // namespace obs::store
