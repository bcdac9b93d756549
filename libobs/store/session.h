// Session: a reader's way into a store, beside a living writer or alone.
//
// A session sees one snapshot at a time: the catalog's parts, pinned so that no merge takes them
// away, plus what the WAL holds beyond them. It offers them to SQL as the views logs, spans and
// metrics, whose columns are those of obs-store(5). Acknowledged records are visible at once. Not
// thread-safe, except interrupt.

#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/fs.h"
#include "libobs/base/result.h"
#include "libobs/model/batch.h"
#include "libobs/store/count_table.h"
#include "libobs/store/duckdb.h"
#include "libobs/store/log_counts.h"
#include "libobs/store/rollup.h"
#include "libobs/store/scan_filter.h"

namespace obs::store {

struct SnapshotFilter {
  Timestamp since =
      std::numeric_limits<Timestamp>::min();  // Inclusive. Parts wholly outside are not opened.
  Timestamp until = std::numeric_limits<Timestamp>::max();  // Exclusive, but for this very value.
  std::uint64_t after_seq = 0;  // Only parts and WAL records that may hold a greater seq.
};

// Whether records of these times, seen in the store up to `last_seq`, may be what the filter wants.
inline bool may_match(const SnapshotFilter& filter, Timestamp min_time, Timestamp max_time,
                      std::uint64_t last_seq) {
  const bool unbounded = filter.until == std::numeric_limits<Timestamp>::max();
  return max_time >= filter.since && (unbounded || min_time < filter.until) &&
         last_seq > filter.after_seq;
}

// What make_attribute_view() calls the column of keys[number], and of json_keys[number].
std::string attribute_column(std::size_t number);
std::string json_column(std::size_t number);

class Session {
 public:
  // kNotFound: no such directory. kInvalidArgument: a directory, but no store. kUnsupported: a
  // newer format. Creates nothing but a lease below pinned/, where it may. Without a memory limit
  // in the options DuckDB takes up to 256 MB where there is a directory to spill to.
  static Result<std::unique_ptr<Session>> open(Fs& fs, std::string dir,
                                               const DuckdbOptions& options);
  virtual ~Session() = default;

  // Takes a new snapshot and makes the TEMP views logs, spans and metrics over it, each with every
  // column of its signal. The filter only prunes: rows outside it may still be seen. Ends streams
  // that are still being read. Rows still in the WAL are decoded by the first statement that reads
  // their signal.
  virtual Result<void> refresh(const SnapshotFilter& filter = {}) = 0;

  // Makes a TEMP view of the snapshot that has the attributes `keys` beside the columns of its
  // signal, as text, NULL where a record has none: columns attribute_column(0) and so on. Answers
  // its name. To be used before the next refresh(), and the next call for the signal. A comparison
  // of such a column with a text is made by the scan of the parts that have it as one, so that
  // whole row groups may be left out. `json_keys`: attributes as JSON, which says what type they
  // have; columns json_column(0) and so on.
  virtual Result<std::string> make_attribute_view(model::Signal signal,
                                                  std::span<const std::string> keys,
                                                  std::span<const std::string> json_keys = {}) = 0;

  // From now until the next refresh() or narrow() the views of a signal need only have what the
  // filter wants, and read fewer parts and row groups for it; rows that it does not want may still
  // be seen. Answers what is left out.
  virtual Result<ScanExplanation> narrow(model::Signal signal, const ScanFilter& filter) = 0;

  // Both at once, for a statement that needs no more than these columns (empty: all) and the
  // attributes: that is quicker to plan. The view of the signal stays as it was.
  virtual Result<std::string> make_scan_view(model::Signal signal, const ScanFilter& filter,
                                             std::span<const std::string> columns,
                                             std::span<const std::string> keys,
                                             ScanExplanation& explanation) = 0;

  // A time since when `newest` records or more are what the filter wants and `condition`, in SQL
  // over the columns of make_attribute_view(signal, keys), holds for; nullopt when none is known.
  // Leaves the views narrowed in some way. `condition` says all that the filter says; `is_whole`:
  // and no more.
  virtual Result<std::optional<Timestamp>> find_newest_start(
      model::Signal signal, const ScanFilter& filter, std::span<const std::string> keys,
      const std::string& condition, bool is_whole, std::uint64_t newest) = 0;

  // How many logs there are, by minute, service and severity, among those the filter wants, of
  // which time, project, services and severity count. From the catalog but for the first and last
  // minute and what the WAL holds. Leaves the view of logs narrowed in some way.
  virtual Result<LogCounts> count_logs(const ScanFilter& filter) = 0;

  // Calls, errors and durations of the snapshot's spans by minute, and by service, name, kind and
  // status (kSpanMetrics) or by caller and callee (kEdges): from the catalog, without a look at
  // spans that are in parts. Minutes are whole, also at the ends of the snapshot's filter, since
  // parts are. To be asked for before narrow().
  enum class RollupKind : std::uint8_t { kSpanMetrics, kEdges };
  virtual Result<Rollup> rollup(RollupKind kind) = 0;

  // The same, and what count_logs() answers, as a TEMP view, called count_table_name(table):
  //
  //   span_metrics(time, service, name, kind, status, duration_ns, calls, errors)
  //   edges(time, caller, callee, duration_ns, calls, errors)
  //   log_counts(time, service, severity, count)
  //
  // A row is of one minute, the time its beginning; of the first two there is a row for each bucket
  // of durations, duration_ns its middle, so that calls and errors are to be summed, and
  // weighted_quantile(duration_ns, calls, 0.95) is a quantile of them. Of the filter only the times
  // and the project count. To be made again after refresh(), and before narrow(); it leaves the
  // view of logs narrowed in some way.
  virtual Result<void> make_count_view(CountTable table, const ScanFilter& filter) = 0;

  // Greatest seq in the store as of the snapshot, whatever the filter; 0 for an empty store.
  virtual std::uint64_t last_seq() const = 0;

  // Sentences about what the snapshot lacks, since it is damaged: parts, named with their path and
  // offset, and stretches of the WAL. What else the store has is there.
  virtual const std::vector<std::string>& damage() const = 0;
  // Reads every part of the snapshot, after a statement failed for no clear reason, and names those
  // that are damaged: the next refresh() leaves them out, and damage() tells.
  virtual std::vector<std::string> find_damage() = 0;

  virtual Connection& connection() = 0;

  // From now on statements read files of this store only, and change no settings: to be called
  // before a stranger's statement runs. refresh() goes on to work.
  virtual Result<void> lock_down() = 0;
};

}  // namespace obs::store
