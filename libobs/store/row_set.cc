#include "libobs/store/row_set.h"

#include <algorithm>
#include <cstring>
#include <tuple>
#include <unordered_map>

#include "libobs/codec/record.h"
#include "libobs/store/hashed_bytes.h"
#include "libobs/store/row_json.h"

namespace obs::store {
namespace {

using model::Batch;
using model::Signal;

constexpr std::uint64_t kVector = 2048;
constexpr std::uint64_t kGroupMemory = std::uint64_t{128} << 20;
// Rows from here on have long texts of which nothing repeats: a group of them is as small in its
// part however few they are, and while it is written it is in memory as columns and as pages.
constexpr std::uint64_t kWideRow = 2048;
constexpr std::uint64_t kWideGroupMemory = std::uint64_t{32} << 20;
// A group of so few rows is read, and written, as a whole.
constexpr std::uint64_t kSmallGroup = std::uint64_t{32} << 20;

std::span<const Timestamp> times_of(const Batch& batch) {
  switch (batch.signal) {
    case Signal::kLogs: return batch.logs.time;
    case Signal::kSpans: return batch.spans.time;
    case Signal::kMetrics: break;
  }
  return batch.metrics.time;
}

ResourceText to_text(const model::Resource& resource, Arena& arena) {
  ResourceText text;
  if (const auto* service = codec::find_service_attribute(resource.attributes)) {
    text.service = service->value.as_string();
  }
  std::string attributes;
  codec::append_record_resource(attributes, resource);
  text.attributes = arena.copy(attributes);
  text.extra = arena.copy(resource_extra_json(resource));
  return text;
}

// Makes the texts of a set's batches. Senders name the same resources and scopes in each of theirs.
class TextMaker {
 public:
  explicit TextMaker(Arena& arena) : arena_(arena) {}

  RowBatch make(const SequencedBatch& source) {
    const Batch& batch = *source.batch;
    RowBatch made{source.batch, source.first_seq, {}, {}};
    made.resources = make_each<ResourceText>(batch.resources, [&](const model::Resource& resource) {
      return find_resource(batch.project, resource);
    });
    made.scopes = make_each<std::string_view>(
        batch.scopes, [&](const model::Scope& scope) { return find_scope(scope); });
    return made;
  }

  std::size_t resource_count() const { return resources_.size(); }

 private:
  struct Hash {
    std::size_t operator()(const Hash128& hash) const {
      std::size_t half = 0;
      std::memcpy(&half, hash.data(), sizeof(half));
      return half;
    }
  };

  template <class Text, class Each, class Make>
  std::span<Text> make_each(const std::vector<Each>& all, Make make) {
    Text* const room = arena_.allocate_array<Text>(all.size());
    for (std::size_t i = 0; i < all.size(); ++i) new (room + i) Text(make(all[i]));
    return {room, all.size()};
  }

  ResourceText find_resource(const std::string& project, const model::Resource& resource) {
    bytes_.clear();
    bytes_.add(std::string_view(project), resource.schema_url, resource.dropped_attributes_count);
    bytes_.add_value(resource.entity_refs);
    bytes_.add_attributes(resource.attributes);
    const auto [entry, fresh] = resources_.try_emplace(hash128(bytes_.view()));
    if (fresh) {
      entry->second = to_text(resource, arena_);
      entry->second.number = static_cast<std::uint32_t>(resources_.size() - 1);
    }
    return entry->second;
  }

  std::string_view find_scope(const model::Scope& scope) {
    bytes_.clear();
    bytes_.add(scope.name, scope.version, scope.schema_url, scope.dropped_attributes_count);
    bytes_.add_attributes(scope.attributes);
    const auto [entry, fresh] = scopes_.try_emplace(hash128(bytes_.view()));
    if (fresh) entry->second = arena_.copy(scope_json(scope));
    return entry->second;
  }

  Arena& arena_;
  HashedBytes bytes_;
  std::unordered_map<Hash128, ResourceText, Hash> resources_;
  std::unordered_map<Hash128, std::string_view, Hash> scopes_;
};

}  // namespace

std::uint32_t row_group_size(Signal signal, std::uint64_t row_bytes) {
  const std::uint64_t usual = signal == Signal::kLogs ? 20'480 : 122'880;
  const std::uint64_t memory = row_bytes < kWideRow ? kGroupMemory : kWideGroupMemory;
  const std::uint64_t fitting = memory / std::max<std::uint64_t>(row_bytes, 1);
  return static_cast<std::uint32_t>(std::clamp(fitting / kVector * kVector, kVector, usual));
}

std::uint32_t small_group_size(Signal signal, std::uint64_t row_bytes) {
  if (row_bytes <= kGroupMemory / kVector) return row_group_size(signal, row_bytes);
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(kSmallGroup / row_bytes, 1, kVector));
}

RowSet::RowSet(Signal signal, std::span<const SequencedBatch> batches) : signal_(signal) {
  TextMaker texts(arena_);
  batches_.reserve(batches.size());
  for (const SequencedBatch& source : batches) batches_.push_back(texts.make(source));
  resource_count_ = texts.resource_count();
}

Timestamp RowSet::time(RowRef ref) const { return times_of(*batches_[ref.batch].batch)[ref.row]; }

std::uint64_t RowSet::row_bytes() const {
  std::uint64_t bytes = 0;
  std::uint64_t rows = 0;
  for (const RowBatch& batch : batches_) {
    bytes += batch.batch->arena->bytes();
    rows += batch.batch->size();
  }
  return rows == 0 ? 0 : bytes / rows;
}

std::vector<RowRef> RowSet::all_rows() const {
  std::size_t count = 0;
  for (const RowBatch& batch : batches_) count += batch.batch->size();
  std::vector<RowRef> rows;
  rows.reserve(count);
  for (std::uint32_t b = 0; b < batches_.size(); ++b) {
    const auto size = static_cast<std::uint32_t>(batches_[b].batch->size());
    for (std::uint32_t row = 0; row < size; ++row) rows.push_back({b, row});
  }
  return rows;
}

// The times are brought beside their rows first: sorting through two indirections took four times
// as long.
void sort_by_time(const RowSet& set, std::vector<RowRef>& rows) {
  struct Timed {
    Timestamp time;
    RowRef ref;
  };
  std::vector<Timed> timed;
  timed.reserve(rows.size());
  bool sorted = true;
  for (const RowRef ref : rows) {
    timed.push_back({set.time(ref), ref});
    sorted = sorted && (timed.size() < 2 || timed[timed.size() - 2].time <= timed.back().time);
  }
  if (sorted) return;
  // Arrival order is the order of (batch, row), so this is stable without stable_sort's memory.
  std::sort(timed.begin(), timed.end(), [](const Timed& a, const Timed& b) {
    return std::tie(a.time, a.ref.batch, a.ref.row) < std::tie(b.time, b.ref.batch, b.ref.row);
  });
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = timed[i].ref;
}

}  // namespace obs::store
