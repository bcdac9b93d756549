// The rollups of spans as parts get them: at a flush, at a merge, and when a part lacks them.
// Internal to libobs/store.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libobs/base/result.h"
#include "libobs/store/day_partitions.h"
#include "libobs/store/duckdb_connection.h"
#include "libobs/store/edges.h"
#include "libobs/store/part.h"
#include "libobs/store/part_table.h"
#include "libobs/store/row_set.h"

namespace obs::store {

// Of flushes, one after the other. One thread.
class FlushRollups {
 public:
  FlushRollups(std::string dir, PartTable& table) : dir_(std::move(dir)), table_(table) {}

  // The blobs of the parts that these partitions of a set of spans become, in their order. The
  // first time it learns from the newest parts which spans came before; if that fails, from now on.
  std::vector<std::vector<PartBlob>> make(const RowSet& set,
                                          std::span<const PartitionRows> partitions,
                                          DuckdbConnection& connection);
  // The parts were written: their spans are remembered. Without it make() can be called again.
  void settle();

 private:
  void recall(DuckdbConnection& connection);

  const std::string dir_;
  PartTable& table_;
  EdgeTracker tracker_;
  bool recalled_ = false;
  std::vector<LinkedSpan> links_;  // Of the last make().
};

// Those of the parts together; none where one of them has none, or not readable.
std::vector<PartBlob> merge_rollups(PartTable& table, std::span<const Part> parts);

// Counts the rollups of a part of spans that has none, and the edges of its neighbours anew: spans
// that were deleted may have been at one end of them. Nothing happens to a part that is gone.
Result<void> fill_rollups(PartTable& table, const std::string& dir, DuckdbConnection& connection,
                          const Part& part);

// Counts anew what deleting spans of these parts, as they were, has changed: their rest, and edges
// of their neighbours. The caller holds the table's rewriting().
Result<void> recount_rollups(PartTable& table, const std::string& dir, DuckdbConnection& connection,
                             std::span<const Part> changed);

}  // namespace obs::store
