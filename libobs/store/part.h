// Part: an immutable Parquet file, as the catalog knows it. Internal to libobs/store.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/model/batch.h"
#include "libobs/store/hot_attributes.h"

namespace obs::store {

// Bytes about a part that the catalog keeps: see catalog_blobs.h.
struct PartBlob {
  std::string kind;
  std::string bytes;
};

struct Part {
  std::int64_t id = 0;  // Never given twice in a store.
  model::Signal signal = model::Signal::kLogs;
  std::string partition;  // "2026-11-22", or "spread" for rows of many days.
  std::string path;       // Relative to the store.
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  Timestamp min_time = 0;
  Timestamp max_time = 0;
  std::uint64_t min_seq = 0;
  std::uint64_t max_seq = 0;
  int level = 0;                 // How often its rows were rewritten.
  bool final = false;            // Not to be rewritten by a merge.
  std::uint32_t group_rows = 0;  // Rows of a row group: column block is row number / this.
  int schema = 0;                // The columns it has; see row_schema.h…
  HotAttributes hot;             // …and those beyond.
  // XXH3-64 of the file; 0: an obs before format 2 wrote it, and nobody knows.
  std::uint64_t hash = 0;
  // Only while it is written.
  std::vector<PartBlob> blobs;
};

inline constexpr std::string_view kSpreadPartition = "spread";

}  // namespace obs::store
