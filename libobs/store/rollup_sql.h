// Rollups counted from the spans themselves, by SQL: of parts that have none in the catalog (a
// delete rewrote them, an earlier obs wrote them) and of what is still in the WAL. Internal to
// libobs/store.

#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "libobs/base/result.h"
#include "libobs/store/duckdb.h"
#include "libobs/store/edges.h"
#include "libobs/store/rollup.h"

namespace obs::store {

// `spans` is a relation with the columns of spans, such as "spans" or "(SELECT …)".
Result<Rollup> count_span_metrics(Connection& connection, const std::string& spans);

// The edges that belong to `own`: those of which the later span, by seq, is in it, and those to
// peers that its spans tell of; with the answers of external ones (edges.h) as edges of their own.
// `all` holds `own` and whatever else may hold the other span.
Result<Rollup> count_edges(Connection& connection, const std::string& own, const std::string& all);

// What an EdgeTracker is to remember of `spans`, those of at least this seq.
Result<void> recall_links(Connection& connection, const std::string& spans, std::uint64_t least_seq,
                          EdgeTracker& tracker);

}  // namespace obs::store
