#include "libobs/store/edges.h"

#include <algorithm>

#include "libobs/base/hash.h"
#include "libobs/store/cube.h"
#include "libobs/store/span_rollup.h"

namespace obs::store {
namespace {

constexpr std::size_t kMaxOrigins = 20'000;

constexpr std::int32_t kErrorCode = 2;

}  // namespace

std::uint64_t link_id(std::string_view project, Bytes trace_id, Bytes span_id) {
  const std::uint64_t trace = hash64(as_text(trace_id), hash64(project));
  return std::max<std::uint64_t>(hash64(as_text(span_id), trace), 1);
}

std::uint32_t EdgeTracker::origin(std::string_view project, std::string_view service) {
  if (service.empty()) return 0;
  std::string key(project);
  key += '\0';
  key += service;
  const auto found = numbers_.find(key);
  if (found != numbers_.end()) return found->second;
  if (origins_.size() > kMaxOrigins) return 0;
  const auto number = static_cast<std::uint32_t>(origins_.size());
  origins_.emplace_back(project, service);
  numbers_.emplace(std::move(key), number);
  return number;
}

const std::uint32_t* EdgeTracker::find_known(std::uint64_t id) const {
  for (const Known* known : {&young_, &old_}) {
    const auto found = known->find(id);
    if (found != known->end()) return &found->second;
  }
  return nullptr;
}

void EdgeTracker::count(Rollup& rollup, std::uint32_t caller, const LinkedSpan& child) const {
  if (caller == child.origin || caller == 0 || child.origin == 0) return;
  const RollupKey key{origins_[caller].first,
                      {origins_[caller].second, origins_[child.origin].second, "", ""}};
  rollup.at(key)[child.minute].add(child.weight, child.is_error, child.bucket);
}

std::vector<Rollup> EdgeTracker::find(std::span<const LinkedSpan> spans, std::size_t owners) const {
  std::vector<Rollup> rollups(owners);
  std::unordered_map<std::uint64_t, std::size_t> here;
  here.reserve(spans.size());
  for (std::size_t i = 0; i < spans.size(); ++i) here.emplace(spans[i].id, i);
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const LinkedSpan& span = spans[i];
    for (const Waiting* waiting : {&waiting_young_, &waiting_old_}) {
      const auto [begin, end] = waiting->equal_range(span.id);
      for (auto child = begin; child != end; ++child) {
        count(rollups[span.owner], span.origin, child->second);
      }
    }
    if (span.parent == 0) continue;
    if (const auto parent = here.find(span.parent); parent != here.end()) {
      const LinkedSpan& caller = spans[parent->second];
      count(rollups[parent->second > i ? caller.owner : span.owner], caller.origin, span);
    } else if (const std::uint32_t* caller = find_known(span.parent)) {
      count(rollups[span.owner], *caller, span);
    }
  }
  return rollups;
}

void EdgeTracker::adopt(std::span<const LinkedSpan> spans) {
  for (const LinkedSpan& span : spans) {
    make_room();
    young_.emplace(span.id, span.origin);
    waiting_young_.erase(span.id);
    waiting_old_.erase(span.id);
  }
  for (const LinkedSpan& span : spans) {
    if (span.parent == 0 || span.origin == 0 || find_known(span.parent) != nullptr) continue;
    make_room();
    waiting_young_.emplace(span.parent, span);
  }
}

void EdgeTracker::make_room() {
  if (young_.size() >= max_spans_) {
    old_ = std::move(young_);
    young_ = {};
  }
  if (waiting_young_.size() >= max_spans_ / 4) {
    waiting_old_ = std::move(waiting_young_);
    waiting_young_ = {};
  }
}

LinkedSpan make_linked(const RowBatch& batch, std::uint32_t row, EdgeTracker& tracker) {
  const model::SpanColumns& spans = batch.batch->spans;
  const auto& resource = batch.resources[batch.batch->scopes[spans.scope[row]].resource];
  const std::string_view project = batch.batch->project;
  LinkedSpan span;
  span.id = link_id(project, spans.trace_id[row].bytes, spans.span_id[row].bytes);
  if (!spans.parent_span_id[row].is_zero()) {
    span.parent = link_id(project, spans.trace_id[row].bytes, spans.parent_span_id[row].bytes);
  }
  span.origin = tracker.origin(project, resource.service.value_or(std::string_view()));
  span.minute = minute_of(spans.time[row]);
  span.weight = span_weight(spans.trace_state[row]);
  span.bucket = duration_bucket(spans.duration[row]);
  span.is_error = spans.status_code[row] == kErrorCode;
  return span;
}

}  // namespace obs::store
