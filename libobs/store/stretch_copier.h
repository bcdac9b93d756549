// Copies stretches of rows between DuckDB's vectors. Internal to libobs/store.

#pragma once

#include <cstdint>
#include <numeric>

#include "libobs/store/duckdb_api.h"

namespace obs::store {

// One thread.
class StretchCopier {
 public:
  // DuckDB's copy wants a selection: 0, 1, 2, …
  explicit StretchCopier(const DuckdbApi& api)
      : api_(api), selection_(api.create_selection_vector(api.vector_size())) {
    std::uint32_t* rows = api.selection_vector_get_data_ptr(selection_);
    std::iota(rows, rows + api.vector_size(), 0);
  }
  StretchCopier(const StretchCopier&) = delete;
  StretchCopier& operator=(const StretchCopier&) = delete;
  ~StretchCopier() { api_.destroy_selection_vector(selection_); }

  void copy(duckdb_vector from, idx_t first, idx_t count, duckdb_vector to, idx_t at) {
    api_.vector_copy_sel(from, to, selection_, first + count, first, at);
  }

 private:
  const DuckdbApi& api_;
  duckdb_selection_vector selection_;
};

}  // namespace obs::store
