// The tables of series in a catalog. Internal to libobs/store.

#pragma once

#include "libobs/base/result.h"
#include "libobs/store/sqlite.h"

namespace obs::store {

// Makes the tables where they are missing: in a new catalog, and in one that is older than they
// are.
Result<void> create_series_tables(Sqlite& database);

}  // namespace obs::store
