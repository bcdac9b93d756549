// Aggregates of `stats`: each holds one column of the answer, a state a group.
//
// What comes out does not depend on how records were spread over several of them before merge():
// whole numbers add up exactly, others in twice the precision of a double, first and last go by
// order of arrival. The same holds for states that were saved and loaded again. Not thread-safe.

#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "libobs/base/result.h"
#include "libobs/lang/ast.h"
#include "libobs/lang/spill_file.h"
#include "libobs/lang/value.h"

namespace obs::lang {

class Accumulator {
 public:
  virtual ~Accumulator() = default;
  // Makes room for so many groups; new ones start empty.
  virtual void resize(std::size_t groups) = 0;
  struct Sample {
    Value value;
    std::uint64_t ordinal = 0;  // The record's place in the order of arrival.
    double weight = 1;          // How many records it stands for; count, sum, avg and rate heed it.
    std::uint64_t copies = 1;   // How many such records there are.
  };
  virtual void add(std::uint32_t group, const Sample& sample) = 0;
  // Adds another's group; it is of the same make, and that group of it is spent.
  virtual void merge(std::uint32_t group, Accumulator& other, std::uint32_t other_group) = 0;
  // The group's state as bytes, and added to a group's from there. What was put aside stays there.
  virtual void save(std::string& out, std::uint32_t group) const = 0;
  virtual void load(std::uint32_t group, std::string_view& bytes) = 0;
  // Puts aside what single groups hold much of, where that can be.
  virtual Result<void> spill(SpillFile&) { return {}; }
  // Forgets all groups.
  virtual void clear() = 0;
  // Appends the group's result as JSON. May reorder what is held. Fails only when what was put
  // aside cannot be had back.
  virtual Result<void> append_result(std::string& out, std::uint32_t group) = 0;
  // Memory in use beyond what a group always takes.
  virtual std::size_t bytes() const = 0;
  // What a group always takes.
  virtual std::size_t group_bytes() const = 0;
};

// For everything but rate, which counts, and needs the times.
std::unique_ptr<Accumulator> make_accumulator(Aggregate aggregate, double quantile);
// count / seconds; the seconds are `every`, or what the times of the records span.
std::unique_ptr<Accumulator> make_rate(Duration every);

}  // namespace obs::lang
