// What the catalog keeps about parts beside their row: bytes of some kind that only who wants them
// reads, and the parts that were set aside. Internal to libobs/store; obs-store(5) documents the
// tables. One thread at a time; each call is part of its caller's transaction.

#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/result.h"
#include "libobs/store/part.h"
#include "libobs/store/sqlite.h"

namespace obs::store {

// Kinds of blobs.
inline constexpr std::string_view kBlockHashes = "hashes";            // part_damage.h
inline constexpr std::string_view kSpanMetricsBlob = "span_metrics";  // span_rollup.h
inline constexpr std::string_view kEdgesBlob = "edges";               // edges.h

// A part that is damaged, and in no snapshot any more. Its file lies below kSetAsideDir.
struct SetAsidePart {
  Part part;
  std::uint64_t offset = 0;
  std::string reason;
  Timestamp found = 0;

  // "part logs/…/x.parquet: bad checksum … (at offset 0); its 812 records are left out, …"
  std::string sentence() const;
};
inline constexpr std::string_view kSetAsideDir = "damaged";

Result<void> create_blob_tables(Sqlite& database);

Result<void> add_blobs(Sqlite& database, std::int64_t part, std::span<const PartBlob> blobs);
// Nothing happens when the part is gone.
Result<void> replace_blob(Sqlite& database, std::int64_t part, const PartBlob& blob);
Result<void> remove_blobs(Sqlite& database, std::int64_t part);

// Of one part; empty when it has none. Readers of an older catalog get the same.
Result<std::string> read_blob(Sqlite& database, std::int64_t part, std::string_view kind);
Result<std::set<std::int64_t>> read_parts_with(Sqlite& database, std::string_view kind);
// Of all parts that have one, by part id.
Result<std::vector<std::pair<std::int64_t, std::string>>> read_blobs(Sqlite& database,
                                                                     std::string_view kind);

Result<void> add_set_aside(Sqlite& database, const SetAsidePart& aside);
// Oldest first; of each part what the table has.
Result<std::vector<SetAsidePart>> read_set_aside(Sqlite& database);

Result<void> remove_set_aside(Sqlite& database);

}  // namespace obs::store
