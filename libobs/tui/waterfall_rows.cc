#include "libobs/tui/waterfall_rows.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace obs::tui {
namespace {

using query::TraceNode;
using query::TraceTree;
using Index = std::size_t;

// The nodes to draw: whatever hangs from a node that is drawn may be drawn.
std::vector<bool> choose_nodes(const TraceTree& tree, const std::vector<bool>& on_path,
                               std::size_t max_rows) {
  const auto& nodes = tree.nodes;
  std::vector<bool> shown(nodes.size(), nodes.size() <= max_rows);
  if (nodes.size() <= max_rows) return shown;
  std::vector<Index> order(nodes.size());
  std::iota(order.begin(), order.end(), Index{0});
  const auto importance = [&](Index i) {
    return std::tuple(nodes[i].span.is_error, bool{on_path[i]}, nodes[i].end - nodes[i].start);
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](Index a, Index b) { return importance(a) > importance(b); });
  std::size_t left = max_rows;
  for (Index candidate : order) {
    std::vector<Index> chain;
    for (std::optional<Index> at = candidate; at && !shown[*at] && chain.size() <= left;
         at = nodes[*at].parent) {
      chain.push_back(*at);
    }
    if (chain.size() > left) continue;
    for (Index member : chain) shown[member] = true;
    left -= chain.size();
    if (left == 0) break;
  }
  return shown;
}

class RowMaker {
 public:
  RowMaker(const TraceTree& tree, std::vector<bool> shown, std::size_t max_depth)
      : tree_(tree),
        max_depth_(max_depth),
        shown_(std::move(shown)),
        hidden_(tree.nodes.size()),
        is_last_(tree.nodes.size()),
        anchor_(tree.nodes.size()) {}

  std::vector<WaterfallRow> make() {
    count_hidden();
    find_last();
    for (Index i = 0; i < tree_.nodes.size(); ++i) {
      if (!shown_[i]) continue;
      leave_until(tree_.nodes[i].depth);
      add(i);
      open_.push_back(i);
    }
    leave_until(0);
    if (hidden_roots_ > 0) rows_.push_back({"└─ ", std::nullopt, hidden_roots_});
    return std::move(rows_);
  }

 private:
  // Nodes come before what is below them, so going backwards adds up subtrees.
  void count_hidden() {
    std::vector<std::size_t> size(tree_.nodes.size(), 1);
    for (Index i = tree_.nodes.size(); i-- > 0;) {
      const auto parent = tree_.nodes[i].parent;
      if (parent) size[*parent] += size[i];
      if (shown_[i]) continue;
      if (!parent) hidden_roots_ += size[i];
      if (parent && shown_[*parent]) hidden_[*parent] += size[i];
    }
  }

  // The last row among its siblings, unless hidden ones come after it.
  void find_last() {
    for (Index i = 0; i < tree_.nodes.size(); ++i) {
      const TraceNode& node = tree_.nodes[i];
      if (!shown_[i] || hidden_[i] > 0) continue;
      for (auto child = node.children.rbegin(); child != node.children.rend(); ++child) {
        if (!shown_[*child]) continue;
        is_last_[*child] = true;
        break;
      }
    }
  }

  void leave_until(std::size_t depth) {
    while (open_.size() > depth) {
      const Index node = open_.back();
      open_.pop_back();
      if (hidden_[node] > 0) {
        rows_.push_back({branches_below(node) + "└─ ", std::nullopt, hidden_[node]});
      }
    }
  }

  void add(Index i) {
    const TraceNode& node = tree_.nodes[i];
    anchor_[i] = node.depth <= max_depth_ ? i : anchor_[*node.parent];
    if (!node.parent) {
      rows_.push_back({"", i, 0});
    } else if (node.depth > max_depth_) {
      rows_.push_back({branches_below(*tree_.nodes[anchor_[i]].parent) + "⋯ ", i, 0});
    } else {
      rows_.push_back({branches_below(*node.parent) + (is_last_[i] ? "└─ " : "├─ "), i, 0});
    }
  }

  // What stands before the children of a node.
  std::string branches_below(Index node) const {
    std::string branches;
    for (Index at = anchor_[node]; tree_.nodes[at].parent; at = *tree_.nodes[at].parent) {
      branches.insert(0, is_last_[at] ? "   " : "│  ");
    }
    return branches;
  }

  const TraceTree& tree_;
  std::size_t max_depth_;
  std::vector<bool> shown_;
  std::vector<std::size_t> hidden_;  // Nodes in hidden subtrees right below.
  std::vector<bool> is_last_;
  std::vector<Index> anchor_;  // Itself, or its ancestor at max_depth_.
  std::vector<Index> open_;    // The node drawn last, and all it hangs from.
  std::vector<WaterfallRow> rows_;
  std::size_t hidden_roots_ = 0;
};

}  // namespace

std::vector<WaterfallRow> choose_rows(const TraceTree& tree, const std::vector<bool>& on_path,
                                      RowLimits limits) {
  return RowMaker(tree, choose_nodes(tree, on_path, limits.rows), limits.depth).make();
}

}  // namespace obs::tui
