// The sweep of origins: resources and services that no record is of any more go from the catalog,
// since a delete is to leave nothing of what only the deleted records had. Internal to
// libobs/store.

#pragma once

#include <cstddef>
#include <string>

#include "libobs/base/result.h"
#include "libobs/store/duckdb_connection.h"
#include "libobs/store/part_table.h"

namespace obs::store {

// Reads two columns of every part, which compress to nothing. The caller holds the table's
// rewriting(); flushes may go on beside it. To be run after the sweep of series. Answers how many
// it dropped.
Result<std::size_t> sweep_origins(PartTable& table, const std::string& dir,
                                  DuckdbConnection& connection);

}  // namespace obs::store
