// Reader: a store as those who ask see it. One project, one snapshot, statements that went through
// the gate, and a limit on how long each may take.

#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/fs.h"
#include "libobs/base/result.h"
#include "libobs/query/scan_prune.h"
#include "libobs/query/sql_compile.h"
#include "libobs/store/session.h"

namespace obs::query {

struct ReaderOptions {
  std::string dir;
  std::string project = "default";
  Duration timeout = 0;  // For each query, from its start to its last row; 0 is none.
  store::DuckdbOptions duckdb;
};

// One thread at a time, except interrupt().
class Reader {
 public:
  // Fails with kIo, whatever is wrong with the directory, since no other options would help; the
  // message says what to do. Creates nothing. There is no snapshot before refresh().
  static Result<std::unique_ptr<Reader>> open(Fs& fs, const Clock& clock, ReaderOptions options);

  // Takes a new snapshot. Streams of the last one end.
  Result<void> refresh(const store::SnapshotFilter& filter = {});
  std::uint64_t last_seq() const { return session_->last_seq(); }
  // See store/session.h.
  const std::vector<std::string>& damage() const { return session_->damage(); }
  std::vector<std::string> find_damage() { return session_->find_damage(); }

  // See query/sql_compile.h; now() is the time of the call.
  Result<std::string> compile(std::string_view sql);
  Result<Expression> compile_condition(std::string_view expression);

  // Runs what was compiled, or what we wrote ourselves. `given` is what the user wrote, for places
  // in errors. A query that runs into the time limit fails with kUnavailable.
  Result<std::unique_ptr<store::RowStream>> run(const std::string& sql, std::string_view given);

  // What the last run() did not have to read, for people; empty when it read everything.
  const std::string& explanation() const { return explanation_; }

  const std::string& project() const { return options_.project; }
  const Clock& clock() const { return clock_; }
  // Stops what runs; it fails with kUnavailable. Any thread.
  void interrupt() { session_->connection().interrupt(); }

 private:
  Reader(const Clock& clock, ReaderOptions options, std::unique_ptr<store::Session> session);

  Result<void> prepare(const std::string& sql);
  Result<void> make_count_views(const std::string& sql, const PrunedScan* scan);
  void narrow(PrunedScan& scan);
  void seek_newest(PrunedScan& scan);

  const Clock& clock_;
  ReaderOptions options_;
  std::unique_ptr<store::Session> session_;
  bool has_views_ = false;
  std::array<bool, model::kSignalCount> narrowed_{};
  std::string explanation_;
};

}  // namespace obs::query
