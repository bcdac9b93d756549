// DDSketch: quantiles within 1 % of the true value, in bounded memory, and mergeable.
//
// Values are counted in buckets whose bounds grow by (1 + a) / (1 - a), so that the middle of a
// bucket is within a of all it holds (Masson, Rim and Lee, VLDB 2019). Negative values have buckets
// of their own. When there are too many buckets, the smallest magnitudes are put together: high
// quantiles stay right. Merging in any order gives the same sketch as adding one by one.

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace obs::lang {

class QuantileSketch {
 public:
  static constexpr double kAccuracy = 0.01;
  // Enough for values of 17 orders of magnitude; 32 KiB.
  static constexpr std::size_t kMaxBuckets = 2048;

  // NaN is not counted.
  void add(double value, double weight = 1);
  void merge(const QuantileSketch& other);

  // Memory in use, about.
  std::size_t bytes() const { return (positive_.size() + negative_.size()) * kBucketBytes; }
  // As bytes that load() takes off the front.
  void save(std::string& out) const;
  static QuantileSketch load(std::string_view& bytes);

  double count() const { return count_; }
  // For `quantile` of 0 to 1; nullopt while nothing was added. The extremes are exact.
  std::optional<double> quantile(double quantile) const;

 private:
  static constexpr std::size_t kBucketBytes = 64;

  using Buckets = std::map<std::int32_t, double>;
  static void bound(Buckets& buckets);

  Buckets positive_;
  Buckets negative_;  // By magnitude.
  double zero_ = 0;
  double count_ = 0;
  double min_ = 0;
  double max_ = 0;
};

// The nearest-rank quantile, which is one of the values: sorts what is needed of them. nullopt for
// none. NaN sorts last.
std::optional<double> nearest_rank(std::span<double> values, double quantile);

}  // namespace obs::lang
