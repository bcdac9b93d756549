// Parts that one statement can scan together, though not all have the same attributes in columns.
// Pure. Internal to libobs/store.

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "libobs/store/hot_attributes.h"

namespace obs::store {

struct PartGroup {
  HotAttributes hot;               // What any of them has in a column.
  HotAttributes partial;           // Those of them that not all have there. Read by name.
  std::vector<std::string> paths;  // In the order in which they were added.
};

// DuckDB takes a millisecond to plan one more scan, each time it sees the view; so the sets that
// fewest parts have share a scan, in which a comparison with some attributes is no filter.
inline constexpr std::size_t kMaxPartGroups = 8;

// Collects parts; then groups() is about kMaxPartGroups of them at most. There are more only of
// parts that disagree about types.
class PartGroups {
 public:
  void add(const HotAttributes& hot, const std::string& path);
  std::vector<PartGroup> groups() const;

 private:
  std::vector<PartGroup> groups_;    // By set, in the order of their first part.
  std::vector<std::string> hot_of_;  // Their sets as text, to find them by.
};

}  // namespace obs::store
