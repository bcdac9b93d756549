// Runs: records sorted a memoryful at a time, put aside, and merged again. External merge sort.
//
// A run lies in the spill file as blocks of whole records, each record behind its size. Of a run
// that is read only one block is in memory; when there are many runs, the oldest are merged into
// one, so that no more than a few megabytes are. Not thread-safe; many may share a file.

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/result.h"
#include "libobs/lang/spill_file.h"

namespace obs::lang {

class SpillRuns {
 public:
  // Whether a record comes before another. Of equal ones those of earlier runs come first.
  using Less = std::function<bool(std::string_view, std::string_view)>;
  // False: no more records are wanted.
  using Visit = std::function<Result<bool>(std::string_view record)>;

  SpillRuns(SpillFile& file, Less less) : file_(&file), less_(std::move(less)) {}

  bool empty() const { return levels_.empty(); }

  // A run is records in their order, then end_run().
  Result<void> add(std::string_view record);
  Result<void> end_run();
  // Another's runs, behind these. It has none afterwards.
  Result<void> take(SpillRuns& other);

  // Calls `visit` with each record of all runs, in order, as often as it is asked to; a record
  // lives for the call.
  Result<void> merge(const Visit& visit) const;

 private:
  struct Block {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
  };
  using Run = std::vector<Block>;
  class Cursor;

  static Result<void> put(SpillFile& file, Run& run, std::string& block);
  Result<void> add_run(Run run, std::size_t level);
  Result<void> merge_runs(const std::vector<const Run*>& runs, const Visit& visit) const;

  SpillFile* file_;
  Less less_;
  Run run_;
  std::string block_;
  // Runs of level n + 1 are many of level n, and older than all of those.
  std::vector<std::vector<Run>> levels_;
};

}  // namespace obs::lang
