#include "libobs/query/critical_path.h"

#include <algorithm>

namespace obs::query {
namespace {

// A span on the path, being looked back through.
struct Visit {
  std::size_t node;
  Timestamp start;
  Timestamp end;                      // Of the part that was waited for.
  Timestamp moment;                   // Everything after it is settled.
  std::vector<std::size_t> children;  // Not yet looked at, the last to end at the back.
};

class PathFinder {
 public:
  explicit PathFinder(const TraceTree& tree) : tree_(tree) {}

  std::vector<PathSegment> find(std::size_t root) {
    const TraceNode& node = tree_.nodes[root];
    enter(root, node.start, node.end);
    while (!stack_.empty()) step();
    std::reverse(path_.begin(), path_.end());
    return std::move(path_);
  }

 private:
  void enter(std::size_t node, Timestamp start, Timestamp end) {
    Visit visit{node, start, end, end, {}};
    for (std::size_t child : tree_.nodes[node].children) {
      if (tree_.nodes[child].span.kind != "consumer") visit.children.push_back(child);
    }
    const auto clipped = [&](std::size_t child) { return std::min(tree_.nodes[child].end, end); };
    std::stable_sort(visit.children.begin(), visit.children.end(),
                     [&](std::size_t a, std::size_t b) { return clipped(a) < clipped(b); });
    stack_.push_back(std::move(visit));
  }

  // Settles the time back to the next child that was waited for, and goes into it; or back to the
  // span's start, and leaves it.
  void step() {
    Visit& visit = stack_.back();
    while (!visit.children.empty()) {
      const std::size_t child = visit.children.back();
      visit.children.pop_back();
      const Timestamp start = std::max(tree_.nodes[child].start, visit.start);
      const Timestamp end = std::min(tree_.nodes[child].end, visit.end);
      if (end > visit.moment || end <= start) continue;
      add(visit.node, end, visit.moment);
      visit.moment = start;
      return enter(child, start, end);
    }
    add(visit.node, visit.start, visit.moment);
    stack_.pop_back();
  }

  void add(std::size_t node, Timestamp start, Timestamp end) {
    if (start < end) path_.push_back({node, start, end});
  }

  const TraceTree& tree_;
  std::vector<Visit> stack_;
  std::vector<PathSegment> path_;  // Latest first.
};

}  // namespace

std::vector<PathSegment> find_critical_path(const TraceTree& tree, std::size_t root) {
  return PathFinder(tree).find(root);
}

}  // namespace obs::query
