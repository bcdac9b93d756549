// The parts of points of a snapshot, and how the samples of some series are read out of them: what
// is ours by us, on two threads, the rest by DuckDB. Internal to libobs/store.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libobs/base/fs.h"
#include "libobs/base/result.h"
#include "libobs/store/duckdb_connection.h"
#include "libobs/store/numbers_part.h"
#include "libobs/store/part.h"
#include "libobs/store/point_shape.h"
#include "libobs/store/sample_rows.h"
#include "libobs/store/sample_scan.h"

namespace obs::store {

// Ids of the series of each target.
using TargetIds = std::span<const std::vector<std::uint32_t>>;

// One thread.
class SampleParts {
 public:
  SampleParts(Fs& fs, DuckdbOptions options) : fs_(fs), options_(std::move(options)) {}

  // The parts, and where each can be read.
  void set(std::vector<Part> parts, std::vector<std::string> paths);

  // Points in the range, if they are spread evenly.
  double count(const SampleRange& range) const;

  // `known`: how many series there are in all.
  Result<SampleRows> read(TargetIds ids, const SampleRange& range, std::uint64_t known,
                          bool with_arrival);

  // Calls visit(target, time of the point, JSON of column exemplars) for each point in the range
  // that has exemplars, in no order.
  using ExemplarsFound = std::function<void(std::size_t, Timestamp, std::string_view)>;
  Result<void> read_exemplars(TargetIds ids, const SampleRange& range, const ExemplarsFound& visit);

  // Where the parts of a shape that may have points in the range are read.
  std::vector<std::string> paths_of(PointShape shape, const SampleRange& range) const;
  // Opened when first asked for: what only DuckDB can read may never be.
  Result<DuckdbConnection*> connection();

 private:
  struct PinnedPart {
    Part part;
    std::string path;
    std::shared_ptr<const NumbersPart> numbers;  // Null: not looked at yet, or DuckDB's to read.
    std::optional<bool> has_exemplars;           // None: not looked at yet.
  };
  struct Group {
    const NumbersPart* part = nullptr;
    std::size_t group = 0;
  };

  Result<std::vector<Group>> find_groups(const SampleRange& range,
                                         std::vector<std::string>& foreign);
  static Result<void> read_groups(std::span<const Group> groups, TargetIds ids,
                                  const SampleRange& range, bool with_arrival, SampleRows& rows);
  static Result<void> read_on_two(std::span<const Group> groups, TargetIds ids,
                                  const SampleRange& range, bool with_arrival, std::size_t expected,
                                  SampleRows& rows);
  Result<void> read_by_duckdb(const std::vector<std::string>& numbers,
                              const std::vector<std::uint32_t>& ids, const SampleRange& range,
                              std::uint64_t known, bool with_arrival, SampleRows& rows);
  Result<std::vector<std::string>> paths_with_exemplars(PointShape shape, const SampleRange& range);
  SampleRange needed(SampleRange range) const;

  Fs& fs_;
  const DuckdbOptions options_;
  std::vector<PinnedPart> parts_;
  std::unique_ptr<DuckdbDatabase> database_;
  std::unique_ptr<DuckdbConnection> connection_;
};

}  // namespace obs::store
