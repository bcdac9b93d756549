// weighted_quantile(value, weight, q): the SQL aggregate that answers quantiles from the tables of
// counts. Internal to libobs/store.

#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "libobs/base/result.h"
#include "libobs/store/duckdb_connection.h"

namespace obs::store {

// Values and how often each was there, for one quantile. Beyond so many different values light
// neighbours are taken for one, so that a group costs 128 KiB at most and a rank is right within a
// thousandth or so.
class WeightedValues {
 public:
  static constexpr std::size_t kMaxValues = 4096;

  // A weight of zero, below it, or none at all counts for nothing, and so does a value that is no
  // number.
  void add(double value, double weight);
  void add(const WeightedValues& other);
  void set_quantile(double q) { q_ = q; }
  // By nearest rank; nullopt of nothing, or when q is not within 0 and 1.
  std::optional<double> quantile();

 private:
  void settle();
  double total() const;

  // With their weights: those known so far in order, each once; then what came since.
  std::vector<std::pair<double, double>> values_;
  std::size_t settled_ = 0;
  double q_ = -1;
};

// Makes the aggregate known to statements of this database. NULLs count for nothing.
Result<void> install_weighted_quantile(DuckdbConnection& connection);

}  // namespace obs::store
