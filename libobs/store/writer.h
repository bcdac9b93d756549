// Writer: the one process that puts records into a store.
//
//   write() → WAL (group-committed fsync) → ack → at a flush, Parquet parts + one catalog
//   transaction → WAL segment deleted
//
// It is a Sink: acknowledged means the batch is in the synced WAL. A batch id met before, within
// the window, is acked and not stored again. obs-store(5) describes the files.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/fs.h"
#include "libobs/base/metrics.h"
#include "libobs/base/result.h"
#include "libobs/pipeline/ledger.h"
#include "libobs/pipeline/sink.h"
#include "libobs/store/care.h"
#include "libobs/store/duckdb.h"

namespace obs::store {

struct WriterOptions {
  std::uint64_t flush_rows =
      250'000;  // A flush of so many rows of a signal is final: never rewritten.
  std::size_t flush_bytes = std::size_t{128} << 20;  // Or so many WAL bytes,
  Duration flush_age =
      10 * kSecond;  // or records that have waited so long: a smaller part, merged later.
  // Memory of batches that wait for the WAL or a flush, decoded; a flush begins at three fifths of
  // it. Above: kUnavailable. A writer needs four fifths as much again, and 60 MB for
  // DuckDB: for the row group that a flush writes, those that a merge reads and writes, and memory
  // that was freed and is still its own; whatever its records look like.
  std::size_t queue_bytes = std::size_t{240} << 20;
  Duration dedup_window = 10 * kMinute;  // Batch ids remembered so long; 0: never.
  std::uint64_t merge_rows = 1'000'000;  // Small parts are merged into one of about so many,
  std::size_t merge_parts = 96;          // or when so many small ones lie in a partition;
  std::size_t merge_past_parts = 8;      // of a day that is over, so many. Fewer are cheap to read.
  Duration keep_replaced = kMinute;      // Files that a merge replaced stay so long.
  std::vector<RetainPolicy> retain = {};  // Applied at once and every hour.
  DuckdbOptions duckdb{1, "", ""};        // One thread each for flushes and merges is enough.
};

class Writer : public pipeline::Sink {
 public:
  // Takes the lock (kUnavailable names the process that holds it), makes a missing store, cleans up
  // after a crash and replays the WAL. A directory that is neither empty nor a store is refused
  // (kInvalidArgument), a store of a newer format too (kUnsupported); both are left untouched.
  // kNotFound: there is no libduckdb.so to flush with.
  static Result<std::unique_ptr<Writer>> open(Fs& fs, const Clock& clock, std::string dir,
                                              Registry& registry, WriterOptions options = {});

  // Flushes what the WAL holds into parts now, and returns when they are in the catalog. What a
  // failure leaves unflushed is still in the WAL, acknowledged and readable, and tried again.
  virtual Result<void> flush() = 0;

  // Does what store/care.h describes; writes go on meanwhile. Any thread, one task at a time:
  // kUnavailable when another takes more than half a minute, or the job was cancelled. Other
  // processes ask for the same through DIR/writer.sock.
  virtual Result<CareCounts> care(const CareRequest& request, CareJob& job) = 0;

  virtual const pipeline::Ledger& ledger() const = 0;
};

}  // namespace obs::store
