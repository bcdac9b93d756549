// Which rows go into which part of a flush. Pure. Internal to libobs/store.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "libobs/store/part.h"
#include "libobs/store/row_set.h"

namespace obs::store {

struct PartitionRows {
  std::string partition;
  std::vector<RowRef> rows;  // By time.
};

// Splits the set's rows by UTC day. At most `max_days` days get a part of their own, those with
// most rows; what is left goes into one part of the partition "spread". So a batch whose times lie
// all over history costs one part more, and not ten thousand.
std::vector<PartitionRows> partition_by_day(const RowSet& set, std::size_t max_days);

// What the catalog is to know of the part that these rows make: signal, partition, rows, times and
// sequence numbers.
Part describe_part(const RowSet& set, const PartitionRows& rows);

}  // namespace obs::store
