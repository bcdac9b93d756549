// The tables of a catalog. Internal to libobs/store.

#pragma once

#include <string_view>

#include "libobs/base/clock.h"
#include "libobs/base/result.h"
#include "libobs/store/sqlite.h"

namespace obs::store {

// Makes an empty file a catalog of a new store. All of it or nothing.
Result<void> create_catalog(Sqlite& database, Timestamp now);

// Gives the catalog of an older format what was added to its tables since. All of it or nothing.
Result<void> upgrade_catalog(Sqlite& database);

// Whether the catalog is of a time when the table had this column.
Result<bool> has_column(Sqlite& database, std::string_view table, std::string_view column);

}  // namespace obs::store
