#include "libobs/store/compact.h"

#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "libobs/store/point_shape.h"

namespace obs::store {

// What comes out of two or more small parts is larger than each of them, so there are fewer parts
// after each answer.
std::vector<Part> choose_compaction(std::span<const Part> parts, const MergeOptions& options) {
  std::map<std::tuple<model::Signal, PointShape, std::string>, std::vector<Part>> small;
  for (const Part& part : parts) {
    if (is_large(part, options.final_rows)) continue;
    small[{part.signal, shape_of(part.schema), part.partition}].push_back(part);
  }
  for (auto& [key, group] : small) {
    if (group.size() >= 2) return take_first(std::move(group), options);
  }
  return {};
}

}  // namespace obs::store
