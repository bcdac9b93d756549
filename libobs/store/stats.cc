#include "libobs/store/stats.h"

#include <algorithm>

#include "libobs/store/catalog.h"
#include "libobs/store/fresh_rows.h"
#include "libobs/store/part_index.h"
#include "libobs/store/point_shape.h"
#include "libobs/store/reader_catalog.h"
#include "libobs/store/store_files.h"
#include "libobs/store/wal_segments.h"

namespace obs::store {
namespace {

std::uint64_t size_of(Fs& fs, const std::string& path) {
  if (!fs.exists(path)) return 0;
  const auto file = fs.map(path);
  return file ? (*file)->bytes().size() : 0;
}

void widen(SignalStats& stats, Timestamp oldest, Timestamp newest) {
  const bool first = stats.rows == 0;
  stats.oldest = first ? oldest : std::min(stats.oldest, oldest);
  stats.newest = first ? newest : std::max(stats.newest, newest);
}

void add_part(SignalStats& stats, Fs& fs, const std::string& dir, const Part& part) {
  if (!is_series(part)) {
    widen(stats, part.min_time, part.max_time);
    stats.rows += part.rows;
  }
  stats.bytes += part.bytes + size_of(fs, join_path(dir, index_path(part.path)));
  ++stats.parts;
}

void add_fresh(SignalStats& stats, const FreshBatches& batches) {
  for (const auto& batch : batches) {
    widen(stats, batch->info().min_time, batch->info().max_time);
    stats.rows += batch->info().records;
    stats.wal_rows += batch->info().records;
  }
}

Result<void> count_services(Sqlite& catalog, SignalStats& stats) {
  OBS_TRY(auto rows, catalog.prepare("SELECT count(DISTINCT service) FROM services "
                                     "WHERE signal = ?1"));
  rows.bind(1, model::to_string(stats.signal));
  OBS_TRY([[maybe_unused]] const bool row, rows.step());
  stats.services = static_cast<std::uint64_t>(rows.integer(0));
  return {};
}

Result<void> measure_files(Fs& fs, const std::string& dir, std::uint64_t applied,
                           StoreStats& stats) {
  OBS_TRY(const auto segments, map_segments(fs, dir, applied));
  stats.wal_segments = segments.size();
  for (const WalSegment& segment : segments) stats.wal_bytes += segment.bytes().size();
  const std::string catalog = join_path(dir, kCatalogFile);
  stats.catalog_bytes = size_of(fs, catalog) + size_of(fs, catalog + "-wal");
  return {};
}

}  // namespace

// The WAL before the catalog, as every reader does: what is flushed in between is in both, and
// settle() drops it.
Result<StoreStats> collect_stats(Fs& fs, const std::string& given) {
  OBS_TRY(const std::string dir, find_store(fs, given));
  OBS_TRY(Sqlite catalog, open_reader_catalog(dir));
  FreshRows fresh(fs, dir);
  OBS_TRY_VOID(fresh.map());
  OBS_TRY(const CatalogState state, read_catalog(catalog));
  fresh.settle(state.applied_segment);
  StoreStats stats;
  for (const model::Signal signal : model::kSignals) {
    SignalStats& its = stats.signals.emplace_back();
    its.signal = signal;
    for (const Part& part : state.parts) {
      if (part.signal == signal) add_part(its, fs, dir, part);
    }
    add_fresh(its, fresh.find(signal, {}));
    OBS_TRY_VOID(count_services(catalog, its));
  }
  OBS_TRY_VOID(measure_files(fs, dir, state.applied_segment, stats));
  return stats;
}

}  // namespace obs::store
