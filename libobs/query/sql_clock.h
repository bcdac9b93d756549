// The time in SQL: now() and its relatives, replaced by literals of the time a caller passes in.
//
// DuckDB's own now() has a time zone, and a TIMESTAMP_NS column cannot be compared with that; and a
// statement whose "now" stands still is answered alike by every part of it.

#pragma once

#include <optional>
#include <string_view>

#include "libobs/base/clock.h"
#include "libobs/query/sql_tree.h"

namespace obs::query {

// now, get_current_timestamp, transaction_timestamp, current_localtimestamp, today, current_date
// and ago(INTERVAL), which is now minus it. `name` in lower case.
bool is_clock_function(std::string_view name);

// What stands for a node that tells the time (a clock function, or one of the words
// current_timestamp, localtimestamp, current_date); nullopt for any other. The alias stays behind.
std::optional<SqlNode> find_clock_literal(const SqlNode& node, Timestamp now);

}  // namespace obs::query
