// What is counted beside the records, as tables for SQL: span metrics, edges between services, and
// logs by minute, service and severity. Internal to libobs/store; Session::make_count_view() is how
// to get one.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/store/count_table.h"
#include "libobs/store/log_counts.h"
#include "libobs/store/scan_filter.h"
#include "libobs/store/table_function.h"

namespace obs::store {

// Rows of rollups (rollup.h), a row a cell and bucket of durations, of the filter's project and of
// minutes that overlap its times. They are decoded while they are read; one that is damaged fails
// the statement.
std::shared_ptr<const TableSource> make_rollup_source(CountTable table,
                                                      std::vector<std::string> rollups,
                                                      const ScanFilter& filter);
std::shared_ptr<const TableSource> make_log_count_source(LogCounts counts);

}  // namespace obs::store
