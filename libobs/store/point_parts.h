// What a flush makes of points: for each day a part of numbers and one of distributions, and a part
// of the series that no part has yet. Pure. Internal to libobs/store.

#pragma once

#include <memory>
#include <vector>

#include "libobs/store/day_partitions.h"
#include "libobs/store/part.h"
#include "libobs/store/part_writer.h"
#include "libobs/store/point_scan.h"

namespace obs::store {

// A part that is to be written, but for its id, and its rows.
struct PlannedPart {
  Part part;
  PartRows rows;
};

// For a set with rows, of which at most `max_days` days get parts of their own, as
// partition_by_day() says. Parts of series come first.
std::vector<PlannedPart> plan_point_parts(std::shared_ptr<const RowSet> set,
                                          std::shared_ptr<const PointSeries> series,
                                          std::size_t max_days);

}  // namespace obs::store
