// The caretaker: does what store/care.h asks for, in the writer's process. Internal to
// libobs/store.

#pragma once

#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/metrics.h"
#include "libobs/base/result.h"
#include "libobs/store/care.h"
#include "libobs/store/part_table.h"
#include "libobs/store/rewrite.h"
#include "libobs/store/series_sweep.h"

namespace obs::store {

// Any thread; one task at a time.
class Caretaker {
 public:
  // `flush` is Writer::flush(); `notify` is told that parts have changed, `forgotten` that nothing
  // damaged is left.
  struct Hooks {
    std::function<Result<void>()> flush;
    std::function<void()> notify;
    std::function<void()> forgotten;
  };
  Caretaker(Fs& fs, const Clock& clock, std::string dir, Engine& engine, PartTable& table,
            MergeOptions options, Hooks hooks, Registry& registry);

  // kUnavailable: it is at another task, and has been for a while; or the job was cancelled.
  Result<CareCounts> run(const CareRequest& request, CareJob& job);

 private:
  // What came of a task so far.
  struct Tally {
    std::uint64_t rows_removed = 0;
    std::uint64_t parts_removed = 0;
    std::uint64_t parts_rewritten = 0;
    std::uint64_t bytes_freed = 0;
    std::uint64_t series_removed = 0;
    std::uint64_t origins_removed = 0;
    std::vector<Part> changed;  // As they were.
  };
  Result<CareCounts> flush();
  Result<CareCounts> compact(CareJob& job);
  Result<CareCounts> remove(const RecordChoice& choice, CareJob& job);
  Result<CareCounts> retain(const RetainPolicy& policy, CareJob& job);

  Result<CareCounts> repair(CareJob& job);
  Result<CareCounts> forget();
  Result<void> connect();

  Result<bool> compact_once(CareCounts& counts, std::set<std::int64_t>& skip,
                            std::optional<Error>& failure);
  // Calls `visit` with each live part that `wanted` accepts, parts that come meanwhile included,
  // none twice and each of them while nobody else replaces it. `visit` names the part that it made
  // of it, if any, which is not visited.
  using Wanted = std::function<bool(const Part&)>;
  using Visit = std::function<Result<std::optional<Part>>(const Part&)>;
  Result<void> visit_parts(const Wanted& wanted, const Visit& visit, CareJob& job);
  // Removes the rows for which the condition is true from the parts that `wanted` accepts, parts
  // that come meanwhile included, until each of those that are live was read and has none.
  Result<void> remove_all(const Wanted& wanted, const std::string& condition, Tally& tally,
                          CareJob& job);
  // Whether any of them was damaged.
  Result<bool> set_damaged_aside(std::span<const Part> parts);
  Result<void> tell_damage(const Tally& tally) const;
  Result<std::optional<Part>> remove_rows(const Part& part, const std::string& condition,
                                          Tally& tally);
  Result<void> drop(const Part& part, Tally& tally);
  Result<void> remove_old(const RetainPolicy& policy, Tally& tally, CareJob& job);
  // Whether an earlier remove_old() has seen that a part has nothing that the policy does not keep;
  // so a policy with a condition reads each old part once, and not every hour.
  bool is_clean(const RetainPolicy& policy, const Part& part) const;
  void note_clean(const RetainPolicy& policy, const Part& part);
  void forget_clean();
  Result<void> remove_excess(const RetainPolicy& policy, Tally& tally, CareJob& job);
  // Rollups without the spans that are gone.
  Result<void> recount(const Tally& tally);
  // Resources and services that lost their last record.
  Result<void> sweep_origins(Tally& tally);
  // Series that lost their last point.
  Result<void> sweep_series(const RecordChoice& choice, Tally& tally);
  Result<std::uint64_t> share_of(const Part& part, const RecordChoice& choice);
  CareCounts to_counts(const Tally& tally) const;

  Fs& fs_;
  const Clock& clock_;
  const std::string dir_;
  PartTable& table_;
  const MergeOptions options_;
  const Hooks hooks_;
  Counter& rows_removed_;
  std::timed_mutex running_;                             // Held during a task; guards all below.
  std::map<std::string, std::set<std::int64_t>> clean_;  // Ids of parts by condition.
  Rewriter rewriter_;
  Engine& engine_;
  SeriesSweeper sweeper_;
  std::unique_ptr<DuckdbConnection> reader_;
};

}  // namespace obs::store
