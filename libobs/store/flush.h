// A flush: the records of ended WAL segments become parts, and one catalog transaction says so.
// Internal to libobs/store.

#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/fs.h"
#include "libobs/base/metrics.h"
#include "libobs/base/result.h"
#include "libobs/store/day_partitions.h"
#include "libobs/store/engine.h"
#include "libobs/store/hot_attributes.h"
#include "libobs/store/mem_segment.h"
#include "libobs/store/origins.h"
#include "libobs/store/part_table.h"
#include "libobs/store/part_writer.h"
#include "libobs/store/rollup_blobs.h"
#include "libobs/store/row_set.h"
#include "libobs/store/series_index.h"

namespace obs::store {

struct FlushOptions {
  std::uint64_t final_rows = 0;  // A part of so many rows is never rewritten.
  Duration dedup_window = 0;
};

// One thread.
class Flush {
 public:
  Flush(Fs& fs, const Clock& clock, std::string dir, Engine& engine, PartTable& table,
        FlushOptions options, Registry& registry);

  // Flushes the segments, or the first few of them, and answers how many. After a failure all are
  // still in the WAL; the next call begins with the same ones.
  Result<std::size_t> run(std::span<const MemSegmentPtr> segments);

 private:
  // Parts that are on disk, and in no catalog yet.
  struct Written {
    std::size_t segments = 0;
    CatalogChange change;
  };
  Result<void> connect();
  Result<void> write(std::span<const MemSegmentPtr> segments);
  Result<void> write_signal(model::Signal signal, std::span<const MemSegmentPtr> segments,
                            CatalogChange& change);
  Result<void> write_points(const std::shared_ptr<const RowSet>& set, CatalogChange& change);
  Result<Part> write_part(std::shared_ptr<const RowSet> set, PartitionRows rows);
  Result<Part> write_rows(Part part, PartRows rows);
  std::uint64_t final_rows(model::Signal signal) const;
  void settle_change(std::span<const MemSegmentPtr> segments, CatalogChange& change) const;

  Fs& fs_;
  const Clock& clock_;
  const std::string dir_;
  Engine& engine_;
  PartTable& table_;
  const FlushOptions options_;
  Counter& flushes_;
  Counter& rows_;
  Origins origins_;
  SeriesIndex series_;
  FlushRollups rollups_;
  PartWriter writer_;
  std::array<HotAttributes, model::kSignalCount> hot_;  // Of the last part of each signal.
  std::unique_ptr<DuckdbConnection> connection_;
  std::optional<Written> written_;
  bool full_ = false;  // Segments being flushed are as large as segments get.
};

}  // namespace obs::store
