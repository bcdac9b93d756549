// Numbers in no order, to pick one by its rank. What several lanes gathered is joined without being
// copied.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace obs::lang {

// No NaN. Few of them cost little more than a vector.
class NumberRuns {
 public:
  using Runs = std::vector<std::vector<double>>;

  std::size_t size() const;
  std::size_t bytes() const;  // What is held behind this object.

  // Returns by how much bytes() grows.
  std::size_t add(double value, std::uint64_t copies = 1);
  void add(NumberRuns&& more);

  // The `rank`th smallest, from 0, of size() or more; holds about a tenth of many a second time.
  double select(std::size_t rank);
  // All of them, and leaves none behind.
  Runs take();

  void save(std::string& out) const;
  static NumberRuns load(std::string_view& bytes);

 private:
  template <class Visit>
  void visit(Visit visit) const;

  std::vector<double> first_;
  std::unique_ptr<Runs> others_;  // None of them short.
};

}  // namespace obs::lang
