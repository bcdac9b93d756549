#include "libobs/store/sample_numbers.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <span>
#include <utility>

namespace obs::store {
namespace {

template <class T>
void append_all(std::vector<T>& to, const std::vector<T>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

template <class T>
std::vector<T> pick(const std::vector<T>& from, std::span<const std::uint32_t> places) {
  std::vector<T> picked;
  picked.reserve(places.size());
  for (const std::uint32_t place : places) picked.push_back(from[place]);
  return picked;
}

}  // namespace

bool SampleNumbers::in_order() const {
  return std::adjacent_find(times.begin(), times.end(), std::greater_equal<>()) == times.end();
}

bool SampleNumbers::has_same_times() const {
  if (in_order()) return false;
  std::vector<Timestamp> sorted = times;
  std::sort(sorted.begin(), sorted.end());
  return std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end();
}

std::vector<std::uint32_t> SampleNumbers::order() const {
  std::vector<std::uint32_t> places(times.size());
  std::iota(places.begin(), places.end(), std::uint32_t{0});
  const auto arrival = [this](std::uint32_t i) { return i < arrivals.size() ? arrivals[i] : 0; };
  std::stable_sort(places.begin(), places.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::pair(times[a], arrival(a)) < std::pair(times[b], arrival(b));
  });
  // unique() keeps the first, so it is done backwards.
  const auto kept =
      std::unique(places.rbegin(), places.rend(),
                  [&](std::uint32_t a, std::uint32_t b) { return times[a] == times[b]; });
  places.erase(places.begin(), kept.base());
  return places;
}

// Parts are read in the order of time, so most often nothing is left to do.
void SampleNumbers::settle() {
  if (in_order()) return;
  const std::vector<std::uint32_t> places = order();
  times = pick(times, places);
  values = pick(values, places);
  start_times = pick(start_times, places);
}

void SampleNumbers::append(const SampleNumbers& later) {
  if (!later.arrivals.empty()) {
    arrivals.resize(times.size());
    append_all(arrivals, later.arrivals);
  }
  append_all(times, later.times);
  append_all(values, later.values);
  append_all(start_times, later.start_times);
}

}  // namespace obs::store
