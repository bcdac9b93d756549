#include "libobs/lang/sketch.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "libobs/lang/spill_bytes.h"

namespace obs::lang {
namespace {

constexpr double kGamma = (1 + QuantileSketch::kAccuracy) / (1 - QuantileSketch::kAccuracy);
// What is nearer to zero counts as zero: its logarithm would need buckets for nothing.
constexpr double kLeast = 1e-300;

std::int32_t bucket_of(double magnitude) {
  static const double kLogGamma = std::log(kGamma);
  return static_cast<std::int32_t>(std::ceil(std::log(magnitude) / kLogGamma));
}

double middle_of(std::int32_t bucket) { return 2 * std::pow(kGamma, bucket) / (kGamma + 1); }

}  // namespace

void QuantileSketch::bound(Buckets& buckets) {
  while (buckets.size() > kMaxBuckets) {
    const auto lowest = buckets.begin();
    const double count = lowest->second;
    buckets.erase(lowest);
    buckets.begin()->second += count;
  }
}

void QuantileSketch::add(double value, double weight) {
  if (std::isnan(value) || !(weight > 0)) return;
  min_ = count_ == 0 ? value : std::min(min_, value);
  max_ = count_ == 0 ? value : std::max(max_, value);
  count_ += weight;
  const double magnitude = std::min(std::fabs(value), std::numeric_limits<double>::max());
  if (magnitude < kLeast) {
    zero_ += weight;
    return;
  }
  Buckets& buckets = value > 0 ? positive_ : negative_;
  buckets[bucket_of(magnitude)] += weight;
  bound(buckets);
}

void QuantileSketch::merge(const QuantileSketch& other) {
  if (other.count_ == 0) return;
  min_ = count_ == 0 ? other.min_ : std::min(min_, other.min_);
  max_ = count_ == 0 ? other.max_ : std::max(max_, other.max_);
  count_ += other.count_;
  zero_ += other.zero_;
  for (const auto& [bucket, count] : other.positive_) positive_[bucket] += count;
  for (const auto& [bucket, count] : other.negative_) negative_[bucket] += count;
  bound(positive_);
  bound(negative_);
}

void QuantileSketch::save(std::string& out) const {
  for (const double part : {zero_, count_, min_, max_}) append_plain(out, part);
  for (const Buckets* const buckets : {&positive_, &negative_}) {
    append_plain(out, buckets->size());
    for (const auto& [bucket, count] : *buckets) {
      append_plain(out, bucket);
      append_plain(out, count);
    }
  }
}

QuantileSketch QuantileSketch::load(std::string_view& bytes) {
  QuantileSketch sketch;
  for (double* const part : {&sketch.zero_, &sketch.count_, &sketch.min_, &sketch.max_}) {
    *part = take_plain<double>(bytes);
  }
  for (Buckets* const buckets : {&sketch.positive_, &sketch.negative_}) {
    for (auto left = take_plain<std::size_t>(bytes); left > 0; --left) {
      const auto bucket = take_plain<std::int32_t>(bytes);
      buckets->emplace_hint(buckets->end(), bucket, take_plain<double>(bytes));
    }
  }
  return sketch;
}

std::optional<double> QuantileSketch::quantile(double quantile) const {
  if (count_ == 0) return std::nullopt;
  // The nearest rank, counted from 0.
  const double rank = std::max(std::ceil(quantile * count_) - 1, 0.0);
  double seen = 0;
  const auto within = [&](double value) { return std::clamp(value, min_, max_); };
  if (rank == 0) return min_;
  if (rank >= count_ - 1) return max_;
  for (auto bucket = negative_.rbegin(); bucket != negative_.rend(); ++bucket) {
    seen += bucket->second;
    if (seen > rank) return within(-middle_of(bucket->first));
  }
  seen += zero_;
  if (seen > rank) return within(0);
  for (const auto& [bucket, count] : positive_) {
    seen += count;
    if (seen > rank) return within(middle_of(bucket));
  }
  return max_;
}

std::optional<double> nearest_rank(std::span<double> values, double quantile) {
  if (values.empty()) return std::nullopt;
  const double rank = std::ceil(quantile * static_cast<double>(values.size()));
  const auto index =
      static_cast<std::size_t>(std::clamp(rank - 1, 0.0, static_cast<double>(values.size() - 1)));
  const auto nth = values.begin() + static_cast<std::ptrdiff_t>(index);
  std::nth_element(values.begin(), nth, values.end(),
                   [](double a, double b) { return std::isnan(b) ? !std::isnan(a) : a < b; });
  return *nth;
}

}  // namespace obs::lang
