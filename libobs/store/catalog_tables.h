// The tables of a catalog. Internal to libobs/store.

#pragma once

#include "libobs/base/clock.h"
#include "libobs/base/result.h"
#include "libobs/store/sqlite.h"

namespace obs::store {

// Makes an empty file a catalog of a new store. All of it or nothing.
Result<void> create_catalog(Sqlite& database, Timestamp now);

}  // namespace obs::store
