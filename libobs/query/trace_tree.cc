#include "libobs/query/trace_tree.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>
#include <utility>

namespace obs::query {
namespace {

using Index = std::size_t;

// The end of an interval; far beyond any real one it saturates.
Timestamp add(Timestamp time, Duration by) {
  Timestamp sum = 0;
  if (!__builtin_add_overflow(time, by, &sum)) return sum;
  return by > 0 ? INT64_MAX : INT64_MIN;
}

Duration subtract(Timestamp from, Timestamp what) {
  Duration difference = 0;
  if (!__builtin_sub_overflow(from, what, &difference)) return difference;
  return from > what ? INT64_MAX : INT64_MIN;
}

class TreeBuilder {
 public:
  explicit TreeBuilder(std::vector<TraceSpan> spans) : nodes_(spans.size()) {
    for (Index i = 0; i < spans.size(); ++i) {
      nodes_[i].start = spans[i].start;
      nodes_[i].end = add(spans[i].start, std::max<Duration>(0, spans[i].duration));
      nodes_[i].span = std::move(spans[i]);
    }
  }

  TraceTree build() {
    find_parents();
    cut_circles();
    attach_children();
    return in_order();
  }

 private:
  void find_parents() {
    std::unordered_map<std::string_view, Index> by_id;
    for (Index i = 0; i < nodes_.size(); ++i) by_id.emplace(nodes_[i].span.span_id, i);
    for (Index i = 0; i < nodes_.size(); ++i) {
      const std::string& parent = nodes_[i].span.parent_span_id;
      if (parent.empty()) continue;
      const auto found = by_id.find(parent);
      if (found == by_id.end()) {
        nodes_[i].is_orphan = true;
      } else if (found->second != i) {
        nodes_[i].parent = found->second;
      }
    }
  }

  // Walks up from each node, marking the way with the node it began at: meeting one's own mark is a
  // circle, meeting another's is ground already covered.
  void cut_circles() {
    std::vector<Index> mark(nodes_.size(), nodes_.size());
    for (Index start = 0; start < nodes_.size(); ++start) {
      Index at = start;
      while (mark[at] == nodes_.size()) {
        mark[at] = start;
        if (!nodes_[at].parent) break;
        at = *nodes_[at].parent;
        if (mark[at] == start) cut_circle(at);
      }
    }
  }

  void cut_circle(Index member) {
    Index earliest = member;
    for (Index at = *nodes_[member].parent; at != member; at = *nodes_[at].parent) {
      if (nodes_[at].start < nodes_[earliest].start) earliest = at;
    }
    nodes_[earliest].parent.reset();
  }

  void attach_children() {
    for (Index i = 0; i < nodes_.size(); ++i) {
      std::vector<Index>& siblings = nodes_[i].parent ? nodes_[*nodes_[i].parent].children : roots_;
      siblings.push_back(i);
    }
  }

  // Parents before children, so that a parent's own skew is settled when its children are looked
  // at. Renumbers on the way.
  TraceTree in_order() {
    TraceTree tree;
    tree.nodes.reserve(nodes_.size());
    sort_by_start(roots_);
    struct Visit {
      Index node;
      std::optional<Index> parent;  // Its new number.
    };
    std::vector<Visit> stack;
    for (auto root = roots_.rbegin(); root != roots_.rend(); ++root) stack.push_back({*root, {}});
    while (!stack.empty()) {
      const Visit visit = stack.back();
      stack.pop_back();
      const Index number = tree.nodes.size();
      place(tree, nodes_[visit.node], visit.parent);
      std::vector<Index> children = std::move(nodes_[visit.node].children);
      tree.nodes.push_back(std::move(nodes_[visit.node]));
      tree.nodes.back().children.clear();
      for (Index child : children) correct_skew(tree.nodes[number], nodes_[child]);
      sort_by_start(children);
      for (auto child = children.rbegin(); child != children.rend(); ++child) {
        stack.push_back({*child, number});
      }
    }
    set_bounds(tree);
    return tree;
  }

  static void place(TraceTree& tree, TraceNode& node, std::optional<Index> parent) {
    const Index number = tree.nodes.size();
    node.parent = parent;
    if (!parent) {
      tree.roots.push_back(number);
      return;
    }
    tree.nodes[*parent].children.push_back(number);
    node.depth = tree.nodes[*parent].depth + 1;
  }

  static void correct_skew(const TraceNode& parent, TraceNode& child) {
    const bool same_clock = child.span.service == parent.span.service;
    if (same_clock) move(child, parent.skew);
    if (same_clock || child.start >= parent.start) return;
    const Duration room =
        subtract(subtract(parent.end, parent.start), subtract(child.end, child.start));
    const Timestamp target = add(parent.start, room > 0 ? room / 2 : 0);
    move(child, subtract(target, child.start));
  }

  static void move(TraceNode& node, Duration by) {
    node.start = add(node.start, by);
    node.end = add(node.end, by);
    node.skew = add(node.skew, by);
  }

  void sort_by_start(std::vector<Index>& list) const {
    std::stable_sort(list.begin(), list.end(),
                     [&](Index a, Index b) { return nodes_[a].start < nodes_[b].start; });
  }

  static void set_bounds(TraceTree& tree) {
    if (tree.nodes.empty()) return;
    tree.start = tree.nodes[0].start;
    tree.end = tree.nodes[0].end;
    for (const TraceNode& node : tree.nodes) {
      tree.start = std::min(tree.start, node.start);
      tree.end = std::max(tree.end, node.end);
    }
  }

  std::vector<TraceNode> nodes_;
  std::vector<Index> roots_;
};

}  // namespace

Duration TraceTree::length() const { return subtract(end, start); }

TraceTree build_trace_tree(std::vector<TraceSpan> spans) {
  return TreeBuilder(std::move(spans)).build();
}

}  // namespace obs::query
