// The spans of a trace as a forest, whatever was sent: parents that never arrived, several roots,
// circles, the same span id twice, and clocks that disagree. Pure; work and memory are linear in
// the spans (but for sorting), and nothing recurses, since a trace may be as deep as it is long.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libobs/base/clock.h"

namespace obs::query {

struct TraceSpan {
  Timestamp start = 0;
  Duration duration = 0;  // A negative one is drawn as 0.
  std::string service;
  std::string name;
  std::string kind;
  std::string status_message;
  std::string span_id;
  std::string parent_span_id;  // Empty for a root.
  bool is_error = false;
};

struct TraceNode {
  TraceSpan span;
  // As drawn: the span's own times, moved by `skew`.
  Timestamp start = 0;
  Timestamp end = 0;
  Duration skew = 0;
  std::optional<std::size_t> parent;
  std::vector<std::size_t> children;  // By start.
  std::size_t depth = 0;
  bool is_orphan = false;  // It names a parent that is not there.
};

struct TraceTree {
  std::vector<TraceNode> nodes;    // In depth-first order: a node, then what is below it.
  std::vector<std::size_t> roots;  // By start.
  Timestamp start = 0;
  Timestamp end = 0;

  // From start to end; the greatest Duration when it is longer than that.
  Duration length() const;
};

// Of two spans with one id, children belong to the first. A circle is cut above its earliest span.
//
// A child cannot begin before its parent. Where one of another service seems to, its clock is
// behind: it is moved into the middle of its parent if it fits there, else to its start, and what
// its own service recorded below it moves along.
TraceTree build_trace_tree(std::vector<TraceSpan> spans);

}  // namespace obs::query
