#include "cmd/obs-sim/series.h"

#include <algorithm>
#include <cmath>

namespace obs::sim {
namespace {

using model::MetricType;
using model::Value;

// The specification's default for the size of an exponential histogram.
constexpr std::int32_t kMaxBuckets = 160;

// Upper bounds that the semantic conventions advise, in seconds; RPC counts in milliseconds.
constexpr double kSecondsBounds[] = {0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25,
                                     0.5,   0.75, 1,     2.5,  5,     7.5, 10};
constexpr double kMillisecondsBounds[] = {5,   10,  25,   50,   75,   100,  250,
                                          500, 750, 1000, 2500, 5000, 7500, 10000};

std::span<const double> bounds_of(const InstrumentInfo& instrument) {
  if (instrument.unit == "ms") return kMillisecondsBounds;
  return kSecondsBounds;
}

// Buckets are open below and closed above: (base^index, base^(index+1)].
std::int32_t index_of(double value, std::int32_t scale) {
  return static_cast<std::int32_t>(std::ceil(std::ldexp(std::log2(value), scale))) - 1;
}

}  // namespace

void ExponentialBuckets::add(double value) {
  ++counts_[index_of(value, scale_)];
  while (counts_.rbegin()->first - counts_.begin()->first >= kMaxBuckets) {
    std::map<std::int32_t, std::uint64_t> coarser;
    for (const auto& [index, count] : counts_) coarser[index >> 1] += count;
    counts_ = std::move(coarser);
    --scale_;
  }
}

void ExponentialBuckets::clear() { *this = ExponentialBuckets(); }

model::BucketRun ExponentialBuckets::run(Arena& arena) const {
  if (counts_.empty()) return {};
  const std::int32_t first = counts_.begin()->first;
  const auto size = static_cast<std::size_t>(counts_.rbegin()->first - first + 1);
  std::uint64_t* const counts = arena.allocate_array<std::uint64_t>(size);
  std::fill_n(counts, size, 0);
  for (const auto& [index, count] : counts_) counts[index - first] = count;
  return {first, {counts, size}};
}

void Series::add(const Measurement& one) {
  min_ = count_ == 0 ? one.value : std::min(min_, one.value);
  const bool slowest = count_ == 0 || one.value >= max_;
  max_ = count_ == 0 ? one.value : std::max(max_, one.value);
  ++count_;
  sum_ += one.value;
  if (instrument_.type == MetricType::kSum) return;

  if (instrument_.type == MetricType::kExponentialHistogram) {
    buckets_.add(one.value);
  } else {
    const auto bounds = bounds_of(instrument_);
    counts_.resize(bounds.size() + 1);
    const auto bucket = std::lower_bound(bounds.begin(), bounds.end(), one.value) - bounds.begin();
    ++counts_[static_cast<std::size_t>(bucket)];
  }
  const model::Exemplar exemplar{one.time, Value::number(one.value), one.trace_id, one.span_id, {}};
  if (exemplars_.size() < 2) {
    exemplars_.insert(slowest ? exemplars_.begin() : exemplars_.end(), exemplar);
  } else {
    exemplars_[slowest ? 0 : 1] = exemplar;
  }
}

void Series::clear() {
  count_ = 0;
  sum_ = 0;
  counts_.clear();
  buckets_.clear();
  exemplars_.clear();
}

codec::PointRow Series::make_point(Timestamp start, Timestamp time, Arena& arena) const {
  codec::PointRow point;
  point.time.time = time;
  point.start_time = start;
  point.attributes = attributes_;
  if (instrument_.type == MetricType::kSum) {
    point.value = instrument_.is_integer ? Value::integer(std::llround(sum_)) : Value::number(sum_);
    return point;
  }
  point.distribution = make_distribution(arena);
  point.exemplars = arena.copy_array<model::Exemplar>(exemplars_);
  return point;
}

const model::Distribution* Series::make_distribution(Arena& arena) const {
  model::Distribution distribution;
  distribution.count = count_;
  distribution.sum = sum_;
  distribution.min = min_;
  distribution.max = max_;
  if (instrument_.type == MetricType::kExponentialHistogram) {
    distribution.scale = buckets_.scale();
    distribution.positive = buckets_.run(arena);
    distribution.has_positive = true;
    distribution.has_negative = true;
  } else {
    distribution.bounds = bounds_of(instrument_);
    distribution.counts = arena.copy_array<std::uint64_t>(counts_);
  }
  return arena.copy_array<model::Distribution>({&distribution, 1}).data();
}

}  // namespace obs::sim
