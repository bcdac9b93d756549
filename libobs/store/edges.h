// Edges: which service calls which, as a rollup (rollup.h) with the labels caller and callee. A
// span whose parent is of another service is a call; it counts in the minute of the span, with its
// duration and its status. Internal to libobs/store.
//
// A span and its parent may come in any order, in one flush or in different ones. The edge belongs
// to the part that holds the later of the two, by sequence number: so each is counted once, when
// both are there, and can be counted anew from the spans alone. A bounded number of spans is
// remembered: whose parent is further away than that gives no edge.
//
// A span may also tell of a peer that sends no spans (peers.h). An edge to that belongs to the part
// of the span; its third label says what the peer is. Who is called may be a service all the same:
// so the first call that a client span with an external peer turns out to have made counts as an
// answer, in the part with the later of both, and in the minute, with the duration and the status
// of the client span. What is left of "external" without "answered" is what nobody answered.

#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/store/id_table.h"
#include "libobs/store/peers.h"
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
  PeerKind peer_kind = PeerKind::kNone;
  std::uint32_t peer = 0;  // EdgeTracker::peer(); 0: none.
};

// The third label of an edge to a peer; that of an edge between services is empty.
inline constexpr std::string_view kDatabaseEdge = "database";
inline constexpr std::string_view kMessagingEdge = "messaging";
inline constexpr std::string_view kExternalEdge = "external";
inline constexpr std::string_view kAnsweredEdge = "answered";
std::string_view edge_label(PeerKind kind);

// Takes what was answered away from what is external.
Rollup settle_answers(const Rollup& edges);

// Never 0. Of spans of different projects, too, no two are the same.
std::uint64_t link_id(std::string_view project, Bytes trace_id, Bytes span_id);

// Children whose parents are not known, by parent. One thread.
class WaitingSpans {
 public:
  // Of children, or of parents that are or were waited for, whichever are more.
  std::size_t size() const { return std::max(size_, first_.size()); }
  void prefetch(std::uint64_t parent) const { first_.prefetch(parent); }
  void add(const LinkedSpan& child);
  // They wait no longer.
  void remove(std::uint64_t parent);
  void clear();

  template <class Use>
  void each(std::uint64_t parent, Use use) const {
    const std::uint32_t* const first = first_.find(parent);
    for (std::uint32_t at = first ? *first : kNone; at != kNone; at = children_[at].next) {
      use(children_[at].span);
    }
  }

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  struct Child {
    LinkedSpan span;
    std::uint32_t next = kNone;
  };

  IdTable first_;  // Where in children_ those of a parent begin.
  std::vector<Child> children_;
  std::uint32_t free_ = kNone;
  std::size_t size_ = 0;
};

// One thread.
class EdgeTracker {
 public:
  // Spans remembered are between this many and twice as many: 4 to 8 s of 100,000 a second, in
  // 32 MB. Of children that wait for their parents a quarter, in 24 MB more, and as many clients
  // of external peers.
  static constexpr std::size_t kMaxSpans = 400'000;
  explicit EdgeTracker(std::size_t max_spans = kMaxSpans) : max_spans_(max_spans) {}

  // A number for a project and service. Of a service that has no name, or beyond so many, it is 0:
  // such a span has no edges.
  std::uint32_t origin(std::string_view project, std::string_view service);
  // Likewise for a peer; of these fewer are taken, since hosts are many.
  std::uint32_t peer(std::string_view project, std::string_view name);

  // The edges that these spans make, in the order of their sequence numbers, among themselves and
  // with those before; one rollup for each of `owners` parts. Changes nothing: adopt() does, once
  // the parts are written.
  std::vector<Rollup> find(std::span<const LinkedSpan> spans, std::size_t owners) const;
  void adopt(std::span<const LinkedSpan> spans);

 private:
  const std::uint32_t* find_known(std::uint64_t id) const;
  std::uint32_t number_of(std::string_view project, std::string_view name, std::size_t most);
  void adopt_client(const LinkedSpan& span);
  void make_room();

  const std::size_t max_spans_;
  std::vector<std::pair<std::string, std::string>> origins_{{}};  // Project, service.
  std::unordered_map<std::string, std::uint32_t> numbers_;
  // Origins by id. Two generations of each: when the young one is full, it becomes the old one,
  // which is forgotten.
  IdTable young_, old_;
  WaitingSpans waiting_young_, waiting_old_;
  WaitingSpans clients_young_, clients_old_;  // Of external peers, unanswered, by their own id.
};

// `origins` are those of the batch's resources.
LinkedSpan make_linked(const RowBatch& batch, std::uint32_t row,
                       std::span<const std::uint32_t> origins, EdgeTracker& tracker);

// Of the batch's resources.
std::vector<std::uint32_t> origins_of(const RowBatch& batch, EdgeTracker& tracker);

// The spans of a set, in the order of their sequence numbers. `owner_of` tells the part of a row.
template <class OwnerOf>
std::vector<LinkedSpan> link_spans(const RowSet& set, EdgeTracker& tracker, OwnerOf owner_of) {
  std::size_t rows = 0;
  for (const RowBatch& batch : set.batches()) rows += batch.batch->size();
  std::vector<LinkedSpan> spans;
  spans.reserve(rows);
  for (std::uint32_t b = 0; b < set.batches().size(); ++b) {
    const RowBatch& batch = set.batches()[b];
    const std::vector<std::uint32_t> origins = origins_of(batch, tracker);
    for (std::uint32_t row = 0; row < batch.batch->size(); ++row) {
      spans.push_back(make_linked(batch, row, origins, tracker));
      spans.back().owner = owner_of(RowRef{b, row});
    }
  }
  return spans;
}

}  // namespace obs::store
