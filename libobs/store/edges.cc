#include "libobs/store/edges.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "libobs/base/hash.h"
#include "libobs/store/cube.h"
#include "libobs/store/span_rollup.h"

namespace obs::store {
namespace {

constexpr std::size_t kMaxOrigins = 20'000;
constexpr std::size_t kMaxPeers = 10'000;

constexpr std::int32_t kErrorCode = 2;

// The tables are larger than any cache, and each span is looked up in several: so memory is asked
// for its entries while those of the spans before it are used.
constexpr std::size_t kAhead = 12;

template <class Fetch, class Use>
void each_fetched(std::span<const LinkedSpan> spans, Fetch fetch, Use use) {
  for (std::size_t i = 0; i < spans.size(); ++i) {
    if (i + kAhead < spans.size()) fetch(spans[i + kAhead]);
    use(i);
  }
}

std::uint64_t link_in(std::uint64_t trace, Bytes span_id) {
  return std::max<std::uint64_t>(hash64(as_text(span_id), trace), 1);
}

std::uint64_t link_trace(std::string_view project, Bytes trace_id) {
  return hash64(as_text(trace_id), hash64(project));
}

bool is_call(std::uint32_t caller, std::uint32_t callee) {
  return caller != callee && caller != 0 && callee != 0;
}

// The edges of a part. There are few pairs of services, and many calls between them.
class EdgeCounter {
 public:
  using Origins = std::vector<std::pair<std::string, std::string>>;
  explicit EdgeCounter(const Origins& origins) : origins_(origins) {}

  void count(std::uint32_t caller, const LinkedSpan& child) {
    if (is_call(caller, child.origin)) add({caller, child.origin, {}}, child);
  }

  void count_peer(const LinkedSpan& span) {
    if (!is_call(span.origin, span.peer)) return;
    Edge edge{span.origin, span.peer, edge_label(span.peer_kind)};
    if (span.peer_kind == PeerKind::kQueueIn) std::swap(edge.caller, edge.callee);
    add(edge, span);
  }

  void count_answer(const LinkedSpan& client) {
    if (is_call(client.origin, client.peer)) {
      add({client.origin, client.peer, kAnsweredEdge}, client);
    }
  }

  Rollup finish() && { return std::move(rollup_); }

 private:
  struct Edge {
    std::uint32_t caller;
    std::uint32_t callee;
    std::string_view label;  // Of those that there are, all begin differently.
  };

  void add(const Edge& edge, const LinkedSpan& span) {
    const auto label = static_cast<std::uint64_t>(edge.label.empty() ? 0 : edge.label.front());
    const std::uint64_t pair = label << 56 | std::uint64_t{edge.caller} << 28 | edge.callee;
    const std::uint32_t number = pairs_.insert(pair, static_cast<std::uint32_t>(minutes_.size()));
    if (number == minutes_.size()) minutes_.push_back(&rollup_.at(key_of(edge)));
    (*minutes_[number])[span.minute].add(span.weight, span.is_error, span.bucket);
  }

  RollupKey key_of(const Edge& edge) const {
    return {
        origins_[edge.caller].first,
        {origins_[edge.caller].second, origins_[edge.callee].second, std::string(edge.label), ""}};
  }

