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
#include <string>

#include "libobs/base/clock.h"
#include "libobs/base/fs.h"
#include "libobs/base/result.h"
#include "libobs/model/batch.h"
#include "libobs/store/duckdb.h"

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

class Session {
 public:
  // kNotFound: no such directory. kInvalidArgument: a directory, but no store. kUnsupported: a
  // newer format. Creates nothing but a lease below pinned/, where it may.
  static Result<std::unique_ptr<Session>> open(Fs& fs, std::string dir,
                                               const DuckdbOptions& options);
  virtual ~Session() = default;

  // Takes a new snapshot and makes the TEMP views logs, spans and metrics over it, each with every
  // column of its signal. The filter only prunes: rows outside it may still be seen. Ends streams
  // that are still being read. Rows still in the WAL are decoded by the first statement that reads
  // their signal.
  virtual Result<void> refresh(const SnapshotFilter& filter = {}) = 0;

  // Greatest seq in the store as of the snapshot, whatever the filter; 0 for an empty store.
  virtual std::uint64_t last_seq() const = 0;

  virtual Connection& connection() = 0;

  // From now on statements read files of this store only, and change no settings: to be called
  // before a stranger's statement runs. refresh() goes on to work.
  virtual Result<void> lock_down() = 0;
};

}  // namespace obs::store
