#include <catch2/catch.hpp>

#include "libobs/query/critical_path.h"
#include "libobs/query/trace_tree.h"

namespace obs::query {
namespace {

// Milliseconds from a start of 1 s.
TraceSpan span(std::string id, std::string parent, std::string service, int start, int duration,
               std::string kind = "server") {
  TraceSpan span;
  span.start = kSecond + start * kMillisecond;
  span.duration = duration * kMillisecond;
  span.service = std::move(service);
  span.name = id;
  span.kind = std::move(kind);
  span.span_id = std::move(id);
  span.parent_span_id = std::move(parent);
  return span;
}

// "a(b(c) d)": the shape of a tree.
void append_shape(std::string& out, const TraceTree& tree, std::size_t index) {
  const TraceNode& node = tree.nodes[index];
  out += node.span.span_id;
  if (node.is_orphan) out += '?';
  if (node.children.empty()) return;
  out += '(';
  for (std::size_t child : node.children) {
    if (child != node.children.front()) out += ' ';
    append_shape(out, tree, child);
  }
  out += ')';
}

std::string shape_of(std::vector<TraceSpan> spans) {
  const TraceTree tree = build_trace_tree(std::move(spans));
  std::string out;
  for (std::size_t root : tree.roots) {
    if (!out.empty()) out += ' ';
    append_shape(out, tree, root);
  }
  return out;
}

// "a 0-5, b 5-10".
std::string path_of(std::vector<TraceSpan> spans) {
  const TraceTree tree = build_trace_tree(std::move(spans));
  std::string out;
  for (const PathSegment& segment : find_critical_path(tree, tree.roots.front())) {
    if (!out.empty()) out += ", ";
    const auto to_ms = [](Timestamp time) {
      return std::to_string((time - kSecond) / kMillisecond);
    };
    out += tree.nodes[segment.node].span.span_id + " " + to_ms(segment.start) + "-" +
           to_ms(segment.end);
  }
  return out;
}

}  // namespace

TEST_CASE("spans form the tree their parents name, children by start", "[query][trace]") {
  CHECK(shape_of({}).empty());
  CHECK(shape_of({span("c", "a", "s", 5, 1), span("a", "", "s", 0, 9), span("b", "a", "s", 1, 3),
                  span("d", "b", "s", 2, 1)}) == "a(b(d) c)");
}

TEST_CASE("a parent that is not there makes its children roots, and they say so",
          "[query][trace]") {
  CHECK(shape_of({span("a", "", "s", 0, 9), span("b", "gone", "s", 1, 1),
                  span("c", "b", "s", 1, 1)}) == "a b?(c)");
  CHECK(shape_of({span("x", "gone", "s", 1, 1), span("y", "gone", "s", 0, 1)}) == "y? x?");
}

TEST_CASE("a circle of parents is cut above its earliest span", "[query][trace]") {
  CHECK(shape_of({span("a", "a", "s", 0, 1)}) == "a");
  CHECK(shape_of({span("a", "b", "s", 1, 1), span("b", "a", "s", 0, 1)}) == "b(a)");
  CHECK(shape_of({span("x", "c", "s", 3, 1), span("a", "b", "s", 2, 1), span("b", "c", "s", 1, 1),
                  span("c", "a", "s", 3, 1), span("r", "", "s", 0, 1)}) == "r b(a(c(x)))");
}

TEST_CASE("of two spans with one id the first has the children", "[query][trace]") {
  CHECK(shape_of({span("a", "", "s", 0, 5), span("a", "", "s", 1, 5), span("b", "a", "s", 2, 1)}) ==
        "a(b) a");
}

TEST_CASE("a child of another service that begins before its parent is moved into it",
          "[query][trace]") {
  const auto tree = build_trace_tree({span("a", "", "web", 0, 100), span("b", "a", "db", -500, 40),
                                      span("c", "b", "db", -490, 10), span("d", "c", "ok", 50, 5)});
  REQUIRE(tree.nodes.size() == 4);
  const auto start_ms = [&](std::size_t i) {
    return (tree.nodes[i].start - kSecond) / kMillisecond;
  };
  CHECK(start_ms(1) == 30);  // In the middle: (100 - 40) / 2.
  CHECK(start_ms(2) == 40);  // Along with it, 10 ms after its start.
  CHECK(start_ms(3) == 50);  // Its clock was right.
  CHECK(tree.nodes[1].skew == 530 * kMillisecond);
  CHECK(tree.nodes[3].skew == 0);
  CHECK(tree.start == kSecond);
  CHECK(tree.length() == 100 * kMillisecond);
}

TEST_CASE("a child too long for its parent is moved to its start, and one clock is believed",
          "[query][trace]") {
  const auto tree = build_trace_tree(
      {span("a", "", "web", 0, 10), span("b", "a", "db", -5, 40), span("c", "a", "web", -3, 1)});
  CHECK(tree.nodes[1].span.span_id == "c");
  CHECK(tree.nodes[1].skew == 0);
  CHECK(tree.nodes[2].start == kSecond);
}

TEST_CASE("a span that ends before it starts has no length", "[query][trace]") {
  const auto tree = build_trace_tree({span("a", "", "s", 5, -9)});
  CHECK(tree.nodes[0].start == tree.nodes[0].end);
}

TEST_CASE("a trace of any depth is built and searched without recursion", "[query][trace]") {
  std::vector<TraceSpan> spans;
  for (int i = 0; i < 200'000; ++i) {
    spans.push_back(span(std::to_string(i), i == 0 ? "" : std::to_string(i - 1), "s", 0, 1000));
  }
  const TraceTree tree = build_trace_tree(std::move(spans));
  CHECK(tree.nodes.back().depth == 199'999);
  const auto path = find_critical_path(tree, 0);
  REQUIRE(path.size() == 1);
  CHECK(path[0].node == 199'999);
}

TEST_CASE("the critical path follows what ended last and adds up to the root", "[query][trace]") {
  CHECK(path_of({span("a", "", "s", 0, 10)}) == "a 0-10");
  // One after the other.
  CHECK(path_of({span("a", "", "s", 0, 100), span("b", "a", "s", 10, 20),
                 span("c", "a", "s", 40, 50)}) == "a 0-10, b 10-30, a 30-40, c 40-90, a 90-100");
  // At once: the longer one hides the shorter.
  CHECK(path_of({span("a", "", "s", 0, 100), span("b", "a", "s", 10, 80),
                 span("c", "a", "s", 20, 30)}) == "a 0-10, b 10-90, a 90-100");
  // Overlapping: until the later one began, the parent was not waiting for the earlier.
  CHECK(path_of({span("a", "", "s", 0, 100), span("b", "a", "s", 0, 50),
                 span("c", "a", "s", 30, 60)}) == "a 0-30, c 30-90, a 90-100");
  // Deeper.
  CHECK(path_of({span("a", "", "s", 0, 100), span("b", "a", "s", 10, 80),
                 span("c", "b", "s", 20, 30)}) == "a 0-10, b 10-20, c 20-50, b 50-90, a 90-100");
  // End to end, without a gap.
  CHECK(path_of({span("a", "", "s", 0, 20), span("b", "a", "s", 0, 10),
                 span("c", "a", "s", 10, 10)}) == "b 0-10, c 10-20");
}

TEST_CASE("a child that outlives its parent counts up to the parent's end, a consumer not at all",
          "[query][trace]") {
  CHECK(path_of({span("a", "", "s", 0, 100), span("b", "a", "s", 50, 90)}) == "a 0-50, b 50-100");
  CHECK(path_of({span("a", "", "s", 0, 100), span("b", "a", "s", 50, 90),
                 span("c", "b", "s", 60, 70)}) == "a 0-50, b 50-60, c 60-100");
  CHECK(path_of({span("a", "", "s", 0, 100), span("b", "a", "s", 50, 90, "consumer")}) ==
        "a 0-100");
  CHECK(path_of({span("a", "", "s", 0, 100), span("b", "a", "s", 150, 10)}) == "a 0-100");
  CHECK(path_of({span("a", "", "s", 0, 100), span("b", "a", "s", 50, 0)}) == "a 0-100");
}

}  // namespace obs::query