  const Origins& origins_;
  Rollup rollup_;
  IdTable pairs_;
  std::vector<Rollup::Minutes*> minutes_;  // By the number of the pair.
};

}  // namespace

std::string_view edge_label(PeerKind kind) {
  switch (kind) {
    case PeerKind::kDatabase: return kDatabaseEdge;
    case PeerKind::kQueueOut:
    case PeerKind::kQueueIn: return kMessagingEdge;
    case PeerKind::kExternal: return kExternalEdge;
    case PeerKind::kNone: break;
  }
  return {};
}

Rollup settle_answers(const Rollup& edges) {
  Rollup settled;
  for (const auto& [key, minutes] : edges.rows()) {
    if (key.labels[2] == kAnsweredEdge) continue;
    RollupKey answered = key;
    answered.labels[2] = kAnsweredEdge;
    const auto found = edges.rows().find(answered);
    const bool all = key.labels[2] != kExternalEdge || found == edges.rows().end();
    for (const auto& [minute, cell] : minutes) {
      RollupCell rest = cell;
      if (!all) {
        const auto taken = found->second.find(minute);
        if (taken != found->second.end()) rest.subtract(taken->second);
      }
      if (rest.calls > 0) settled.at(key)[minute].add(rest);
    }
  }
  return settled;
}

std::uint64_t link_id(std::string_view project, Bytes trace_id, Bytes span_id) {
  return link_in(link_trace(project, trace_id), span_id);
}

void WaitingSpans::add(const LinkedSpan& child) {
  std::uint32_t at = free_;
  if (at == kNone) {
    at = static_cast<std::uint32_t>(children_.size());
    children_.emplace_back();
  } else {
    free_ = children_[at].next;
  }
  std::uint32_t& first = first_.insert(child.parent, kNone);
  children_[at] = {child, first};
  first = at;
  ++size_;
}

void WaitingSpans::remove(std::uint64_t parent) {
  std::uint32_t* const first = first_.find(parent);
  if (first == nullptr) return;
  while (*first != kNone) {
    const std::uint32_t at = *first;
    *first = children_[at].next;
    children_[at].next = free_;
    free_ = at;
    --size_;
  }
}

void WaitingSpans::clear() {
  first_.clear();
  children_.clear();
  free_ = kNone;
  size_ = 0;
}

std::uint32_t EdgeTracker::origin(std::string_view project, std::string_view service) {
  return number_of(project, service, kMaxOrigins);
}

std::uint32_t EdgeTracker::peer(std::string_view project, std::string_view name) {
  return number_of(project, name, kMaxPeers);
}

std::uint32_t EdgeTracker::number_of(std::string_view project, std::string_view name,
                                     std::size_t most) {
  if (name.empty()) return 0;
  std::string key(project);
  key += '\0';
  key += name;
  const auto found = numbers_.find(key);
  if (found != numbers_.end()) return found->second;
  if (origins_.size() > most) return 0;
  const auto number = static_cast<std::uint32_t>(origins_.size());
  origins_.emplace_back(project, name);
  numbers_.emplace(std::move(key), number);
  return number;
}

const std::uint32_t* EdgeTracker::find_known(std::uint64_t id) const {
  const std::uint32_t* const known = young_.find(id);
  return known ? known : old_.find(id);
}

std::vector<Rollup> EdgeTracker::find(std::span<const LinkedSpan> spans, std::size_t owners) const {
  std::vector<EdgeCounter> counters(owners, EdgeCounter(origins_));
  IdTable here(spans.size());
  each_fetched(
      spans, [&](const LinkedSpan& span) { here.prefetch(span.id); },
      [&](std::size_t i) { here.insert(spans[i].id, static_cast<std::uint32_t>(i)); });
  const auto fetch = [&](const LinkedSpan& span) {
    waiting_young_.prefetch(span.id);
    waiting_old_.prefetch(span.id);
    if (span.parent == 0) return;
    here.prefetch(span.parent);
    young_.prefetch(span.parent);
    old_.prefetch(span.parent);
  };
  std::unordered_set<std::uint64_t> answered;
  const auto answer = [&](const LinkedSpan& client, const LinkedSpan& child, std::uint32_t owner) {
    const bool is_answer =
        client.peer_kind == PeerKind::kExternal && is_call(client.origin, child.origin);
    if (is_answer && answered.insert(client.id).second) counters[owner].count_answer(client);
  };
  each_fetched(spans, fetch, [&](std::size_t i) {
    const LinkedSpan& span = spans[i];
    if (span.peer != 0) counters[span.owner].count_peer(span);
    const auto call = [&](const LinkedSpan& child) {
      counters[span.owner].count(span.origin, child);
      answer(span, child, span.owner);
    };
    waiting_young_.each(span.id, call);
    waiting_old_.each(span.id, call);
    if (span.parent == 0) return;
    if (const std::uint32_t* const parent = here.find(span.parent)) {
      const LinkedSpan& caller = spans[*parent];
      const std::uint32_t owner = *parent > i ? caller.owner : span.owner;
      counters[owner].count(caller.origin, span);
      answer(caller, span, owner);
    } else if (const std::uint32_t* const caller = find_known(span.parent)) {
      counters[span.owner].count(*caller, span);
      const auto reply = [&](const LinkedSpan& client) { answer(client, span, span.owner); };
      clients_young_.each(span.parent, reply);
      clients_old_.each(span.parent, reply);
    }
  });
  std::vector<Rollup> rollups;
  for (EdgeCounter& counter : counters) rollups.push_back(std::move(counter).finish());
  return rollups;
}

namespace {

void forget_answered(WaitingSpans& clients, const LinkedSpan& child) {
  bool is_answered = false;
  clients.each(child.parent, [&](const LinkedSpan& client) {
    is_answered = is_answered || is_call(client.origin, child.origin);
  });
  if (is_answered) clients.remove(child.parent);
}

}  // namespace

void EdgeTracker::adopt(std::span<const LinkedSpan> spans) {
  const auto fetch_own = [&](const LinkedSpan& span) {
    young_.prefetch(span.id);
    waiting_young_.prefetch(span.id);
    waiting_old_.prefetch(span.id);
  };
  each_fetched(spans, fetch_own, [&](std::size_t i) {
    make_room();
    young_.insert(spans[i].id, spans[i].origin);
    if (spans[i].peer_kind == PeerKind::kExternal) adopt_client(spans[i]);
    waiting_young_.remove(spans[i].id);
    waiting_old_.remove(spans[i].id);
  });
  const auto fetch_parent = [&](const LinkedSpan& span) {
    young_.prefetch(span.parent);
    old_.prefetch(span.parent);
    waiting_young_.prefetch(span.parent);
    clients_young_.prefetch(span.parent);
    clients_old_.prefetch(span.parent);
  };
  each_fetched(spans, fetch_parent, [&](std::size_t i) {
    const LinkedSpan& span = spans[i];
    if (span.parent != 0) forget_answered(clients_young_, span);
    if (span.parent != 0) forget_answered(clients_old_, span);
    if (span.parent == 0 || span.origin == 0 || find_known(span.parent) != nullptr) return;
    make_room();
    waiting_young_.add(span);
  });
}

// Those whose children came first have been answered.
void EdgeTracker::adopt_client(const LinkedSpan& span) {
  bool is_answered = false;
  const auto look = [&](const LinkedSpan& child) {
    is_answered = is_answered || is_call(span.origin, child.origin);
  };
  waiting_young_.each(span.id, look);
  waiting_old_.each(span.id, look);
  if (is_answered) return;
  LinkedSpan client = span;
  client.parent = span.id;
  clients_young_.add(client);
}

void EdgeTracker::make_room() {
  if (clients_young_.size() >= max_spans_ / 4) {
    std::swap(clients_young_, clients_old_);
    clients_young_.clear();
  }
  if (young_.size() >= max_spans_) {
    std::swap(young_, old_);
    young_.clear();
  }
  if (waiting_young_.size() >= max_spans_ / 4) {
    std::swap(waiting_young_, waiting_old_);
    waiting_young_.clear();
  }
}

std::vector<std::uint32_t> origins_of(const RowBatch& batch, EdgeTracker& tracker) {
  std::vector<std::uint32_t> origins;
  for (const ResourceText& resource : batch.resources) {
    origins.push_back(tracker.origin(batch.batch->project, resource.service.value_or("")));
  }
  return origins;
}

LinkedSpan make_linked(const RowBatch& batch, std::uint32_t row,
                       std::span<const std::uint32_t> origins, EdgeTracker& tracker) {
  const model::SpanColumns& spans = batch.batch->spans;
  const std::uint64_t trace = link_trace(batch.batch->project, spans.trace_id[row].bytes);
  LinkedSpan span;
  span.id = link_in(trace, spans.span_id[row].bytes);
  if (!spans.parent_span_id[row].is_zero()) {
    span.parent = link_in(trace, spans.parent_span_id[row].bytes);
  }
  span.origin = origins[batch.batch->scopes[spans.scope[row]].resource];
  span.minute = minute_of(spans.time[row]);
  span.weight = span_weight(spans.trace_state[row]);
  span.bucket = duration_bucket(spans.duration[row]);
  span.is_error = spans.status_code[row] == kErrorCode;
  if (span.origin == 0 || !may_have_peer(spans.kind[row])) return span;
  const Peer peer = find_peer(spans.kind[row], find_peer_texts(spans.attributes[row]));
  span.peer = tracker.peer(batch.batch->project, peer.name);
  if (span.peer != 0) span.peer_kind = peer.kind;
  return span;
}

}  // namespace obs::store
