// What accumulators are made of, and those that have a source of their own.

#pragma once

#include <memory>
#include <vector>

#include "libobs/lang/aggregate.h"
#include "libobs/lang/spill_bytes.h"

namespace obs::lang {

// States in a vector, one a group: what most accumulators are.
template <class State>
class Column : public Accumulator {
 public:
  void resize(std::size_t groups) override { states_.resize(groups); }
  void clear() override {
    states_.clear();
    held_ = 0;
  }
  std::size_t bytes() const override { return held_; }
  std::size_t group_bytes() const override { return sizeof(State); }

 protected:
  static State& state_of(Accumulator& other, std::uint32_t group) {
    return static_cast<Column&>(other).states_[group];
  }

  std::vector<State> states_;
  std::size_t held_ = 0;
};

// States that are their bytes, and know how to take in another.
template <class State>
class PlainColumn : public Column<State> {
 public:
  void merge(std::uint32_t group, Accumulator& other, std::uint32_t other_group) final {
    this->states_[group].merge(this->state_of(other, other_group));
  }
  void save(std::string& out, std::uint32_t group) const final {
    append_plain(out, this->states_[group]);
  }
  void load(std::uint32_t group, std::string_view& bytes) final {
    this->states_[group].merge(take_plain<State>(bytes));
  }
};

// aggregate_distinct.cc. uniq: how many distinct values; values: which.
std::unique_ptr<Accumulator> make_distinct();
std::unique_ptr<Accumulator> make_values();
// aggregate_quantile.cc. Exact, by nearest rank; holds every number.
std::unique_ptr<Accumulator> make_quantile(double quantile);
// Within 1 %; holds a sketch.
std::unique_ptr<Accumulator> make_approx_quantile(double quantile);

}  // namespace obs::lang
