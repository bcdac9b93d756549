// One series of an instrument: what an SDK's aggregation keeps between two exports.

#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "cmd/obs-sim/instrument.h"

namespace obs::sim {

// Exponential buckets of base 2^(2^-scale), counted by index, that halve their resolution when they
// become too many, as the specification asks.
class ExponentialBuckets {
 public:
  void add(double value);  // > 0.
  void clear();
  std::int32_t scale() const { return scale_; }
  model::BucketRun run(Arena& arena) const;

 private:
  std::int32_t scale_ = 20;
  std::map<std::int32_t, std::uint64_t> counts_;
};

class Series {
 public:
  Series(const InstrumentInfo& instrument, model::Attributes attributes)
      : instrument_(instrument), attributes_(attributes) {}

  void add(const Measurement& measurement);
  bool has_news() const { return count_ > 0; }

  // The point for what was added since the last clear(), but for its metric. Its distribution and
  // exemplars lie in `arena`.
  codec::PointRow make_point(Timestamp start, Timestamp time, Arena& arena) const;

  // Begins anew, as delta temporality does after each export.
  void clear();
  // Exemplars belong to one export even when counts go on.
  void clear_exemplars() { exemplars_.clear(); }

 private:
  const model::Distribution* make_distribution(Arena& arena) const;

  const InstrumentInfo& instrument_;
  model::Attributes attributes_;
  std::uint64_t count_ = 0;
  double sum_ = 0;
  double min_ = 0;
  double max_ = 0;
  std::vector<std::uint64_t> counts_;  // Explicit buckets.
  ExponentialBuckets buckets_;
  std::vector<model::Exemplar> exemplars_;  // The slowest and the latest.
};

}  // namespace obs::sim
