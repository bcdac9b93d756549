#include "libobs/store/origins.h"

#include <algorithm>
#include <cstring>
#include <limits>
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

std::uint32_t scope_of(const model::Batch& batch, std::uint32_t row) {
  switch (batch.signal) {
    case model::Signal::kLogs: return batch.logs.scope[row];
    case model::Signal::kSpans: return batch.spans.scope[row];
    case model::Signal::kMetrics: break;
  }
  return batch.metrics.metrics[batch.metrics.metric[row]].scope;
}

// Times of the records of each resource of a batch.
std::vector<Range> ranges_of(const RowSet& set, std::uint32_t index) {
  const model::Batch& batch = *set.batches()[index].batch;
  std::vector<Range> by_scope(batch.scopes.size());
  const auto rows = static_cast<std::uint32_t>(batch.size());
  for (std::uint32_t row = 0; row < rows; ++row) {
    by_scope[scope_of(batch, row)].add(set.time({index, row}));
  }
  std::vector<Range> by_resource(batch.resources.size());
  for (std::size_t scope = 0; scope < by_scope.size(); ++scope) {
    if (!by_scope[scope].any()) continue;
    by_resource[batch.scopes[scope].resource].add(by_scope[scope].min);
    by_resource[batch.scopes[scope].resource].add(by_scope[scope].max);
  }
  return by_resource;
}

ResourceKey key_of(const RowBatch& batch, const ResourceText& text) {
  ResourceKey key{batch.batch->project, std::nullopt, std::string(text.attributes)};
  if (text.service) key.service = std::string(*text.service);
  return key;
}

// Resources of all batches, each once.
class Seen {
 public:
  void add(ResourceKey key, const Range& range) {
    const Hash128 hash = key.hash();
    const auto [entry, fresh] = by_hash_.try_emplace(hash, resources_.size());
    if (fresh) resources_.push_back({std::move(key), range.min, range.max});
    NewResource& resource = resources_[entry->second];
    resource.first_seen = std::min(resource.first_seen, range.min);
    resource.last_seen = std::max(resource.last_seen, range.max);
  }
  const std::vector<NewResource>& resources() const { return resources_; }

 private:
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
  Seen seen;
  std::vector<std::vector<Range>> ranges;
  for (std::uint32_t index = 0; index < set.batches().size(); ++index) {
    ranges.push_back(ranges_of(set, index));
    const RowBatch& batch = set.batches()[index];
    for (std::size_t i = 0; i < batch.resources.size(); ++i) {
      const Range& range = ranges.back()[i];
      if (range.any()) seen.add(key_of(batch, batch.resources[i]), range);
    }
  }
  OBS_TRY_VOID(claim(seen.resources()));
  for (const NewResource& resource : seen.resources()) see(resource, change);
  for (std::uint32_t index = 0; index < set.batches().size(); ++index) {
    RowBatch& batch = set.batches()[index];
    for (std::size_t i = 0; i < batch.resources.size(); ++i) {
      if (!ranges[index][i].any()) continue;
      batch.resources[i].id = known_.at(key_of(batch, batch.resources[i]).hash()).id;
    }
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
