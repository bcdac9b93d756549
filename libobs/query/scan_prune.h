// What a statement's WHERE says that an index can use, found in the tree of a rewritten statement:
// so that SQL reads no more than a typed scan does. Pure.
//
// Only a statement with one table is looked at, and of its WHERE only what is joined by AND:
// comparisons of time, service, trace_id and attributes with what stands there, has() and
// contains() of the text, and the severity that `obs-query logs --severity` writes. Everything else
// stays to be checked row by row.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "libobs/model/batch.h"
#include "libobs/query/sql_tree.h"
#include "libobs/store/count_table.h"
#include "libobs/store/scan_filter.h"

namespace obs::query {

struct PrunedScan {
  // A table of counts, of which only the times of the filter are told, and no newest; nullopt: of
  // records.
  std::optional<store::CountTable> counts;
  model::Signal signal = model::Signal::kLogs;
  store::ScanFilter filter;
  bool is_whole = true;            // The filter says all that the WHERE does.
  const SqlNode* where = nullptr;  // In the tree; nullptr: there is none.
  std::uint64_t newest = 0;        // Only so many are wanted, the latest by time; 0: all.
};

// The time that an expression without columns means; nullopt: none.
using EvaluateTime = std::function<std::optional<Timestamp>(const SqlNode& expression)>;

// nullopt: nothing to be gained. `tree` is {statements: …}, and outlives the answer.
std::optional<PrunedScan> find_pruned_scan(const SqlNode& tree, const EvaluateTime& evaluate);

}  // namespace obs::query
