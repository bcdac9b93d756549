#include "libobs/places/redis_slots.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include <fmt/format.h>

#include "libobs/base/hash.h"

namespace obs::places {
namespace {

using model::Batch;
using model::Value;
using model::ValueKind;

// Decoders refuse values nested deeper than this; equal hashes below it only share a slot.
constexpr int kMaxDepth = 64;

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  return (std::rotl(a, 23) ^ b) * 0x9E3779B97F4A7C15;
}

std::uint64_t hash_attributes(model::Attributes attributes, int depth);

std::uint64_t hash_value(const Value& value, int depth) {
  const auto kind = static_cast<std::uint64_t>(value.kind());
  switch (value.kind()) {
    case ValueKind::kNone:
    case ValueKind::kEmpty: return kind;
    case ValueKind::kString: return hash64(value.as_string(), kind);
    case ValueKind::kBytes: return hash64(as_text(value.as_bytes()), kind);
    case ValueKind::kBool: return mix(kind, value.as_bool() ? 1 : 0);
    case ValueKind::kInt: return mix(kind, static_cast<std::uint64_t>(value.as_int()));
    case ValueKind::kDouble: return mix(kind, std::bit_cast<std::uint64_t>(value.as_double()));
    case ValueKind::kMap: return depth > 0 ? hash_attributes(value.as_map(), depth - 1) : kind;
    case ValueKind::kArray: break;
  }
  std::uint64_t hash = kind;
  if (depth > 0) {
    for (const Value& item : value.as_array()) hash = mix(hash, hash_value(item, depth - 1));
  }
  return hash;
}

// The same whatever their order: senders keep none.
std::uint64_t hash_attributes(model::Attributes attributes, int depth) {
  std::uint64_t hash = 0;
  for (const model::KeyValue& entry : attributes) {
    hash += hash64(entry.key, hash_value(entry.value, depth));
  }
  return hash;
}

int to_slot(std::uint64_t hash) { return static_cast<int>((hash >> 32) % kSlots); }

std::string_view id_text(const auto& id) { return as_text(id.bytes); }

// Says the slot of each row and of each metric that has no point. Hashes of what rows share are
// made once.
class SlotFinder {
 public:
  explicit SlotFinder(const Batch& batch) : batch_(batch) {
    for (const auto& resource : batch.resources) {
      resources_.push_back(hash_attributes(resource.attributes, kMaxDepth));
    }
    for (const auto& metric : batch.metrics.metrics) {
      metrics_.push_back(hash64(metric.name, resource_of(metric.scope)));
    }
  }

  int slot_of_row(std::size_t row) const {
    switch (batch_.signal) {
      case model::Signal::kLogs: return to_slot(resource_of(batch_.logs.scope[row]));
      case model::Signal::kSpans: return slot_of_span(row);
      case model::Signal::kMetrics: break;
    }
    const auto attributes = hash_attributes(batch_.metrics.attributes[row], kMaxDepth);
    return to_slot(mix(metrics_[batch_.metrics.metric[row]], attributes));
  }

  int slot_of_metric(std::size_t metric) const { return to_slot(metrics_[metric]); }

 private:
  std::uint64_t resource_of(std::uint32_t scope) const {
    // Spread over the upper half too, which to_slot() looks at.
    return mix(resources_[batch_.scopes[scope].resource], 1);
  }

  int slot_of_span(std::size_t row) const {
    const auto& trace = batch_.spans.trace_id[row];
    // Without a trace id a span belongs to nothing: it need not crowd one slot.
    return to_slot(trace.is_zero() ? hash64(id_text(batch_.spans.span_id[row]))
                                   : hash64(id_text(trace)));
  }

