// The critical path of a trace: at each moment, the one span that the whole request was waiting
// for. Making any other span faster does not make the request faster.
//
// How it is found. Stand at the end of the root and look back. What ended last before this moment
// is what the root was waiting for; so between that child's end and this moment the root itself was
// at work, and before it the child was. Step into the child and do the same there, until its start;
// then go on looking back from the child's start, in the parent. A child that was still running at
// a moment we look back from was overlapped by one that took longer, and held nobody up. So each
// span contributes the time in which it worked and waited for no child, and the pieces add up to
// the length of the root, exactly.
//
// A child that outlives its parent counts up to the parent's end, as clocks are seldom exact; but a
// consumer is not waited for at all, since a message was handed over and the sender went on.
//
// The method is that of Zhang et al., "CRISP: Critical Path Analysis of Large-Scale Microservice
// Architectures", USENIX ATC 2022, section 4.

#pragma once

#include <cstddef>
#include <vector>

#include "libobs/query/trace_tree.h"

namespace obs::query {

struct PathSegment {
  std::size_t node = 0;  // Index into TraceTree::nodes.
  Timestamp start = 0;
  Timestamp end = 0;  // After start.
};

// The segments of the path through the tree below `root`, earliest first; they touch one another.
// Sorting aside, linear in the nodes; nothing recurses.
std::vector<PathSegment> find_critical_path(const TraceTree& tree, std::size_t root);

}  // namespace obs::query
