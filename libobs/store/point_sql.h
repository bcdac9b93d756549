// SQL over parts of points: what the view `metrics` is made of. Pure. Internal to libobs/store.

#pragma once

#include <span>
#include <string>
#include <string_view>

#include "libobs/store/point_shape.h"

namespace obs::store {

// Relations in SQL ("read_parquet(…)", "obs_rows(1)") of the parts of each shape; empty: none.
struct PointRelations {
  std::string numbers;
  std::string distributions;
  std::string series;
  std::string flat;
  std::string fresh;  // Rows of the WAL, which are as flat ones.
};

// A SELECT of every column of point_columns(), and no row where there is no relation.
std::string select_points(const PointRelations& relations);

// The columns of a part of that shape, without series and flat, in order: "series_id, time, …".
std::string point_column_list(PointShape shape);

// The rows of parts of one shape, not flat ones, in the order in which a part has them. Only those
// for which `filter` holds, a condition over the columns of the part and, of points, seq (empty:
// all).
std::string select_in_order(PointShape shape, const std::string& relation,
                            const std::string& filter);

}  // namespace obs::store
