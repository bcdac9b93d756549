#include "libobs/store/rollup_blobs.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "libobs/store/catalog_blobs.h"
#include "libobs/store/duckdb_sql.h"
#include "libobs/store/rollup_sql.h"
#include "libobs/store/span_rollup.h"

namespace obs::store {
namespace {

// A span and its parent begin within so much of each other, but for few.
constexpr Duration kNeighbourhood = kHour;

PartBlob to_blob(std::string_view kind, const Rollup& rollup) {
  return {std::string(kind), encode_rollup(rollup)};
}

std::string relation_of(const std::string& dir, std::span<const Part> parts) {
  std::vector<PartFile> files;
  for (const Part& part : parts) files.push_back(to_file(dir, part));
  return "(" + select_from(model::Signal::kSpans, files, {}) + ")";
}

// Times may lie at the ends of what a time can say.
std::vector<Part> neighbours_of(const Part& part, const std::vector<Part>& all) {
  using Limits = std::numeric_limits<Timestamp>;
  const Timestamp first = std::max(part.min_time, Limits::min() + kNeighbourhood) - kNeighbourhood;
  const Timestamp last = std::min(part.max_time, Limits::max() - kNeighbourhood) + kNeighbourhood;
  std::vector<Part> near;
  for (const Part& other : all) {
    const bool overlaps = other.min_time <= last && other.max_time >= first;
    if (other.signal == model::Signal::kSpans && overlaps) near.push_back(other);
  }
  return near;
}

Result<PartBlob> edges_of(DuckdbConnection& connection, const std::string& dir, const Part& part,
                          const std::vector<Part>& all) {
  OBS_TRY(const Rollup edges, count_edges(connection, relation_of(dir, std::span(&part, 1)),
                                          relation_of(dir, neighbours_of(part, all))));
  return to_blob(kEdgesBlob, edges);
}

std::optional<Rollup> add_up(PartTable& table, std::span<const Part> parts, std::string_view kind) {
  Rollup sum;
  for (const Part& part : parts) {
    const auto bytes = table.blob(part.id, kind);
    if (!bytes || bytes->empty()) return std::nullopt;
    const auto rollup = decode_rollup(*bytes);
    if (!rollup) return std::nullopt;
    sum.add(*rollup);
  }
  return sum;
}

}  // namespace

std::vector<std::vector<PartBlob>> FlushRollups::make(const RowSet& set,
                                                      std::span<const PartitionRows> partitions,
                                                      DuckdbConnection& connection) {
  if (!std::exchange(recalled_, true)) recall(connection);
  std::vector<std::vector<std::uint32_t>> owners;
  for (const RowBatch& batch : set.batches()) owners.emplace_back(batch.batch->size());
  for (std::uint32_t owner = 0; owner < partitions.size(); ++owner) {
    for (const RowRef ref : partitions[owner].rows) owners[ref.batch][ref.row] = owner;
  }
  links_ = link_spans(set, tracker_, [&](RowRef ref) { return owners[ref.batch][ref.row]; });
  const std::vector<Rollup> edges = tracker_.find(links_, partitions.size());
  std::vector<std::vector<PartBlob>> blobs;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    blobs.push_back({to_blob(kSpanMetricsBlob, roll_up_spans(set, partitions[i].rows)),
                     to_blob(kEdgesBlob, edges[i])});
  }
  return blobs;
}

void FlushRollups::settle() {
  tracker_.adopt(links_);
  links_ = {};
}

// The parts that hold the last spans, by sequence number, which counts records of all signals.
void FlushRollups::recall(DuckdbConnection& connection) {
  std::vector<Part> spans;
  std::uint64_t last = 0;
  for (const Part& part : table_.parts()) {
    if (part.signal != model::Signal::kSpans) continue;
    spans.push_back(part);
    last = std::max(last, part.max_seq);
  }
  const std::uint64_t least = last - std::min<std::uint64_t>(last, EdgeTracker::kMaxSpans);
  const auto is_before = [&](const Part& part) { return part.max_seq < least; };
  spans.erase(std::remove_if(spans.begin(), spans.end(), is_before), spans.end());
  if (!spans.empty()) (void)recall_links(connection, relation_of(dir_, spans), least, tracker_);
}

std::vector<PartBlob> merge_rollups(PartTable& table, std::span<const Part> parts) {
  std::vector<PartBlob> blobs;
  if (parts.front().signal != model::Signal::kSpans) return blobs;
  for (const std::string_view kind : {kSpanMetricsBlob, kEdgesBlob}) {
    if (const auto sum = add_up(table, parts, kind)) blobs.push_back(to_blob(kind, *sum));
  }
  return blobs;
}

Result<void> fill_rollups(PartTable& table, const std::string& dir, DuckdbConnection& connection,
                          const Part& part) {
  const std::vector<Part> all = table.parts();
  CatalogChange change;
  OBS_TRY(const Rollup metrics,
          count_span_metrics(connection, relation_of(dir, std::span(&part, 1))));
  change.blobs.emplace_back(part.id, to_blob(kSpanMetricsBlob, metrics));
  for (const Part& near : neighbours_of(part, all)) {
    if (near.id != part.id) {
      OBS_TRY(const std::string known, table.blob(near.id, kEdgesBlob));
      if (known.empty()) continue;
    }
    OBS_TRY(PartBlob edges, edges_of(connection, dir, near, all));
    change.blobs.emplace_back(near.id, std::move(edges));
  }
  return table.commit(change);
}

Result<void> recount_rollups(PartTable& table, const std::string& dir, DuckdbConnection& connection,
                             std::span<const Part> changed) {
  const std::vector<Part> all = table.parts();
  std::map<std::int64_t, Part> near;
  for (const Part& part : changed) {
    if (part.signal != model::Signal::kSpans) continue;
    for (Part& other : neighbours_of(part, all)) near.emplace(other.id, std::move(other));
  }
  for (const auto& [id, part] : near) {
    CatalogChange change;
    OBS_TRY(const std::string known, table.blob(id, kSpanMetricsBlob));
    if (known.empty()) {
      OBS_TRY(const Rollup metrics,
              count_span_metrics(connection, relation_of(dir, std::span(&part, 1))));
      change.blobs.emplace_back(id, to_blob(kSpanMetricsBlob, metrics));
    }
    OBS_TRY(PartBlob edges, edges_of(connection, dir, part, all));
    change.blobs.emplace_back(id, std::move(edges));
    OBS_TRY_VOID(table.commit(change));
  }
  return {};
}

}  // namespace obs::store
