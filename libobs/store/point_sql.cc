#include "libobs/store/point_sql.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "libobs/store/duckdb.h"
#include "libobs/store/number_columns.h"
#include "libobs/store/point_columns.h"
#include "libobs/store/series_columns.h"

namespace obs::store {
namespace {

// The relations of a branch: points, and their series.
constexpr std::string_view kPoints = "p";
constexpr std::string_view kSeries = "s";

// Bit for bit what was sent; see point_value.h.
constexpr std::string_view kValue =
    "CASE WHEN p.value_raw IS NOT NULL THEN p.value_raw "
    "WHEN p.value_divisor = 0 THEN (p.value_units - p.value_offset)::BIT::DOUBLE "
    "ELSE (p.value_units - p.value_offset)::DOUBLE / coalesce(p.value_divisor, 1) END";
constexpr std::string_view kValueInt =
    "CASE WHEN p.value_divisor IS NULL THEN p.value_units - p.value_offset END";

// Two objects as one.
constexpr std::string_view kExtra =
    "CASE WHEN p.extra IS NULL THEN s.extra WHEN s.extra IS NULL THEN p.extra "
    "ELSE ((p.extra::VARCHAR)[:-2] || ',' || (s.extra::VARCHAR)[2:])::JSON END";

using Names = std::vector<std::string_view>;

Names columns_of(PointShape shape) {
  if (shape == PointShape::kSeries) return {kSeriesColumns.begin(), kSeriesColumns.end()};
  if (shape == PointShape::kNumbers) return {kNumbersColumns.begin(), kNumbersColumns.end()};
  Names names;
  for (const PointColumn& column : distributions_columns()) names.push_back(column.name);
  return names;
}

bool has(PointShape shape, std::string_view name) {
  const Names names = columns_of(shape);
  return std::find(names.begin(), names.end(), name) != names.end();
}

// A column of the view out of a part of the shape and the series.
std::string expression(PointShape shape, const RowColumn& column) {
  if (column.name == "extra") return std::string(kExtra);
  if (column.name == "seq") return "p.arrival + p.arrival_row";
  if (column.name == "value" && shape == PointShape::kNumbers) return std::string(kValue);
  if (column.name == "value_int" && shape == PointShape::kNumbers) return std::string(kValueInt);
  const std::string name = to_sql_identifier(column.name);
  if (has(shape, column.name)) return fmt::format("{}.{}", kPoints, name);
  if (has(PointShape::kSeries, column.name)) return fmt::format("{}.{}", kSeries, name);
  return fmt::format("NULL::{}", to_sql_type(column.type));
}

std::string joined(PointShape shape, const std::string& points, const std::string& series) {
  std::string list;
  for (const RowColumn& column : point_columns()) {
    if (!list.empty()) list += ", ";
    list += expression(shape, column) + " AS " + to_sql_identifier(column.name);
  }
  return fmt::format("SELECT {} FROM {} AS {} JOIN {} AS {} USING (series_id)", list, points,
                     kPoints, series, kSeries);
}

std::string flat(const std::string& relation) {
  return fmt::format("SELECT {} FROM {}", column_list(model::Signal::kMetrics), relation);
}

}  // namespace

std::string select_points(const PointRelations& relations) {
  std::vector<std::string> branches;
  if (!relations.series.empty()) {
    if (!relations.numbers.empty()) {
      branches.push_back(joined(PointShape::kNumbers, relations.numbers, relations.series));
    }
    if (!relations.distributions.empty()) {
      branches.push_back(
          joined(PointShape::kDistributions, relations.distributions, relations.series));
    }
  }
  if (!relations.flat.empty()) branches.push_back(flat(relations.flat));
  if (!relations.fresh.empty()) branches.push_back(flat(relations.fresh));
  if (branches.empty()) return empty_select(model::Signal::kMetrics);
  std::string all;
  for (const std::string& branch : branches) all += (all.empty() ? "" : "\nUNION ALL\n") + branch;
  return all;
}

std::string point_column_list(PointShape shape) {
  std::string list;
  for (const std::string_view name : columns_of(shape)) {
    if (!list.empty()) list += ", ";
    list += to_sql_identifier(name);
  }
  return list;
}

std::string select_in_order(PointShape shape, const std::string& relation,
                            const std::string& filter) {
  const std::string columns = point_column_list(shape);
  const std::string where = filter.empty() ? "true" : filter;
  if (shape == PointShape::kSeries) {
    return fmt::format("SELECT {} FROM {} WHERE {} ORDER BY series_id", columns, relation, where);
  }
  return fmt::format(
      "SELECT {} FROM (SELECT *, arrival + arrival_row AS seq FROM {}) WHERE {} "
      "ORDER BY series_id, time, arrival, arrival_row",
      columns, relation, where);
}

}  // namespace obs::store
