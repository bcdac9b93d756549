// Parts rewritten: several as one, or one without some of its rows. Internal to libobs/store.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libobs/base/fs.h"
#include "libobs/base/result.h"
#include "libobs/store/care.h"
#include "libobs/store/duckdb_sql.h"
#include "libobs/store/engine.h"
#include "libobs/store/merge_plan.h"
#include "libobs/store/part_table.h"
#include "libobs/store/part_writer.h"

namespace obs::store {

// What a condition leaves of a part.
struct Remainder {
  std::uint64_t removed = 0;  // Rows; 0: the part may stay as it is.
  std::optional<Part> part;   // The others, on disk and in no catalog yet; none: there are none.
};

// One thread at a time, which holds the table's rewriting() from choosing the parts on.
class Rewriter {
 public:
  Rewriter(Fs& fs, std::string dir, Engine& engine, PartTable& table, MergeOptions options)
      : fs_(fs),
        engine_(engine),
        table_(table),
        options_(options),
        dir_(dir),
        writer_(fs, std::move(dir)) {}

  // The rows of the parts as one part, on disk and in no catalog yet.
  Result<Part> merge(std::span<const Part> parts);

  // The rows of the part for which the condition, in SQL over its signal's view, is not true.
  Result<Remainder> remove(const Part& part, const std::string& condition);

  // The sequence numbers, in order, of the rows that the condition is true for. The parts are of
  // one signal, and read by one statement: to plan one takes as long as to read 50,000 rows.
  Result<std::vector<std::uint64_t>> find(std::span<const Part> parts,
                                          const std::string& condition);

  // How many rows of the part the condition is true for.
  Result<std::uint64_t> count(const Part& part, const std::string& condition);

  // Commits that `fresh`, if any, stands for `old`.
  Result<void> replace(std::span<const Part> old, const std::optional<Part>& fresh);

 private:
  Result<void> connect();
  std::string matching(std::span<const Part> parts, const std::string& condition) const;
  void add_series(std::vector<PartFile>& files) const;
  Result<std::uint64_t> query_count(const std::string& sql);
  Result<Part> describe_rest(const Part& part);
  Result<Part> write(std::span<const Part> parts, Part fresh, const std::string& filter);

  Fs& fs_;
  Engine& engine_;
  PartTable& table_;
  const MergeOptions options_;
  const std::string dir_;
  PartWriter writer_;
  std::unique_ptr<DuckdbConnection> reader_;
  std::unique_ptr<DuckdbConnection> copier_;
};

// The choice as one condition; "true" when it is whole. Records of `before` and later, by time, are
// left out when there is one; likewise those that arrived after `last_seq`.
std::string to_condition(const RecordChoice& choice, std::optional<Timestamp> before,
                         std::uint64_t last_seq);

}  // namespace obs::store
