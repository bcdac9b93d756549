// Values out of DuckDB's vectors: what type a column has for us, and how one of its rows is read.
// Internal to libobs/store.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libobs/base/arena.h"
#include "libobs/model/value.h"
#include "libobs/store/duckdb_api.h"
#include "libobs/store/rows.h"

namespace obs::store {

// A vector with its two arrays at hand.
struct VectorView {
  VectorView(const DuckdbApi& api, duckdb_vector source)
      : vector(source),
        data(api.vector_get_data(source)),
        validity(api.vector_get_validity(source)) {}

  bool is_null(idx_t row) const {
    return validity != nullptr && (validity[row / 64] >> (row % 64) & 1) == 0;
  }
  template <class T>
  T at(idx_t row) const {
    return static_cast<const T*>(data)[row];
  }

  duckdb_vector vector;
  const void* data;
  const std::uint64_t* validity;
};

// Reads the values of one column type. Types that only print (INTERVAL, TIME, UUID, ENUM, BLOB, …)
// have no reader: they are cast to VARCHAR by the statement.
class ValueReader {
 public:
  // nullopt when the type, or one nested in it, has no reader.
  static std::optional<ValueReader> make(const DuckdbApi& api, duckdb_logical_type type);

  ColumnType column_type() const;

  // kEmpty for NULL. Text points into the vector or the arena.
  model::Value read(const VectorView& view, idx_t row, Arena& arena) const;

 private:
  ValueReader(const DuckdbApi& api, duckdb_type type) : api_(&api), type_(type) {}
  static std::optional<ValueReader> make(const DuckdbApi& api, duckdb_logical_type type, int depth);
  bool add_children(duckdb_logical_type type, int depth);
  bool add_child(duckdb_logical_type child, int depth);

  model::Value read_nested(const VectorView& view, idx_t row, Arena& arena) const;
  model::Value read_decimal(const VectorView& view, idx_t row, Arena& arena) const;
  model::Value read_items(const VectorView& items, idx_t first, idx_t count, Arena& arena) const;
  model::Value read_map(const VectorView& view, idx_t row, Arena& arena) const;
  model::Value read_struct(const VectorView& view, idx_t row, Arena& arena) const;

  const DuckdbApi* api_;
  duckdb_type type_;
  bool is_json_ = false;  // VARCHAR with the alias JSON.
  duckdb_type decimal_type_ = DUCKDB_TYPE_INVALID;
  int decimal_width_ = 0;
  int decimal_scale_ = 0;
  idx_t array_size_ = 0;
  std::vector<ValueReader> children_;  // Of a list or array, one; of a map, key and value.
  std::vector<std::string> names_;     // Of a struct's children.
};

}  // namespace obs::store
