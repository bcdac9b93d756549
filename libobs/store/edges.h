// Edges: which service calls which, as a rollup (rollup.h) with the labels caller and callee. A
// span whose parent is of another service is a call; it counts in the minute of the span, with its
// duration and its status. Internal to libobs/store.
//
// A span and its parent may come in any order, in one flush or in different ones. The edge belongs
// to the part that holds the later of the two, by sequence number: so each is counted once, when
// both are there, and can be counted anew from the spans alone. A bounded number of spans is
// remembered: whose parent is further away than that gives no edge.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/store/rollup.h"
#include "libobs/store/row_set.h"

namespace obs::store {

// A span as the tracker needs it.
struct LinkedSpan {
  std::uint64_t id = 0;      // link_id() of itself…
  std::uint64_t parent = 0;  // …and of its parent; 0: a root.
  std::uint32_t origin = 0;  // EdgeTracker::origin().
  std::uint32_t owner = 0;   // Which of the new parts holds it.
  std::int64_t minute = 0;
  std::uint64_t weight = 0;
  std::int32_t bucket = 0;
  bool is_error = false;
};

// Never 0. Of spans of different projects, too, no two are the same.
std::uint64_t link_id(std::string_view project, Bytes trace_id, Bytes span_id);

// One thread.
class EdgeTracker {
 public:
  // Spans remembered are between this many and twice as many: 4 to 8 s of 100,000 a second, in
  // 32 MB. Of children that wait for their parents a quarter.
  static constexpr std::size_t kMaxSpans = 400'000;
  explicit EdgeTracker(std::size_t max_spans = kMaxSpans) : max_spans_(max_spans) {}

  // A number for a project and service. Of a service that has no name, or beyond so many, it is 0:
  // such a span has no edges.
  std::uint32_t origin(std::string_view project, std::string_view service);

  // The edges that these spans make, in the order of their sequence numbers, among themselves and
  // with those before; one rollup for each of `owners` parts. Changes nothing: adopt() does, once
  // the parts are written.
  std::vector<Rollup> find(std::span<const LinkedSpan> spans, std::size_t owners) const;
  void adopt(std::span<const LinkedSpan> spans);

 private:
  using Known = std::unordered_map<std::uint64_t, std::uint32_t>;      // Origins by id.
  using Waiting = std::unordered_multimap<std::uint64_t, LinkedSpan>;  // By parent.

  const std::uint32_t* find_known(std::uint64_t id) const;
  void count(Rollup& rollup, std::uint32_t caller, const LinkedSpan& child) const;
  void make_room();

  const std::size_t max_spans_;
  std::vector<std::pair<std::string, std::string>> origins_{{}};  // Project, service.
  std::unordered_map<std::string, std::uint32_t> numbers_;
  // Two generations of each: when the young one is full, it becomes the old one, which is
  // forgotten.
  Known young_, old_;
  Waiting waiting_young_, waiting_old_;
};

// The spans of a set, in the order of their sequence numbers. `owner_of` tells the part of a row.
template <class OwnerOf>
std::vector<LinkedSpan> link_spans(const RowSet& set, EdgeTracker& tracker, OwnerOf owner_of);

LinkedSpan make_linked(const RowBatch& batch, std::uint32_t row, EdgeTracker& tracker);

template <class OwnerOf>
std::vector<LinkedSpan> link_spans(const RowSet& set, EdgeTracker& tracker, OwnerOf owner_of) {
  std::vector<LinkedSpan> spans;
  for (std::uint32_t b = 0; b < set.batches().size(); ++b) {
    const RowBatch& batch = set.batches()[b];
    for (std::uint32_t row = 0; row < batch.batch->size(); ++row) {
      spans.push_back(make_linked(batch, row, tracker));
      spans.back().owner = owner_of(RowRef{b, row});
    }
  }
  return spans;
}

}  // namespace obs::store
