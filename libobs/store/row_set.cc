#include "libobs/store/row_set.h"

#include <algorithm>
#include <tuple>

#include "libobs/codec/record.h"
#include "libobs/store/row_json.h"

namespace obs::store {
namespace {

using model::Batch;
using model::Signal;

constexpr std::uint64_t kVector = 2048;
constexpr std::uint64_t kGroupMemory = std::uint64_t{128} << 20;
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

}  // namespace

std::uint32_t row_group_size(Signal signal, std::uint64_t row_bytes) {
  const std::uint64_t usual = signal == Signal::kLogs ? 20'480 : 122'880;
  const std::uint64_t fitting = kGroupMemory / std::max<std::uint64_t>(row_bytes, 1);
  return static_cast<std::uint32_t>(std::clamp(fitting / kVector * kVector, kVector, usual));
}

std::uint32_t small_group_size(Signal signal, std::uint64_t row_bytes) {
  if (row_bytes <= kGroupMemory / kVector) return row_group_size(signal, row_bytes);
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(kSmallGroup / row_bytes, 1, kVector));
}

RowSet::RowSet(Signal signal, std::span<const SequencedBatch> batches) : signal_(signal) {
  batches_.reserve(batches.size());
  for (const SequencedBatch& source : batches) batches_.push_back(make_batch(source));
}

RowBatch RowSet::make_batch(const SequencedBatch& source) {
  const Batch& batch = *source.batch;
  RowBatch made{source.batch, source.first_seq, {}, {}, {}};
  std::vector<ResourceText> resources;
  for (const auto& resource : batch.resources) resources.push_back(to_text(resource, arena_));
  made.resources = arena_.copy_array(std::span<const ResourceText>(resources));

  std::vector<std::string_view> scopes;
  for (const auto& scope : batch.scopes) scopes.push_back(arena_.copy(scope_json(scope)));
  made.scopes = arena_.copy_array(std::span<const std::string_view>(scopes));

  std::vector<MetricText> metrics;
  for (const auto& metric : batch.metrics.metrics) {
    metrics.push_back({arena_.copy(temporality_text(metric.temporality)),
                       arena_.copy(metric_extra_json(metric))});
  }
  made.metrics = arena_.copy_array(std::span<const MetricText>(metrics));
  return made;
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
