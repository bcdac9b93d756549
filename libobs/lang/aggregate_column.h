// What accumulators are made of, and those that have a source of their own.

#pragma once

#include <memory>
#include <vector>

#include "libobs/lang/aggregate.h"

namespace obs::lang {

// States in a vector, one a group: what most accumulators are.
template <class State>
class Column : public Accumulator {
 public:
  void resize(std::size_t groups) override { states_.resize(groups); }
  std::size_t bytes() const override { return held_; }
  std::size_t group_bytes() const override { return sizeof(State); }

 protected:
  static State& state_of(Accumulator& other, std::uint32_t group) {
    return static_cast<Column&>(other).states_[group];
  }

  std::vector<State> states_;
  std::size_t held_ = 0;
};

// aggregate_quantile.cc. Exact, by nearest rank; holds every number.
std::unique_ptr<Accumulator> make_quantile(double quantile);
// Within 1 %; holds a sketch.
std::unique_ptr<Accumulator> make_approx_quantile(double quantile);

}  // namespace obs::lang
