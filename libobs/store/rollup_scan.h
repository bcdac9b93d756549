// The rollups of a snapshot: the parts' from the catalog, added up, and what the WAL holds counted
// apart. Internal to libobs/store; Session::rollup() is how to get one.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/result.h"
#include "libobs/store/duckdb.h"
#include "libobs/store/duckdb_sql.h"
#include "libobs/store/rollup.h"
#include "libobs/store/sqlite.h"

namespace obs::store {

// A part of spans in the snapshot, and its file as the snapshot has it.
struct RolledPart {
  std::int64_t id = 0;
  PartFile file;
};

// `kind` is kSpanMetricsBlob or kEdgesBlob. The view spans of `connection` is that of the snapshot,
// `fresh` the relation that holds what of it is in the WAL; empty: none. Parts that have no rollup
// are counted by a scan of them.
Result<Rollup> scan_rollup(std::string_view kind, Sqlite& catalog, Connection& connection,
                           std::span<const RolledPart> parts, const std::string& fresh);

// Whether it is of an edge to an external peer, or an answer of one: read_rollups() has what these
// come to as edges like others, beside them.
bool is_unsettled(const RollupKey& key);

// The same, not added up: their bytes, a rollup a part, and one of what is in the WAL.
Result<std::vector<std::string>> read_rollups(std::string_view kind, Sqlite& catalog,
                                              Connection& connection,
                                              std::span<const RolledPart> parts,
                                              const std::string& fresh);

}  // namespace obs::store
