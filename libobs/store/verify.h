// Verifying a store: every byte of it read again, and compared with what the catalog, the formats
// and the checksums say of it.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "libobs/base/fs.h"
#include "libobs/base/result.h"
#include "libobs/store/care.h"
#include "libobs/store/duckdb.h"

namespace obs::store {

struct Problem {
  std::string path;  // Relative to the store.
  std::optional<std::uint64_t> offset;
  std::string what;
};

struct Verdict {
  std::uint64_t parts = 0;
  std::uint64_t rows = 0;  // In parts.
  std::uint64_t bytes = 0;
  std::uint64_t segments = 0;
  std::uint64_t wal_rows = 0;
  std::vector<Problem> problems;
};

// Beside a living writer or alone; changes nothing. Of a part: the file's size and checksum, and
// every value of it, its rows, and their bounds in time and number; its sidecar; of the WAL each
// frame; of the catalog SQLite's own integrity check. What a writer has set aside as damaged is a
// problem too. Fails only when that cannot be done at all, as Session::open() does.
Result<Verdict> verify_store(Fs& fs, const std::string& dir, const DuckdbOptions& duckdb,
                             const std::function<void(const CareProgress&)>& tell);

}  // namespace obs::store
