// The columns of records at rest: one table says what COPY writes into a part, what a reader's
// views show, and what obs-store(5) documents. Internal to libobs/store.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "libobs/model/batch.h"
#include "libobs/store/column_out.h"
#include "libobs/store/row_set.h"

namespace obs::store {

// Goes up when a column is added or changes its meaning; a part says in its metadata which it has.
// 1: all attributes in one column. 2: hot ones may have their own (hot_attributes.h).
inline constexpr int kRowSchemaVersion = 2;

enum class CellType : std::uint8_t {
  kTimestamp,  // TIMESTAMP_NS
  kText,       // VARCHAR
  kJson,       // JSON, which is VARCHAR with a name
  kBool,
  kInt32,
  kInt64,
  kUint32,
  kUint64,
  kDouble,
  kDoubles,  // DOUBLE[]
  kUint64s,  // UBIGINT[]
};

// Consecutive rows of a set, in the order of `refs`.
struct RowSlice {
  const RowSet& set;
  std::span<const RowRef> refs;
  std::uint64_t first = 0;         // Number of the first in its part.
  std::uint32_t rows_a_block = 0;  // 0: not in a part, `block` is NULL.
};

// The column of attributes that have none of their own.
inline constexpr std::string_view kAttributesColumn = "attributes";

struct RowColumn {
  std::string_view name;
  CellType type;
  void (*fill)(const RowSlice& rows, ColumnOut& out);
};

std::span<const RowColumn> row_columns(model::Signal signal);

std::span<const RowColumn> log_columns();
std::span<const RowColumn> span_columns();
std::span<const RowColumn> point_columns();

// "TIMESTAMP_NS", "DOUBLE[]"…
std::string_view to_sql_type(CellType type);

// "time, service, …"
std::string column_list(model::Signal signal);
// A SELECT that has every column and no row.
std::string empty_select(model::Signal signal);

// What the signal is called: its directory ("logs", "spans", "points") and its SQL view ("logs",
// "spans", "metrics").
std::string_view directory_of(model::Signal signal);
std::string_view view_of(model::Signal signal);

}  // namespace obs::store
