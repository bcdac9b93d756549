#include "libobs/store/sample_numbers.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <numeric>
#include <span>
#include <utility>

#include "libobs/store/sample_scan.h"

namespace obs::store {
namespace {

template <class T>
std::vector<T> pick(const std::vector<T>& from, std::span<const std::uint32_t> places) {
  std::vector<T> picked;
  picked.reserve(places.size());
  for (const std::uint32_t place : places) picked.push_back(from[place]);
  return picked;
}

// 0 for NULL.
void append_cells(std::vector<Timestamp>& to, const ParquetCursor<std::int64_t>& cells,
                  std::uint32_t begin, std::uint32_t end) {
  if (cells.is_null() || cells.is_same()) {
    to.insert(to.end(), end - begin, cells.is_null() ? 0 : cells.at(0));
  } else {
    to.insert(to.end(), cells.each() + begin, cells.each() + end);
  }
}

}  // namespace

double stale_number() { return std::bit_cast<double>(kStaleBits); }

void SampleNumbers::reserve(std::size_t expected) {
  times.reserve(expected);
  values.reserve(expected);
  start_times.reserve(expected);
}

void SampleNumbers::add(const NumbersCursor& rows, std::uint32_t begin, std::uint32_t end,
                        bool with_arrival) {
  if (!rows.has_number()) return add_stale(rows, begin, end, with_arrival);
  const std::size_t before = times.size();
  append_cells(times, rows.times(), begin, end);
  append_cells(start_times, rows.start_times(), begin, end);
  values.resize(before + end - begin);
  rows.numbers(begin, end, values.data() + before);
  if (!rows.same_flags() || rows.flags(begin) != 0) {
    for (std::uint32_t i = begin; i < end; ++i) {
      if ((rows.flags(i) & kNoRecordedValue) != 0) values[before + i - begin] = stale_number();
    }
  }
  if (!with_arrival) return;
  arrivals.resize(before);
  for (std::uint32_t i = begin; i < end; ++i) arrivals.push_back(rows.arrival(i));
}

// Of points without a value: what has no flag either is there for its exemplars, and no sample.
void SampleNumbers::add_stale(const NumbersCursor& rows, std::uint32_t begin, std::uint32_t end,
                              bool with_arrival) {
  for (std::uint32_t i = begin; i < end; ++i) {
    if ((rows.flags(i) & kNoRecordedValue) == 0) continue;
    if (with_arrival) arrivals.resize(times.size());
    times.push_back(rows.time(i));
    start_times.push_back(rows.start_time(i));
    values.push_back(stale_number());
    if (with_arrival) arrivals.push_back(rows.arrival(i));
  }
}

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

}  // namespace obs::store
