#include "libobs/store/origins.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

namespace obs::store {
namespace {

// A resource is seen with every flush; the catalog is told once it is this much later.
constexpr Duration kLastSeenStep = kMinute;

struct Range {
  Timestamp min = std::numeric_limits<Timestamp>::max();
  Timestamp max = std::numeric_limits<Timestamp>::min();

  bool any() const { return min <= max; }
  void add(Timestamp time) {
    min = std::min(min, time);
    max = std::max(max, time);
  }
};

// Adds the times of a batch's records to the ranges of their resources.
template <class ScopeOf>
void add_times(const RowBatch& batch, const std::vector<Timestamp>& times, ScopeOf scope_of,
               std::vector<Range>& by_resource) {
  std::vector<Range> by_scope(batch.batch->scopes.size());
  for (std::size_t row = 0; row < times.size(); ++row) by_scope[scope_of(row)].add(times[row]);
  for (std::size_t scope = 0; scope < by_scope.size(); ++scope) {
    if (!by_scope[scope].any()) continue;
    Range& range = by_resource[batch.resources[batch.batch->scopes[scope].resource].number];
    range.add(by_scope[scope].min);
    range.add(by_scope[scope].max);
  }
}

void add_times(const RowBatch& rows, std::vector<Range>& by_resource) {
  const model::Batch& batch = *rows.batch;
  switch (batch.signal) {
    case model::Signal::kLogs:
      return add_times(
          rows, batch.logs.time, [&](std::size_t row) { return batch.logs.scope[row]; },
          by_resource);
    case model::Signal::kSpans:
      return add_times(
          rows, batch.spans.time, [&](std::size_t row) { return batch.spans.scope[row]; },
          by_resource);
    case model::Signal::kMetrics: break;
  }
  const model::MetricColumns& points = batch.metrics;
  add_times(
      rows, points.time, [&](std::size_t row) { return points.metrics[points.metric[row]].scope; },
      by_resource);
}

ResourceKey key_of(const RowBatch& batch, const ResourceText& text) {
  ResourceKey key{batch.batch->project, std::nullopt, std::string(text.attributes)};
  if (text.service) key.service = std::string(*text.service);
  return key;
}

// Resources of all batches, each once. Some of those that the set tells apart are the same.
class Seen {
 public:
  explicit Seen(const RowSet& set) : hashes_(set.resource_count()) {
    std::vector<Range> ranges(set.resource_count());
    for (const RowBatch& batch : set.batches()) add_times(batch, ranges);
    for (const RowBatch& batch : set.batches()) {
      for (const ResourceText& text : batch.resources) {
        const Range& range = ranges[text.number];
        if (range.any() && !hashes_[text.number]) add(text.number, key_of(batch, text), range);
      }
    }
  }

  const std::vector<NewResource>& resources() const { return resources_; }
  // By number of the set; nullopt: no record has it.
  const std::optional<Hash128>& hash(std::uint32_t number) const { return hashes_[number]; }

 private:
  void add(std::uint32_t number, ResourceKey key, const Range& range) {
    const Hash128 hash = key.hash();
    hashes_[number] = hash;
    const auto [entry, fresh] = by_hash_.try_emplace(hash, resources_.size());
    if (fresh) resources_.push_back({std::move(key), range.min, range.max});
    NewResource& resource = resources_[entry->second];
    resource.first_seen = std::min(resource.first_seen, range.min);
    resource.last_seen = std::max(resource.last_seen, range.max);
  }

  std::vector<std::optional<Hash128>> hashes_;
  std::map<Hash128, std::size_t> by_hash_;
  std::vector<NewResource> resources_;
};

std::vector<SeenService> services_of(model::Signal signal,
                                     const std::vector<NewResource>& resources) {
  std::map<std::pair<std::string, std::string>, SeenService> services;
  for (const NewResource& resource : resources) {
    if (!resource.key.service) continue;
    auto [entry, fresh] = services.try_emplace({resource.key.project, *resource.key.service});
    SeenService& seen = entry->second;
    if (fresh) {
      seen = {signal, resource.key.project, *resource.key.service, resource.first_seen,
              resource.last_seen};
    }
    seen.first_seen = std::min(seen.first_seen, resource.first_seen);
    seen.last_seen = std::max(seen.last_seen, resource.last_seen);
  }
  std::vector<SeenService> list;
  for (auto& [key, seen] : services) list.push_back(std::move(seen));
  return list;
}

}  // namespace

std::size_t Origins::Hash::operator()(const Hash128& hash) const {
  std::size_t half = 0;
  std::memcpy(&half, hash.data(), sizeof(half));
  return half;
}

Result<void> Origins::resolve(RowSet& set, CatalogChange& change) {
  const Seen seen(set);
  OBS_TRY_VOID(claim(seen.resources()));
  for (const NewResource& resource : seen.resources()) see(resource, change);
  std::vector<std::optional<std::uint32_t>> ids(set.resource_count());
  for (std::uint32_t number = 0; number < ids.size(); ++number) {
    if (seen.hash(number)) ids[number] = known_.at(*seen.hash(number)).id;
  }
  for (RowBatch& batch : set.batches()) {
    for (ResourceText& resource : batch.resources) resource.id = ids[resource.number];
  }
  for (SeenService& service : services_of(set.signal(), seen.resources())) {
    change.services.push_back(std::move(service));
  }
  return {};
}

// A sweep may drop resources that we know, or that we have just been given ids for.
Result<void> Origins::claim(const std::vector<NewResource>& resources) {
  for (;;) {
    const std::uint64_t epoch = table_.resource_epoch();
    if (std::exchange(epoch_, epoch) != epoch) known_.clear();
    OBS_TRY_VOID(intern(resources));
    std::set<std::uint32_t> ids;
    for (const NewResource& resource : resources) ids.insert(known_.at(resource.key.hash()).id);
    if (table_.claim_resources(ids, epoch)) return {};
  }
}

Result<void> Origins::intern(std::vector<NewResource> resources) {
  if (known_.size() + resources.size() > kMaxKnown) known_.clear();
  const auto is_known = [this](const NewResource& resource) {
    return known_.count(resource.key.hash()) != 0;
  };
  resources.erase(std::remove_if(resources.begin(), resources.end(), is_known), resources.end());
  OBS_TRY(const auto ids, table_.intern_resources(resources));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    // What the catalog has of it was not read, so it is told in any case.
    known_[resources[i].key.hash()] = {ids[i], std::numeric_limits<Timestamp>::max(),
                                       std::numeric_limits<Timestamp>::min()};
  }
  return {};
}

void Origins::see(const NewResource& resource, CatalogChange& change) {
  Known& known = known_.at(resource.key.hash());
  const bool earlier = resource.first_seen < known.first_seen;
  const bool later = resource.last_seen - kLastSeenStep > known.last_seen;
  if (!earlier && !later) return;
  change.resources.push_back({known.id, resource.first_seen, resource.last_seen});
  known.first_seen = std::min(known.first_seen, resource.first_seen);
  known.last_seen = std::max(known.last_seen, resource.last_seen);
}

}  // namespace obs::store
