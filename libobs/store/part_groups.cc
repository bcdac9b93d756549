#include "libobs/store/part_groups.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "libobs/base/text.h"

namespace obs::store {
namespace {

// Each attribute that a group has makes the expression for all of them longer.
constexpr std::size_t kMaxGroupAttributes = 128;

bool is_same_name(const HotAttribute& a, const HotAttribute& b) {
  return equals_ignore_case(a.key, b.key);
}

// Whether DuckDB can read both by name: a column has one type, and one spelling.
bool can_join(const PartGroup& a, const PartGroup& b) {
  if (a.hot.size() + b.hot.size() > kMaxGroupAttributes) return false;
  return std::none_of(b.hot.begin(), b.hot.end(), [&](const HotAttribute& attribute) {
    return std::any_of(a.hot.begin(), a.hot.end(), [&](const HotAttribute& other) {
      return is_same_name(attribute, other) && attribute != other;
    });
  });
}

bool has_everywhere(const PartGroup& group, const HotAttribute& attribute) {
  return find_hot(group.hot, attribute.key) != nullptr &&
         find_hot(group.partial, attribute.key) == nullptr;
}

void join(PartGroup& group, const PartGroup& other) {
  HotAttributes all;
  const auto by_key = [](const HotAttribute& a, const HotAttribute& b) { return a.key < b.key; };
  std::set_union(group.hot.begin(), group.hot.end(), other.hot.begin(), other.hot.end(),
                 std::back_inserter(all), by_key);
  HotAttributes partial;
  for (const HotAttribute& attribute : all) {
    if (!has_everywhere(group, attribute) || !has_everywhere(other, attribute)) {
      partial.push_back(attribute);
    }
  }
  group.hot = std::move(all);
  group.partial = std::move(partial);
  group.paths.insert(group.paths.end(), other.paths.begin(), other.paths.end());
}

}  // namespace

void PartGroups::add(const HotAttributes& hot, const std::string& path) {
  const std::string text = to_json(hot);
  const auto found = std::find(hot_of_.begin(), hot_of_.end(), text);
  const auto place = static_cast<std::size_t>(found - hot_of_.begin());
  if (found == hot_of_.end()) {
    hot_of_.push_back(text);
    groups_.push_back({hot, {}, {}});
  }
  groups_[place].paths.push_back(path);
}

std::vector<PartGroup> PartGroups::groups() const {
  if (groups_.size() <= kMaxPartGroups) return groups_;
  std::vector<PartGroup> sorted = groups_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const PartGroup& a, const PartGroup& b) {
    return a.paths.size() > b.paths.size();
  });
  const auto first_shared = static_cast<std::ptrdiff_t>(kMaxPartGroups - 1);
  std::vector<PartGroup> groups(sorted.begin(), sorted.begin() + first_shared);
  for (auto group = sorted.begin() + first_shared; group != sorted.end(); ++group) {
    const auto room =
        std::find_if(groups.begin() + first_shared, groups.end(),
                     [&](const PartGroup& shared) { return can_join(shared, *group); });
    if (room == groups.end()) {
      groups.push_back(*group);
    } else {
      join(*room, *group);
    }
  }
  return groups;
}

}  // namespace obs::store
