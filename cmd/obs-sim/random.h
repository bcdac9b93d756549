// Randomness that is the same on every run: everything in the simulation draws from a generator
// seeded with where and when it is.

#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <numbers>

#include "libobs/model/ids.h"

namespace obs::sim {

// SplitMix64's output function: a bijection that spreads any difference over all bits.
constexpr std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

// One number out of several, for seeding.
constexpr std::uint64_t mix(std::initializer_list<std::uint64_t> numbers) {
  std::uint64_t mixed = 0;
  for (const std::uint64_t number : numbers) mixed = mix(mixed + 0x9E3779B97F4A7C15 + number);
  return mixed;
}

// SplitMix64 (Steele, Lea, Flood 2014): eight bytes of state, so that each trace can have its own.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() { return mix(state_ += 0x9E3779B97F4A7C15); }

  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }  // In [0, 1).
  bool chance(double probability) { return uniform() < probability; }
  std::uint32_t below(std::size_t bound) {  // bound > 0 and below 2^32.
    return static_cast<std::uint32_t>((next() >> 32) * bound >> 32);
  }

  double exponential(double mean) { return -mean * std::log(1 - uniform()); }

  // Half of what it draws is below `median`; `spread` is the deviation of the logarithm.
  double log_normal(double median, double spread) {
    const double radius = std::sqrt(-2 * std::log(1 - uniform()));
    return median * std::exp(spread * radius * std::cos(2 * std::numbers::pi * uniform()));
  }

  template <class Id>
  Id id() {
    Id id;
    for (std::size_t at = 0; at < id.bytes.size(); at += sizeof(std::uint64_t)) {
      const std::uint64_t word = next() | 1;  // Never all zero, which would be "absent".
      std::memcpy(id.bytes.data() + at, &word, sizeof(word));
    }
    return id;
  }

 private:
  std::uint64_t state_;
};

}  // namespace obs::sim
