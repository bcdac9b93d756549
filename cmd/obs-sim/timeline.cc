#include "cmd/obs-sim/timeline.h"

#include <algorithm>
#include <limits>
#include <span>

namespace obs::sim {
namespace {

using model::Batch;
using model::Signal;

// The size of batches that SDKs and collectors send.
constexpr std::size_t kBatchRows = 2000;

constexpr std::uint32_t kUnused = std::numeric_limits<std::uint32_t>::max();

// Gives a batch the resources and scopes its rows name, numbered as they are met.
class ScopeTable {
 public:
  ScopeTable(const Fleet& fleet, Batch& batch)
      : fleet_(fleet),
        batch_(batch),
        resources_(fleet.resources().size(), kUnused),
        scopes_(fleet.scopes().size(), kUnused) {}

  std::uint32_t use(std::uint32_t index) {
    std::uint32_t& scope = scopes_[index];
    if (scope != kUnused) return scope;
    scope = static_cast<std::uint32_t>(batch_.scopes.size());
    batch_.scopes.push_back(fleet_.scopes()[index]);
    batch_.scopes.back().resource = use_resource(fleet_.scopes()[index].resource);
    return scope;
  }

 private:
  std::uint32_t use_resource(std::uint32_t index) {
    std::uint32_t& resource = resources_[index];
    if (resource != kUnused) return resource;
    resource = static_cast<std::uint32_t>(batch_.resources.size());
    batch_.resources.push_back(fleet_.resources()[index]);
    return resource;
  }

  const Fleet& fleet_;
  Batch& batch_;
  std::vector<std::uint32_t> resources_;
  std::vector<std::uint32_t> scopes_;
};

Batch make_batch(Signal signal, const Second& second) {
  Batch batch;
  batch.signal = signal;
  batch.arena = second.arena;
  return batch;
}

template <class Row>
void sort_by_time(std::vector<Row>& rows) {
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return a.time.time < b.time.time; });
}

// Cuts rows that name scopes into batches.
template <class Row, class Columns>
void append_batches(std::vector<Batch>& out, Signal signal, Columns Batch::*columns,
                    std::vector<Row>& rows, const Second& second, const Fleet& fleet) {
  sort_by_time(rows);
  for (std::span<Row> left(rows); !left.empty();) {
    const auto now = left.first(std::min(left.size(), kBatchRows));
    Batch& batch = out.emplace_back(make_batch(signal, second));
    ScopeTable table(fleet, batch);
    codec::reserve_rows(batch.*columns, now.size());
    for (Row& row : now) {
      row.scope = table.use(row.scope);
      codec::append_row(batch.*columns, row);
    }
    left = left.subspan(now.size());
  }
}

void append_metrics(std::vector<Batch>& out, const Second& second, const Fleet& fleet) {
  if (second.points.empty()) return;
  Batch& batch = out.emplace_back(make_batch(Signal::kMetrics, second));
  ScopeTable table(fleet, batch);
  batch.metrics.metrics = second.metrics;
  for (model::Metric& metric : batch.metrics.metrics) metric.scope = table.use(metric.scope);
  codec::reserve_rows(batch.metrics, second.points.size());
  for (const codec::PointRow& point : second.points) codec::append_row(batch.metrics, point);
}

}  // namespace

Second Timeline::take(Timestamp time) {
  auto node = seconds_.extract(time / kSecond);
  return node ? std::move(node.mapped()) : Second();
}

std::vector<Batch> to_batches(Second&& second, const Fleet& fleet) {
  second.arena->keep(fleet.arena());
  std::vector<Batch> batches;
  append_batches(batches, Signal::kLogs, &Batch::logs, second.logs, second, fleet);
  append_batches(batches, Signal::kSpans, &Batch::spans, second.spans, second, fleet);
  append_metrics(batches, second, fleet);
  return batches;
}

}  // namespace obs::sim
