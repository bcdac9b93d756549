// What a store holds, at a glance: from its catalog and its WAL, without opening a part.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/fs.h"
#include "libobs/base/result.h"
#include "libobs/model/batch.h"

namespace obs::store {

struct SignalStats {
  model::Signal signal = model::Signal::kLogs;
  std::uint64_t rows = 0;      // In parts and in the WAL.
  std::uint64_t wal_rows = 0;  // In the WAL alone.
  std::uint64_t parts = 0;
  std::uint64_t bytes = 0;     // Of parts and their sidecars.
  std::uint64_t services = 0;  // That ever were.
  Timestamp oldest = 0;        // Both 0 when there are no rows.
  Timestamp newest = 0;
};

struct StoreStats {
  std::vector<SignalStats> signals;  // One a signal.
  std::uint64_t wal_segments = 0;
  std::uint64_t wal_bytes = 0;
  std::uint64_t catalog_bytes = 0;
};

// Beside a living writer or alone; changes nothing. Fails as Session::open() does.
Result<StoreStats> collect_stats(Fs& fs, const std::string& dir);

}  // namespace obs::store
