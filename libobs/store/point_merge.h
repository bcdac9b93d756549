// The rows of several parts, as rows of one new part. Internal to libobs/store.

#pragma once

#include <span>
#include <string>

#include "libobs/store/duckdb_connection.h"
#include "libobs/store/duckdb_sql.h"
#include "libobs/store/part.h"
#include "libobs/store/part_writer.h"

namespace obs::store {

// The rows of parts of numbers, without DuckDB. kUnsupported: other parts, or by others.
Result<PartRows> start_number_merge(const Part& merged, std::span<const PartFile> files);

// The rows that the part `merged` needs, of whatever signal and schema, in its order. `filter` is a
// condition of SQL for those that stay; empty: all do. To be read once.
Result<PartRows> start_merge(DuckdbConnection& connection, Part& merged,
                             std::span<const PartFile> files, const std::string& filter = {});

}  // namespace obs::store
