#include "libobs/store/point_columns.h"

#include <algorithm>

#include "libobs/codec/record.h"
#include "libobs/store/plain_double.h"
#include "libobs/store/row_fill.h"

namespace obs::store {
namespace {

void fill_series_id(const PointSlice& slice, ColumnOut& out) {
  for (std::size_t i = 0; i < slice.rows.refs.size(); ++i) {
    out.set(i, slice.series.id(slice.rows.refs[i]));
  }
}

// seq = arrival + arrival_row. Apart, since a batch brings a point of many series at once, and
// mostly each at the same place of the batch.
void fill_arrival(const PointSlice& slice, ColumnOut& out) {
  each_row(slice.rows, [&](idx_t i, const RowBatch& b, std::uint32_t) { out.set(i, b.first_seq); });
}

void fill_arrival_row(const PointSlice& slice, ColumnOut& out) {
  each_row(slice.rows, [&](idx_t i, const RowBatch&, std::uint32_t row) { out.set(i, row); });
}

// What a point has to itself; what it shares with others is in its series.
void fill_extra(const PointSlice& slice, ColumnOut& out) {
  std::string json;
  each_row(slice.rows, [&](idx_t i, const RowBatch& b, std::uint32_t row) {
    const model::MetricColumns& points = b.batch->metrics;
    ExtraJson extra(json);
    extra.add_time_source(points.time_source[row]);
    if (points.distribution[row] != nullptr) add_exact_numbers(extra, *points.distribution[row]);
    if (json.empty()) return out.null(i);
    out.made_text(i, extra.finish());
  });
}

// As in the view.
const RowColumn& row_column(std::string_view name) {
  const std::span<const RowColumn> columns = point_columns();
  return *std::find_if(columns.begin(), columns.end(),
                       [&](const RowColumn& column) { return column.name == name; });
}

// Columns that are the same in the view; `Place` is that of the name.
constexpr std::string_view kSameColumns[] = {
    "time",           "start_time", "flags",    "exemplars",
    "count",          "sum",        "min",      "max",
    "bounds",         "counts",     "scale",    "zero_count",
    "zero_threshold", "positive",   "negative", "quantiles"};

template <std::size_t Place>
void fill_same(const PointSlice& slice, ColumnOut& out) {
  static const RowColumn& column = row_column(kSameColumns[Place]);
  column.fill(slice.rows, out);
}

constexpr PointColumn kDistributions[] = {
    {"series_id", CellType::kUint32, fill_series_id},
    {"time", CellType::kTimestamp, fill_same<0>},
    {"start_time", CellType::kTimestamp, fill_same<1>},
    {"count", CellType::kUint64, fill_same<4>},
    {"sum", CellType::kDouble, fill_same<5>},
    {"min", CellType::kDouble, fill_same<6>},
    {"max", CellType::kDouble, fill_same<7>},
    {"bounds", CellType::kDoubles, fill_same<8>},
    {"counts", CellType::kUint64s, fill_same<9>},
    {"scale", CellType::kInt32, fill_same<10>},
    {"zero_count", CellType::kUint64, fill_same<11>},
    {"zero_threshold", CellType::kDouble, fill_same<12>},
    {"positive", CellType::kJson, fill_same<13>},
    {"negative", CellType::kJson, fill_same<14>},
    {"quantiles", CellType::kJson, fill_same<15>},
    {"flags", CellType::kUint32, fill_same<2>},
    {"arrival", CellType::kUint64, fill_arrival},
    {"arrival_row", CellType::kUint32, fill_arrival_row},
    {"exemplars", CellType::kJson, fill_same<3>},
    {"extra", CellType::kJson, fill_extra},
};

}  // namespace

std::span<const PointColumn> distributions_columns() { return kDistributions; }

}  // namespace obs::store
