#include "libobs/store/compact.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "libobs/store/point_shape.h"

namespace obs::store {
namespace {

// Large enough to be left alone, whatever its level says of how often it was rewritten.
bool is_large(const Part& part, const MergeOptions& options) {
  return part.rows >= options.final_rows || part.bytes >= kMaxMergedBytes / 2;
}

// As many as make a part of the wanted size, from the earliest on.
std::vector<Part> take_first(std::vector<Part> small, const MergeOptions& options) {
  std::sort(small.begin(), small.end(), [](const Part& a, const Part& b) {
    return std::tie(a.min_time, a.id) < std::tie(b.min_time, b.id);
  });
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  std::size_t count = 0;
  while (count < small.size()) {
    if (count >= 2 && (rows >= options.rows || bytes >= kMaxMergedBytes)) break;
    rows += small[count].rows;
    bytes += small[count++].bytes;
  }
  small.resize(count);
  return small;
}

}  // namespace

// What comes out of two or more small parts is larger than each of them, so there are fewer parts
// after each answer.
std::vector<Part> choose_compaction(std::span<const Part> parts, const MergeOptions& options) {
  std::map<std::tuple<model::Signal, PointShape, std::string>, std::vector<Part>> small;
  for (const Part& part : parts) {
    if (is_large(part, options)) continue;
    small[{part.signal, shape_of(part.schema), part.partition}].push_back(part);
  }
  for (auto& [key, group] : small) {
    if (group.size() >= 2) return take_first(std::move(group), options);
  }
  return {};
}

}  // namespace obs::store