  const Batch& batch_;
  std::vector<std::uint64_t> resources_;
  std::vector<std::uint64_t> metrics_;
};

constexpr std::uint32_t kUnused = UINT32_MAX;

// Numbers what is used anew: `map[old]` becomes the place in `table`, which keeps only the used.
template <class T>
void keep_used(std::vector<T>& table, std::vector<std::uint32_t>& map) {
  std::vector<T> kept;
  for (std::size_t i = 0; i < map.size(); ++i) {
    if (map[i] == kUnused) continue;
    map[i] = static_cast<std::uint32_t>(kept.size());
    kept.push_back(table[i]);
  }
  table = std::move(kept);
}

void renumber(std::vector<std::uint32_t>& column, std::vector<std::uint32_t>& map,
              const auto& renumber_table) {
  for (const std::uint32_t old : column) map[old] = 0;
  renumber_table();
  for (std::uint32_t& index : column) index = map[index];
}

void prune_resources(Batch& part) {
  std::vector<std::uint32_t> map(part.resources.size(), kUnused);
  for (const auto& scope : part.scopes) map[scope.resource] = 0;
  keep_used(part.resources, map);
  for (auto& scope : part.scopes) scope.resource = map[scope.resource];
}

void prune_scopes(Batch& part) {
  std::vector<std::uint32_t> map(part.scopes.size(), kUnused);
  const auto shrink = [&] { keep_used(part.scopes, map); };
  if (part.signal == model::Signal::kLogs) renumber(part.logs.scope, map, shrink);
  if (part.signal == model::Signal::kSpans) renumber(part.spans.scope, map, shrink);
  if (part.signal == model::Signal::kMetrics) {
    for (const auto& metric : part.metrics.metrics) map[metric.scope] = 0;
    shrink();
    for (auto& metric : part.metrics.metrics) metric.scope = map[metric.scope];
  }
}

// `bare`: metrics without points that belong here.
void prune_metrics(Batch& part, const std::vector<std::uint32_t>& bare) {
  std::vector<std::uint32_t> map(part.metrics.metrics.size(), kUnused);
  for (const std::uint32_t metric : bare) map[metric] = 0;
  renumber(part.metrics.metric, map, [&] { keep_used(part.metrics.metrics, map); });
}

struct Share {
  std::vector<std::uint32_t> rows;
  std::vector<std::uint32_t> bare;
  bool is_empty() const { return rows.empty() && bare.empty(); }
};

std::array<Share, kSlots> share_out(const Batch& batch) {
  const SlotFinder finder(batch);
  std::array<Share, kSlots> shares;
  for (std::uint32_t row = 0; row < batch.size(); ++row) {
    shares[static_cast<std::size_t>(finder.slot_of_row(row))].rows.push_back(row);
  }
  std::vector<bool> has_point(batch.metrics.metrics.size());
  for (const std::uint32_t metric : batch.metrics.metric) has_point[metric] = true;
  for (std::uint32_t metric = 0; metric < has_point.size(); ++metric) {
    if (has_point[metric]) continue;
    shares[static_cast<std::size_t>(finder.slot_of_metric(metric))].bare.push_back(metric);
  }
  return shares;
}

model::BatchPtr make_part(const Batch& batch, const Share& share, int slot) {
  auto part = std::make_shared<Batch>(model::select_rows(batch, share.rows));
  part->id.bytes = hash128(id_text(batch.id), static_cast<std::uint64_t>(slot));
  if (batch.signal == model::Signal::kMetrics) prune_metrics(*part, share.bare);
  prune_scopes(*part);
  prune_resources(*part);
  return part;
}

}  // namespace

std::string slot_key(std::string_view stream, int slot) {
  return fmt::format("{}:{:02}", stream, slot);
}

std::vector<SlotBatch> split_by_slot(const model::BatchPtr& batch) {
  const auto shares = share_out(*batch);
  const auto used = std::count_if(shares.begin(), shares.end(),
                                  [](const Share& share) { return !share.is_empty(); });
  std::vector<SlotBatch> parts;
  for (int slot = 0; slot < kSlots; ++slot) {
    const Share& share = shares[static_cast<std::size_t>(slot)];
    if (share.is_empty()) continue;
    parts.push_back({slot, used == 1 ? batch : make_part(*batch, share, slot)});
  }
  return parts;
}

std::vector<int> own_slots(std::string_view self, std::span<const std::string> consumers) {
  std::vector<int> owned;
  for (int slot = 0; slot < kSlots; ++slot) {
    // The name breaks ties, so that all agree.
    std::pair<std::uint64_t, std::string_view> best;
    for (const std::string& consumer : consumers) {
      best = std::max(best, {hash64(consumer, static_cast<std::uint64_t>(slot)), consumer});
    }
    if (best.second == self) owned.push_back(slot);
  }
  return owned;
}

}  // namespace obs::places
