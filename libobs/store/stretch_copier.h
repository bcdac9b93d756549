// Copies stretches of rows between DuckDB's vectors. Internal to libobs/store.

#pragma once

#include <algorithm>
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

  // Of a flat VARCHAR column, without the texts: `to` points to where they are, and whoever reads
  // it does so while that is there.
  void point_to_texts(duckdb_vector from, idx_t first, idx_t count, duckdb_vector to, idx_t at) {
    const auto* source = static_cast<const duckdb_string_t*>(api_.vector_get_data(from)) + first;
    std::copy_n(source, count, static_cast<duckdb_string_t*>(api_.vector_get_data(to)) + at);
    const std::uint64_t* valid = api_.vector_get_validity(from);
    if (valid == nullptr) return;
    api_.vector_ensure_validity_writable(to);
    std::uint64_t* bits = api_.vector_get_validity(to);
    for (idx_t i = 0; i < count; ++i) {
      const idx_t row = first + i;
      if ((valid[row / 64] >> (row % 64) & 1) != 0) continue;
      bits[(at + i) / 64] &= ~(std::uint64_t{1} << ((at + i) % 64));
    }
  }

 private:
  const DuckdbApi& api_;
  duckdb_selection_vector selection_;
};

}  // namespace obs::store
