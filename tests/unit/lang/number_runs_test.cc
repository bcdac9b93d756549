#include "libobs/lang/number_runs.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include <catch2/catch.hpp>

namespace obs::lang {
namespace {

constexpr std::size_t kMany = 50'000;

struct Shape {
  const char* name;
  std::function<double(std::size_t)> number;
};

const Shape kShapes[] = {
    {"rising", [](std::size_t i) { return static_cast<double>(i); }},
    {"falling", [](std::size_t i) { return -static_cast<double>(i) / 7; }},
    {"in no order",
     [](std::size_t i) { return static_cast<double>(i * 2'654'435'761U % 1'000'003); }},
    {"all one", [](std::size_t) { return 4.5; }},
    {"mostly one", [](std::size_t i) { return i % 10 == 0 ? static_cast<double>(i) : 3.0; }},
    {"of two", [](std::size_t i) { return i % 2 == 0 ? 1.0 : 2.0; }},
    {"with the sample's period",
     [](std::size_t i) { return i % (kMany / 1024) == 0 ? 1e9 : static_cast<double>(i); }},
    {"with infinities",
     [](std::size_t i) {
       const double infinity = std::numeric_limits<double>::infinity();
       return i % 3 == 0 ? infinity : i % 3 == 1 ? -infinity : static_cast<double>(i);
     }},
};

// Several lanes' share each, joined.
NumberRuns join(const std::vector<double>& numbers, std::size_t lanes) {
  std::vector<NumberRuns> parts(lanes);
  for (std::size_t i = 0; i < numbers.size(); ++i) parts[i % lanes].add(numbers[i]);
  NumberRuns all;
  for (NumberRuns& part : parts) all.add(std::move(part));
  return all;
}

}  // namespace

TEST_CASE("the number of a rank is what sorting says", "[lang]") {
  for (const Shape& shape : kShapes) {
    for (const std::size_t count : {std::size_t{1}, std::size_t{100}, std::size_t{8192}, kMany}) {
      std::vector<double> numbers;
      for (std::size_t i = 0; i < count; ++i) numbers.push_back(shape.number(i));
      std::vector<double> sorted = numbers;
      std::sort(sorted.begin(), sorted.end());
      for (const std::size_t lanes : {1U, 3U}) {
        for (const double share : {0.0, 0.03, 0.5, 0.95, 0.999, 1.0}) {
          const auto rank = static_cast<std::size_t>(share * static_cast<double>(count - 1));
          INFO(shape.name << ", " << count << " in " << lanes << " lanes, rank " << rank);
          NumberRuns runs = join(numbers, lanes);
          REQUIRE(runs.size() == count);
          CHECK(runs.select(rank) == sorted[rank]);
          CHECK(runs.size() == count);
        }
      }
    }
  }
}

TEST_CASE("numbers come back from their bytes, and are gone once taken", "[lang]") {
  std::vector<double> numbers(20'000);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = std::sqrt(static_cast<double>(i));
  NumberRuns runs = join(numbers, 2);
  std::string bytes;
  runs.save(bytes);
  std::string_view rest = bytes;
  NumberRuns loaded = NumberRuns::load(rest);
  CHECK(rest.empty());
  CHECK(loaded.size() == numbers.size());
  CHECK(loaded.select(12'345) == numbers[12'345]);
  CHECK(loaded.bytes() >= numbers.size() * sizeof(double));

  std::size_t taken = 0;
  for (const auto& run : loaded.take()) taken += run.size();
  CHECK(taken == numbers.size());
  CHECK(loaded.size() == 0);
}

TEST_CASE("a number stands for its copies, and says what it takes to hold them", "[lang]") {
  NumberRuns runs;
  std::size_t grown = runs.add(2, 1000);
  grown += runs.add(1);
  CHECK(grown == runs.bytes());
  CHECK(runs.size() == 1001);
  CHECK(runs.select(0) == 1);
  CHECK(runs.select(1000) == 2);
}

}  // namespace obs::lang
