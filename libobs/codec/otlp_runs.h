// The order in which a batch's records go into an OTLP request: their own. For the codec's own
// files.
//
// OTLP nests records in scopes and resources. Gathering them by resource would make a shorter
// request, and lose the order in which the records of several services arrived, which is the order
// of `seq` in a store. So a new ResourceLogs, ScopeLogs or Metric begins wherever it changes.

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "libobs/model/batch.h"

namespace obs::codec::otlp {

// Where the run that begins at `begin` ends: the first index from there on whose `key` differs.
template <class Key>
std::size_t find_run_end(std::size_t begin, std::size_t size, Key&& key) {
  std::size_t end = begin + 1;
  while (end < size && key(end) == key(begin)) ++end;
  return end;
}

// Points that follow each other and are of one metric: one Metric message.
struct MetricRun {
  std::uint32_t metric = 0;
  std::size_t begin = 0;  // Rows; none for a metric without points.
  std::size_t end = 0;
};

// All points in their order. A metric without points stands before the first one of a later metric.
std::vector<MetricRun> metric_runs(const model::MetricColumns& points);

// Calls, for each run of one resource, resource(index, begin, end) with the range of items that it
// has. `scope_of(item)` is an item's scope.
template <class ScopeOf, class Resource>
void for_each_resource_run(const std::vector<model::Scope>& scopes, std::size_t items,
                           ScopeOf&& scope_of, Resource&& resource) {
  const auto resource_of = [&](std::size_t item) { return scopes[scope_of(item)].resource; };
  for (std::size_t begin = 0; begin < items;) {
    const std::size_t end = find_run_end(begin, items, resource_of);
    resource(resource_of(begin), begin, end);
    begin = end;
  }
}

// The same within such a range, for each run of one scope.
template <class ScopeOf, class Scope>
void for_each_scope_run(std::size_t begin, std::size_t end, ScopeOf&& scope_of, Scope&& scope) {
  while (begin < end) {
    const std::size_t run = find_run_end(begin, end, scope_of);
    scope(scope_of(begin), begin, run);
    begin = run;
  }
}

}  // namespace obs::codec::otlp
