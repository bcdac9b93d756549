// The tables of series in a catalog. Internal to libobs/store.

#pragma once

#include <string_view>

#include "libobs/base/result.h"
#include "libobs/store/prometheus_name.h"
#include "libobs/store/series.h"
#include "libobs/store/sqlite.h"

namespace obs::store {

// Makes the tables where they are missing: in a new catalog, and in one that is older than they
// are.
Result<void> create_series_tables(Sqlite& database);

// How labels are made of series. With another version or strategy the postings are made anew.
inline constexpr NameStrategy kLabelStrategy = NameStrategy::kUnderscoreEscapingWithSuffixes;
inline constexpr std::int64_t kLabelVersion = 2;

// Columns of table `series` in the order of read_series().
inline constexpr std::string_view kSeriesColumnList =
    "project, service, resource_id, resource, scope, name, type, unit, description, temporality, "
    "is_monotonic, attributes, extra";
// Out of a row that has them from column `first` on.
Series read_series(const SqliteStatement& row, int first);

}  // namespace obs::store
