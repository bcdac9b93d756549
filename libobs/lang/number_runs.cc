#include "libobs/lang/number_runs.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <span>
#include <utility>

#include "libobs/lang/spill_segment.h"

namespace obs::lang {
namespace {

// Shorter runs are joined by copying, which keeps runs few.
constexpr std::size_t kLeastRun = 8192;
constexpr std::size_t kSample = 1024;
constexpr std::size_t kPiece = 4096;

// Two numbers between which the one that is looked for most likely lies.
struct Bounds {
  double low;
  double high;
};

// Where a number of that rank lies is known from a sample to three standard deviations, as Floyd
// and Rivest do ("Expected time bounds for selection", 1975).
Bounds guess(std::vector<double> sample, double share) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  constexpr std::size_t kDeviations = 48;  // Three, of a thousand.
  std::sort(sample.begin(), sample.end());
  const auto middle = static_cast<std::size_t>(share * static_cast<double>(sample.size()));
  return {middle < kDeviations ? -kInfinity : sample[middle - kDeviations],
          middle + kDeviations < sample.size() ? sample[middle + kDeviations] : kInfinity};
}

double select_of(std::vector<double>& numbers, std::size_t rank) {
  const auto at = numbers.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(numbers.begin(), at, numbers.end());
  return *at;
}

// How numbers lie about the bounds. Those that equal one are only counted: they may be most.
struct Split {
  std::size_t below = 0;
  std::size_t at_low = 0;
  std::vector<double> between;
  std::size_t at_high = 0;

  void add(std::span<const double> numbers, Bounds bounds) {
    std::size_t kept = between.size();
    between.resize(kept + numbers.size());
    for (const double number : numbers) {  // Without a branch that no processor could foretell.
      below += number < bounds.low ? 1 : 0;
      at_low += number == bounds.low ? 1 : 0;
      at_high += number == bounds.high && bounds.low < bounds.high ? 1 : 0;
      between[kept] = number;
      kept += number > bounds.low && number < bounds.high ? 1 : 0;
    }
    between.resize(kept);
  }

  std::optional<double> find(std::size_t rank, Bounds bounds) {
    if (rank < below) return std::nullopt;
    rank -= below;
    if (rank < at_low) return bounds.low;
    rank -= at_low;
    if (rank < between.size()) return select_of(between, rank);
    rank -= between.size();
    return rank < at_high ? std::optional(bounds.high) : std::nullopt;
  }
};

}  // namespace

template <class Visit>
void NumberRuns::visit(Visit visit) const {
  visit(first_);
  if (others_) std::for_each(others_->begin(), others_->end(), visit);
}

std::size_t NumberRuns::size() const {
  std::size_t size = 0;
  visit([&](const std::vector<double>& run) { size += run.size(); });
  return size;
}

std::size_t NumberRuns::bytes() const {
  std::size_t numbers = 0;
  visit([&](const std::vector<double>& run) { numbers += run.capacity(); });
  return numbers * sizeof(double) + (others_ ? others_->capacity() * sizeof(first_) : 0);
}

std::size_t NumberRuns::add(double value, std::uint64_t copies) {
  const std::size_t before = first_.capacity();
  if (copies == 1) {
    first_.push_back(value);
  } else {
    first_.insert(first_.end(), copies, value);
  }
  return (first_.capacity() - before) * sizeof(double);
}

void NumberRuns::add(NumberRuns&& more) {
  for (std::vector<double>& run : more.take()) {
    if (run.size() > first_.size()) first_.swap(run);
    if (run.size() < kLeastRun) {
      first_.insert(first_.end(), run.begin(), run.end());
    } else {
      if (!others_) others_ = std::make_unique<Runs>();
      others_->push_back(std::move(run));
    }
  }
}

double NumberRuns::select(std::size_t rank) {
  const std::size_t count = size();
  if (!others_ && count < kLeastRun) return select_of(first_, rank);
  const std::size_t step = count / kSample;
  std::vector<double> sample;
  std::size_t skip = 0;
  visit([&](const std::vector<double>& run) {
    for (; skip < run.size(); skip += step) sample.push_back(run[skip]);
    skip -= run.size();
  });
  const Bounds bounds =
      guess(std::move(sample), static_cast<double>(rank) / static_cast<double>(count));
  Split split;
  visit([&](std::span<const double> run) {
    for (; !run.empty(); run = run.subspan(std::min(run.size(), kPiece))) {
      split.add(run.first(std::min(run.size(), kPiece)), bounds);
    }
  });
  if (const auto found = split.find(rank, bounds)) return *found;
  // What the sample said was wrong: the order of the numbers has its own period.
  Runs runs = take();
  for (auto& run : runs) {
    first_.insert(first_.end(), run.begin(), run.end());
    run = {};
  }
  return select_of(first_, rank);
}

NumberRuns::Runs NumberRuns::take() {
  Runs runs = others_ ? std::move(*others_) : Runs();
  others_.reset();
  runs.push_back(std::exchange(first_, {}));
  return runs;
}

void NumberRuns::save(std::string& out) const {
  append_plain(out, others_ ? others_->size() + 1 : std::size_t{1});
  visit([&](const std::vector<double>& run) { append_items(out, run); });
}

NumberRuns NumberRuns::load(std::string_view& bytes) {
  NumberRuns numbers;
  for (auto runs = take_plain<std::size_t>(bytes); runs > 0; --runs) {
    NumberRuns run;
    run.first_ = take_items<double>(bytes);
    numbers.add(std::move(run));
  }
  return numbers;
}

}  // namespace obs::lang
