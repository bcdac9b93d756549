#include "libobs/tui/waterfall.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "libobs/base/text.h"
#include "libobs/query/critical_path.h"
#include "libobs/tui/paint.h"
#include "libobs/tui/time_bar.h"
#include "libobs/tui/waterfall_rows.h"

namespace obs::tui {
namespace {

using query::PathSegment;
using query::TraceNode;
using query::TraceTree;

constexpr std::size_t kMinWidth = 40;
constexpr std::size_t kMaxLabelWidth = 60;
constexpr std::size_t kDurationWidth = 8;  // "1h23m45s", "999.9ms"
constexpr std::size_t kBranchWidth = 3;    // "├─ "
constexpr std::size_t kMaxPathLines = 5;
constexpr std::size_t kMaxErrorLines = 10;

class Waterfall {
 public:
  Waterfall(const TraceTree& tree, const WaterfallOptions& options)
      : tree_(tree),
        options_(options),
        painter_(options.color),
        width_(std::max(kMinWidth, options.width)),
        label_width_(std::min(kMaxLabelWidth, width_ * 2 / 5)),
        axis_(tree.start, tree.length(), width_ - label_width_ - kDurationWidth - 2),
        path_(query::find_critical_path(tree, longest_root(tree))),
        path_of_(tree.nodes.size()) {
    for (const PathSegment& segment : path_) path_of_[segment.node].push_back(segment);
  }

  std::string draw(std::string_view trace_id) {
    append_head(trace_id);
    append_scale();
    std::vector<bool> on_path;
    for (const auto& segments : path_of_) on_path.push_back(!segments.empty());
    // The branches of a tree take at most half of the room for names.
    const RowLimits limits = {options_.max_rows, label_width_ / 2 / kBranchWidth};
    for (const WaterfallRow& row : choose_rows(tree_, on_path, limits)) append_row(row);
    append_legend();
    append_path();
    append_errors();
    return std::move(out_);
  }

 private:
  static std::size_t longest_root(const TraceTree& tree) {
    return *std::max_element(tree.roots.begin(), tree.roots.end(), [&](auto a, auto b) {
      const TraceNode& x = tree.nodes[a];
      const TraceNode& y = tree.nodes[b];
      return x.end - x.start < y.end - y.start;
    });
  }

  void append_head(std::string_view trace_id) {
    std::set<std::string_view> services;
    std::size_t errors = 0;
    for (const TraceNode& node : tree_.nodes) {
      services.insert(node.span.service);
      errors += node.span.is_error ? 1 : 0;
    }
    painter_.append(out_, fmt::format("trace {}", to_safe(trace_id)), kBold);
    std::string time = to_rfc3339(tree_.start).substr(0, 23);
    time[10] = ' ';
    out_ += fmt::format("\n{}  {}  {}", time, count_of(tree_.nodes.size(), "span"),
                        count_of(services.size(), "service"));
    if (errors > 0) {
      out_ += "  ";
      painter_.append(out_, count_of(errors, "error"), kError);
    }
    out_ += fmt::format("  {}\n\n", to_duration_text(tree_.length()));
  }

  static std::string count_of(std::size_t count, std::string_view what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
  }

  void append_scale() {
    out_.append(label_width_ + 1, ' ');
    painter_.append(out_, axis_.scale(), kDim);
    out_ += '\n';
  }

  void append_row(const WaterfallRow& row) {
    const std::string branches = fit(row.branches, label_width_);
    painter_.append(out_, branches, kDim);
    const std::size_t used = display_width(branches);
    if (!row.node) {
      const std::string hidden = count_of(row.hidden, "span") + " more";
      painter_.append(out_, "… " + hidden, kDim);
      out_ += '\n';
      return;
    }
    const TraceNode& node = tree_.nodes[*row.node];
    append_label(node, label_width_ - used);
    out_ += ' ';
    axis_.append_bar(out_, node, path_of_[*row.node], painter_);
    const std::string duration = to_duration_text(node.span.duration) + (node.skew == 0 ? "" : "~");
    append_padding(out_, display_width(duration), kDurationWidth + 1);
    out_ += duration + '\n';
  }

  void append_label(const TraceNode& node, std::size_t room) {
    std::string marks = node.span.is_error ? "✗ " : "";
    if (node.is_orphan) marks += "? ";
    marks = fit(marks, room);
    painter_.append(out_, marks, kError);
    room -= display_width(marks);
    const std::string service = fit(node.span.service, room);
    painter_.append(out_, service, service_style(node.span.service));
    room -= display_width(service);
    if (room < 2) return append_padding(out_, 0, room);
    const std::string name = fit(node.span.name, room - 1);
    out_ += ' ';
    painter_.append(out_, name, node.span.is_error ? kError : kPlain);
    append_padding(out_, display_width(name), room - 1);
  }

  void append_legend() {
    const auto any = [&](auto has) {
      return std::any_of(tree_.nodes.begin(), tree_.nodes.end(), has);
    };
    std::string legend = "█ critical path  ░ off it";
    if (any([](const TraceNode& node) { return node.span.is_error; })) legend += "  ✗ error";
    if (any([](const TraceNode& node) { return node.is_orphan; })) legend += "  ? parent missing";
    if (any([](const TraceNode& node) { return node.skew != 0; })) legend += "  ~ clock corrected";
    out_ += '\n';
    painter_.append(out_, legend, kDim);
    out_ += '\n';
  }

  // What the time on the critical path went into, the largest share first.
  void append_path() {
    std::map<std::pair<std::string_view, std::string_view>, Duration> shares;
    Duration whole = 0;
    for (const PathSegment& segment : path_) {
      const query::TraceSpan& span = tree_.nodes[segment.node].span;
      shares[{span.service, span.name}] += segment.end - segment.start;
      whole += segment.end - segment.start;
    }
    std::vector<std::pair<Duration, std::string>> lines;
    for (const auto& [name, share] : shares) {
      lines.emplace_back(share, fmt::format("{} {}", name.first, name.second));
    }
    std::stable_sort(lines.begin(), lines.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    if (lines.size() > kMaxPathLines) lines.resize(kMaxPathLines);
    for (const auto& [share, name] : lines) {
      out_ += fmt::format("{:>8} {:>3.0f}%  {}\n", to_duration_text(share),
                          100.0 * static_cast<double>(share) / static_cast<double>(whole),
                          fit(name, width_ - 15));
    }
  }

  void append_errors() {
    std::size_t left = kMaxErrorLines;
    for (const TraceNode& node : tree_.nodes) {
      if (!node.span.is_error || node.span.status_message.empty() || left == 0) continue;
      --left;
      painter_.append(out_, "✗ ", kError);
      out_ +=
          fit(fmt::format("{} {}: {}", node.span.service, node.span.name, node.span.status_message),
              width_ - 2);
      out_ += '\n';
    }
  }

  const TraceTree& tree_;
  const WaterfallOptions& options_;
  Painter painter_;
  std::size_t width_;
  std::size_t label_width_;
  TimeAxis axis_;
  std::vector<PathSegment> path_;
  std::vector<std::vector<PathSegment>> path_of_;  // By node.
  std::string out_;
};

}  // namespace

std::string draw_waterfall(std::string_view trace_id, const TraceTree& tree,
                           const WaterfallOptions& options) {
  return Waterfall(tree, options).draw(trace_id);
}

}  // namespace obs::tui
