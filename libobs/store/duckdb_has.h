// has(text, phrase): base/tokens.h for SQL. Internal to libobs/store.

#pragma once

#include "libobs/base/result.h"
#include "libobs/store/duckdb_connection.h"

namespace obs::store {

// Once for each DuckDB instance. NULL when either is NULL.
Result<void> install_has(DuckdbConnection& connection);

}  // namespace obs::store
