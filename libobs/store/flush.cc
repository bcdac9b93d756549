#include "libobs/store/flush.h"

#include <algorithm>
#include <utility>

#include "libobs/store/day_partitions.h"
#include "libobs/store/hot_choice.h"
#include "libobs/store/merge_plan.h"
#include "libobs/store/part_notes.h"
#include "libobs/store/point_parts.h"
#include "libobs/store/row_scan.h"
#include "libobs/store/wal_log.h"

namespace obs::store {
namespace {

// Parts of a day that one flush makes, for each signal; rows of further days share one.
constexpr std::size_t kMaxDays = 16;

// A part that memory kept from growing is final with so many times fewer rows.
constexpr std::uint64_t kLargeFlush = 2;

// A flush is on the way of fresh records: speed counts, and most rows are rewritten or many.
constexpr int kFlushLevel = 1;

std::vector<SequencedBatch> batches_of(model::Signal signal,
                                       std::span<const MemSegmentPtr> segments) {
  std::vector<SequencedBatch> batches;
  for (const MemSegmentPtr& segment : segments) {
    for (const SequencedBatch& batch : segment->batches) {
      if (batch.batch->signal == signal) batches.push_back(batch);
    }
  }
  return batches;
}

std::vector<model::BatchId> ids_of(std::span<const MemSegmentPtr> segments) {
  std::vector<model::BatchId> ids;
  for (const MemSegmentPtr& segment : segments) {
    for (const SequencedBatch& batch : segment->batches) {
      if (!batch.batch->id.is_zero()) ids.push_back(batch.batch->id);
    }
  }
  return ids;
}

}  // namespace

Flush::Flush(Fs& fs, const Clock& clock, std::string dir, Engine& engine, PartTable& table,
             FlushOptions options, Registry& registry)
    : fs_(fs),
      clock_(clock),
      dir_(dir),
      engine_(engine),
      table_(table),
      options_(options),
      flushes_(registry.counter("obs_store_flushes_total", "Flushes of the WAL into parts.")),
      rows_(
          registry.counter("obs_store_rows_flushed_total", "Rows written into parts by flushes.")),
      origins_(table),
      series_(table),
      rollups_(dir, table),
      writer_(fs, std::move(dir)) {
  for (const Part& part : table.parts()) hot_[static_cast<std::size_t>(part.signal)] = part.hot;
}

// A commit that failed may still turn out to have happened, after a crash. So what was written for
// it is neither removed nor written again: only the commit is tried again.
Result<std::size_t> Flush::run(std::span<const MemSegmentPtr> segments) {
  if (!written_) {
    auto done = write(segments);
    if (!done) return fail(std::move(done).error().during("flush"));
  }
  auto committed = table_.commit(written_->change);
  if (!committed) return fail(std::move(committed).error().during("flush"));
  remove_segments(fs_, dir_, written_->change.applied->segment);
  flushes_.add();
  for (const Part& part : written_->change.added) rows_.add(part.rows);
  const std::size_t flushed = written_->segments;
  written_.reset();
  return flushed;
}

Result<void> Flush::write(std::span<const MemSegmentPtr> segments) {
  full_ = std::any_of(segments.begin(), segments.end(),
                      [](const MemSegmentPtr& segment) { return segment->full; });
  Written written{segments.size(), {}};
  for (const model::Signal signal : model::kSignals) {
    auto done = write_signal(signal, segments, written.change);
    if (done) continue;
    table_.remove_files(written.change.added);
    origins_.forget();
    series_.forget();
    return done;
  }
  rollups_.settle();
  settle_change(segments, written.change);
  written_ = std::move(written);
  return {};
}

Result<void> Flush::write_signal(model::Signal signal, std::span<const MemSegmentPtr> segments,
                                 CatalogChange& change) {
  const auto batches = batches_of(signal, segments);
  if (batches.empty()) return {};
  const auto set = std::make_shared<RowSet>(signal, batches);
  OBS_TRY_VOID(origins_.resolve(*set, change));
  if (signal == model::Signal::kMetrics) return write_points(set, change);
  OBS_TRY_VOID(connect());
  std::vector<PartitionRows> partitions = partition_by_day(*set, kMaxDays);
  std::vector<std::vector<PartBlob>> blobs(partitions.size());
  if (signal == model::Signal::kSpans) blobs = rollups_.make(*set, partitions, *connection_);
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    OBS_TRY(Part part, write_part(set, std::move(partitions[i])));
    for (PartBlob& blob : blobs[i]) part.blobs.push_back(std::move(blob));
    change.added.push_back(std::move(part));
  }
  return {};
}

Result<void> Flush::connect() {
  if (connection_ != nullptr) return {};
  OBS_TRY(connection_, engine_.connect());
  return {};
}

// Numbers need no DuckDB: who has nothing else stays small, and its first flush takes 30 ms less.
Result<void> Flush::write_points(const std::shared_ptr<const RowSet>& set, CatalogChange& change) {
  OBS_TRY(auto series, series_.resolve(*set, change));
  auto planned =
      plan_point_parts(set, std::make_shared<const PointSeries>(std::move(series)), kMaxDays);
  for (PlannedPart& plan : planned) {
    OBS_TRY(Part part, write_rows(std::move(plan.part), std::move(plan.rows)));
    change.added.push_back(std::move(part));
  }
  return {};
}

Result<Part> Flush::write_part(std::shared_ptr<const RowSet> set, PartitionRows rows) {
  Part part = describe_part(*set, rows);
  HotAttributes& hot = hot_[static_cast<std::size_t>(part.signal)];
  hot = choose_hot_attributes(*set, rows.rows, hot);
  part.hot = hot;
  PartNotes notes(part.signal, part.group_rows);
  // Taken down chunk by chunk: what is read for it is then near when the chunk is filled.
  const auto note = [&notes, &set = *set](std::span<const RowRef> refs) {
    notes.add_rows(set, refs);
  };
  auto scan = std::make_shared<const RowScan>(std::move(set), std::move(rows.rows), part.group_rows,
                                              hot, note);
  OBS_TRY(part, write_rows(std::move(part), std::move(scan)));
  return notes.finish(fs_, dir_, std::move(part));
}

Result<Part> Flush::write_rows(Part part, PartRows rows) {
  part.id = table_.next_id();
  if (are_chunks(rows)) {
    OBS_TRY_VOID(connect());
    OBS_TRY(part, writer_.write(*connection_, engine_.rows(), std::move(rows), std::move(part),
                                kFlushLevel));
  } else {
    OBS_TRY(part, writer_.write(std::move(rows), std::move(part), kFlushLevel));
  }
  part.final = is_final(part, final_rows(part.signal));
  return part;
}

// Large records fill a segment before they are so many; to rewrite them costs as much and brings
// little. Points are the smaller the more of a series lie together.
std::uint64_t Flush::final_rows(model::Signal signal) const {
  const bool is_large = full_ && signal != model::Signal::kMetrics;
  return is_large ? options_.final_rows / kLargeFlush : options_.final_rows;
}

void Flush::settle_change(std::span<const MemSegmentPtr> segments, CatalogChange& change) const {
  const Timestamp now = clock_.now();
  change.applied = {segments.back()->number, now, ids_of(segments)};
  change.next_seq = segments.back()->next_seq;
  change.forget_batches_before = now - options_.dedup_window;
}

}  // namespace obs::store
