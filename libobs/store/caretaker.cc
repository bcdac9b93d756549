#include "libobs/store/caretaker.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "libobs/store/catalog_blobs.h"
#include "libobs/store/compact.h"
#include "libobs/store/origin_sweep.h"
#include "libobs/store/part_keeper.h"
#include "libobs/store/point_shape.h"
#include "libobs/store/rollup_blobs.h"
#include "libobs/store/store_files.h"

namespace obs::store {
namespace {

// Most tasks are done by then, and who asks for another had better know.
constexpr Duration kPatience = 30 * kSecond;
constexpr std::chrono::milliseconds kLockInterval{100};

constexpr std::uint64_t kAnySeq = std::numeric_limits<std::uint64_t>::max();

std::uint64_t last_seq_of(const std::vector<Part>& parts) {
  std::uint64_t last = 0;
  for (const Part& part : parts) {
    if (!is_series(part)) last = std::max(last, part.max_seq);
  }
  return last;
}

std::uint64_t bytes_of(const std::vector<Part>& parts) {
  std::uint64_t bytes = 0;
  for (const Part& part : parts) bytes += part.bytes;
  return bytes;
}

// Parts of series hold none: points refer to them.
bool has_records(const Part& part, const RecordChoice& choice) {
  return choice.has(part.signal) && !is_series(part);
}

// Leaves the first few of one signal: so many that to plan their statement does not count any more,
// and not so many that merges wait for long.
void take_together(std::vector<Part>& parts) {
  constexpr std::size_t kMostParts = 64;
  constexpr std::uint64_t kMostRows = 1'000'000;
  const model::Signal signal = parts.front().signal;
  std::erase_if(parts, [&](const Part& part) { return part.signal != signal; });
  std::uint64_t rows = 0;
  std::size_t count = 0;
  while (count < std::min(parts.size(), kMostParts) && rows < kMostRows) {
    rows += parts[count++].rows;
  }
  parts.resize(count);
}

// Whether one of these sequence numbers, in order, may be of the part. Parts of several days lie
// across one another, but a number is in one of them.
bool may_hold(const Part& part, std::span<const std::uint64_t> numbers) {
  const auto first = std::lower_bound(numbers.begin(), numbers.end(), part.min_seq);
  return first != numbers.end() && *first <= part.max_seq;
}

void add_count(CareCounts& counts, std::string_view name, std::uint64_t n) {
  for (auto& [known, count] : counts) {
    if (known == name) {
      count += n;
      return;
    }
  }
  counts.emplace_back(name, n);
}

}  // namespace

Caretaker::Caretaker(Fs& fs, const Clock& clock, std::string dir, Engine& engine, PartTable& table,
                     MergeOptions options, Hooks hooks, Registry& registry)
    : fs_(fs),
      clock_(clock),
      dir_(dir),
      table_(table),
      options_(options),
      hooks_(std::move(hooks)),
      rows_removed_(registry.counter("obs_store_rows_removed_total",
                                     "Rows that deletes and retention have removed.")),
      rewriter_(fs, dir, engine, table, options),
      engine_(engine),
      sweeper_(fs, std::move(dir), engine, table) {}

Result<CareCounts> Caretaker::run(const CareRequest& request, CareJob& job) {
  std::unique_lock running(running_, std::defer_lock);
  const Duration begun = clock_.monotonic();
  while (!running.try_lock_for(kLockInterval)) {
    OBS_TRY_VOID(job.check());
    if (clock_.monotonic() - begun < kPatience) continue;
    return fail(Errc::kUnavailable,
                "the writer is at another task, such as compact or delete; try again later");
  }
  Result<CareCounts> done = CareCounts();
  switch (request.task) {
    case CareRequest::Task::kFlush: done = flush(); break;
    case CareRequest::Task::kCompact: done = compact(job); break;
    case CareRequest::Task::kDelete: done = remove(request.policy.choice, job); break;
    case CareRequest::Task::kRetain: done = retain(request.policy, job); break;
    case CareRequest::Task::kRepair: done = repair(job); break;
    case CareRequest::Task::kForget: done = forget(); break;
  }
  // Merges that found the parts held have not looked since.
  hooks_.notify();
  return done;
}

Result<CareCounts> Caretaker::flush() {
  OBS_TRY_VOID(hooks_.flush());
  const auto parts = table_.parts();
  return CareCounts{{"parts", parts.size()}, {"bytes", bytes_of(parts)}};
}

Result<CareCounts> Caretaker::compact(CareJob& job) {
  OBS_TRY_VOID(hooks_.flush());
  const std::vector<Part> before = table_.parts();
  CareCounts counts = {{"parts_before", before.size()}, {"bytes_before", bytes_of(before)}};
  std::set<std::int64_t> skip;
  std::optional<Error> failure;
  for (;;) {
    OBS_TRY_VOID(job.check());
    OBS_TRY(const bool more, compact_once(counts, skip, failure));
    if (!more) break;
    job.tell({"parts", find_count(counts, "parts_merged"), before.size()});
  }
  if (failure) return fail(std::move(*failure));
  const std::vector<Part> after = table_.parts();
  add_count(counts, "parts", after.size());
  add_count(counts, "bytes", bytes_of(after));
  return counts;
}

// Parts that cannot be read are left, and told when the others are done.
Result<bool> Caretaker::compact_once(CareCounts& counts, std::set<std::int64_t>& skip,
                                     std::optional<Error>& failure) {
  const std::lock_guard rewriting(table_.rewriting());
  std::vector<Part> parts = table_.parts();
  std::erase_if(parts, [&](const Part& part) { return skip.count(part.id) != 0; });
  const std::vector<Part> chosen = choose_compaction(parts, options_);
  if (chosen.empty()) return false;
  for (const Part& part : chosen) {
    OBS_TRY(const bool aside, set_aside_if_damaged(fs_, dir_, table_, part, clock_.now()));
    if (aside) return true;
  }
  auto merged = rewriter_.merge(chosen);
  if (!merged && merged.error().code == Errc::kUnavailable) return fail(std::move(merged).error());
  if (!merged) {
    if (!failure) failure = std::move(merged).error();
    for (const Part& part : chosen) skip.insert(part.id);
    return true;
  }
  OBS_TRY_VOID(rewriter_.replace(chosen, *merged));
  add_count(counts, "parts_merged", chosen.size());
  add_count(counts, "rows_rewritten", merged->rows);
  return true;
}

Result<void> Caretaker::visit_parts(const Wanted& wanted, const Visit& visit, CareJob& job) {
  std::set<std::int64_t> visited;
  for (;;) {
    OBS_TRY_VOID(job.check());
    std::uint64_t left = 0;
    {
      const std::lock_guard rewriting(table_.rewriting());
      std::vector<Part> parts = table_.parts();
      std::erase_if(parts,
                    [&](const Part& part) { return visited.count(part.id) != 0 || !wanted(part); });
      if (parts.empty()) return {};
      visited.insert(parts.front().id);
      OBS_TRY(const auto fresh, visit(parts.front()));
      if (fresh) visited.insert(fresh->id);
      left = parts.size() - 1;
    }
    job.tell({"parts", visited.size(), visited.size() + left});
  }
}

Result<std::optional<Part>> Caretaker::remove_rows(const Part& part, const std::string& condition,
                                                   Tally& tally) {
  OBS_TRY(const bool aside, set_aside_if_damaged(fs_, dir_, table_, part, clock_.now()));
  if (aside) return std::optional<Part>();
  OBS_TRY(Remainder rest, rewriter_.remove(part, condition));
  if (rest.removed == 0) return std::optional<Part>();
  OBS_TRY_VOID(rewriter_.replace(std::span(&part, 1), rest.part));
  tally.changed.push_back(part);
  ++(rest.part ? tally.parts_rewritten : tally.parts_removed);
  tally.rows_removed += rest.removed;
  const std::uint64_t now = rest.part ? rest.part->bytes : 0;
  tally.bytes_freed += part.bytes > now ? part.bytes - now : 0;
  rows_removed_.add(rest.removed);
  return std::move(rest.part);
}

// Parts never change, so one that has no such row is done with; what was made of one that had some
// is asked like any other.
Result<void> Caretaker::remove_all(const Wanted& wanted, const std::string& condition, Tally& tally,
                                   CareJob& job) {
  std::set<std::int64_t> clean;
  std::set<std::int64_t> rests;
  for (;;) {
    OBS_TRY_VOID(job.check());
    const std::lock_guard rewriting(table_.rewriting());
    std::vector<Part> parts = table_.parts();
    std::erase_if(parts,
                  [&](const Part& part) { return clean.count(part.id) != 0 || !wanted(part); });
    if (parts.empty()) return {};
    const std::size_t all = clean.size() + parts.size();
    take_together(parts);
    OBS_TRY(const bool aside, set_damaged_aside(parts));
    if (aside) continue;  // Choose anew.
    OBS_TRY(const auto found, rewriter_.find(parts, condition));
    for (const Part& part : parts) {
      const std::uint64_t before = tally.rows_removed;
      std::optional<Part> rest;
      if (may_hold(part, found)) {
        OBS_TRY(rest, remove_rows(part, condition, tally));
      }
      if (tally.rows_removed == before) {
        clean.insert(part.id);
      } else if (rests.count(part.id) != 0) {
        return fail(Errc::kInternal, "rows were left that should have been deleted");
      }
      if (rest) rests.insert(rest->id);
    }
    job.tell({"parts", clean.size(), all});
  }
}

Result<bool> Caretaker::set_damaged_aside(std::span<const Part> parts) {
  bool any = false;
  for (const Part& part : parts) {
    OBS_TRY(const bool aside, set_aside_if_damaged(fs_, dir_, table_, part, clock_.now()));
    any = any || aside;
  }
  return any;
}

Result<void> Caretaker::drop(const Part& part, Tally& tally) {
  OBS_TRY_VOID(rewriter_.replace(std::span(&part, 1), std::nullopt));
  ++tally.parts_removed;
  tally.rows_removed += part.rows;
  tally.bytes_freed += part.bytes;
  rows_removed_.add(part.rows);
  return {};
}

// The records in damaged files cannot be read, and so not be told to be gone.
Result<void> Caretaker::tell_damage(const Tally& tally) const {
  for (const std::string_view name : {kSetAsideDir, kDamagedDir}) {
    const auto files = fs_.list(join_path(dir_, name));
    if (!files || files->empty()) continue;
    return fail(
        Errc::kMalformed,
        fmt::format("{} rows were removed, and none is left in what can be read; but damaged "
                    "files in {} may hold more: obs-store forget removes them too",
                    tally.rows_removed, join_path(dir_, name)));
  }
  return {};
}

CareCounts Caretaker::to_counts(const Tally& tally) const {
  return {{"rows_removed", tally.rows_removed},
          {"parts_removed", tally.parts_removed},
          {"parts_rewritten", tally.parts_rewritten},
          {"series_removed", tally.series_removed},
          {"bytes_freed", tally.bytes_freed}};
}

// What was acknowledged before is in parts after the flush; what comes later is not meant.
Result<CareCounts> Caretaker::remove(const RecordChoice& choice, CareJob& job) {
  OBS_TRY_VOID(hooks_.flush());
  const std::uint64_t last = last_seq_of(table_.parts());
  const std::string condition = to_condition(choice, std::nullopt, last);
  const auto wanted = [&](const Part& part) {
    return has_records(part, choice) && part.min_seq <= last;
  };
  Tally tally;
  OBS_TRY_VOID(remove_all(wanted, condition, tally, job));
  table_.remove_retired(PartTable::Retired::kAll);
  OBS_TRY_VOID(sweep_series(choice, tally));
  OBS_TRY_VOID(recount(tally));
  OBS_TRY_VOID(sweep_origins(tally));
  // What the catalog says of parts and series that are gone would tell what was in them.
  OBS_TRY_VOID(table_.scrub(tally.series_removed + tally.origins_removed > 0));
  OBS_TRY_VOID(tell_damage(tally));
  CareCounts counts = to_counts(tally);
  counts.emplace_back("rows_left", 0);  // Of which remove_all() has made sure.
  return counts;
}

Result<void> Caretaker::recount(const Tally& tally) {
  if (tally.rows_removed == 0) return {};
  OBS_TRY_VOID(connect());
  const std::lock_guard rewriting(table_.rewriting());
  return recount_rollups(table_, dir_, *reader_, tally.changed);
}

Result<void> Caretaker::sweep_origins(Tally& tally) {
  if (tally.rows_removed == 0) return {};
  OBS_TRY_VOID(connect());
  const std::lock_guard rewriting(table_.rewriting());
  OBS_TRY(tally.origins_removed, store::sweep_origins(table_, dir_, *reader_));
  return {};
}

Result<CareCounts> Caretaker::retain(const RetainPolicy& policy, CareJob& job) {
  OBS_TRY_VOID(hooks_.flush());
  Tally tally;
  if (policy.max_age > 0) OBS_TRY_VOID(remove_old(policy, tally, job));
  if (policy.max_bytes > 0) OBS_TRY_VOID(remove_excess(policy, tally, job));
  OBS_TRY_VOID(sweep_series(policy.choice, tally));
  OBS_TRY_VOID(sweep_origins(tally));
  return to_counts(tally);
}

Result<void> Caretaker::sweep_series(const RecordChoice& choice, Tally& tally) {
  if (!choice.has(model::Signal::kMetrics)) return {};
  const std::lock_guard rewriting(table_.rewriting());
  OBS_TRY(tally.series_removed, sweeper_.sweep());
  return {};
}

// Parts never change, and their records get only older.
bool Caretaker::is_clean(const RetainPolicy& policy, const Part& part) const {
  const auto found = clean_.find(to_condition(policy.choice, std::nullopt, kAnySeq));
  return found != clean_.end() && found->second.count(part.id) != 0;
}

void Caretaker::note_clean(const RetainPolicy& policy, const Part& part) {
  if (policy.patience > 0) {
    clean_[to_condition(policy.choice, std::nullopt, kAnySeq)].insert(part.id);
  }
}

void Caretaker::forget_clean() {
  std::set<std::int64_t> live;
  for (const Part& part : table_.parts()) live.insert(part.id);
  for (auto& [condition, ids] : clean_) {
    std::erase_if(ids, [&](std::int64_t id) { return live.count(id) == 0; });
  }
}

// A part that is too old as a whole is dropped unread, where all its records are meant.
Result<void> Caretaker::remove_old(const RetainPolicy& policy, Tally& tally, CareJob& job) {
  forget_clean();
  const Timestamp cutoff = clock_.now() - policy.max_age;
  const std::string condition = to_condition(policy.choice, cutoff, kAnySeq);
  const auto wanted = [&](const Part& part) {
    return has_records(part, policy.choice) && part.min_time < cutoff && !is_clean(policy, part);
  };
  const auto visit = [&](const Part& part) -> Result<std::optional<Part>> {
    const bool has_newer = part.max_time >= cutoff;
    if (has_newer && part.min_time >= cutoff - policy.patience && policy.patience > 0) {
      return std::optional<Part>();
    }
    if (!policy.choice.is_whole() || has_newer) {
      OBS_TRY(auto rest, remove_rows(part, condition, tally));
      if (!has_newer) note_clean(policy, rest ? *rest : part);
      return rest;
    }
    OBS_TRY_VOID(drop(part, tally));
    return std::optional<Part>();
  };
  return visit_parts(wanted, visit, job);
}

// The bytes of a part that are its records of the choice.
Result<std::uint64_t> Caretaker::share_of(const Part& part, const RecordChoice& choice) {
  if (choice.is_whole()) return part.bytes;
  const std::string condition = to_condition(choice, std::nullopt, kAnySeq);
  OBS_TRY(const std::uint64_t rows, rewriter_.count(part, condition));
  const double share = static_cast<double>(rows) / static_cast<double>(part.rows);
  return static_cast<std::uint64_t>(static_cast<double>(part.bytes) * share);
}

// The oldest parts first, by the time of their latest record, until what is left fits.
Result<void> Caretaker::remove_excess(const RetainPolicy& policy, Tally& tally, CareJob& job) {
  const std::lock_guard rewriting(table_.rewriting());
  std::vector<Part> parts = table_.parts();
  std::erase_if(parts, [&](const Part& part) { return !has_records(part, policy.choice); });
  std::sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) {
    return std::pair(a.max_time, a.id) < std::pair(b.max_time, b.id);
  });
  std::vector<std::uint64_t> shares;
  std::uint64_t total = 0;
  for (const Part& part : parts) {
    OBS_TRY_VOID(job.check());
    OBS_TRY(shares.emplace_back(), share_of(part, policy.choice));
    total += shares.back();
  }
  const std::string condition = to_condition(policy.choice, std::nullopt, kAnySeq);
  for (std::size_t i = 0; i < parts.size() && total > policy.max_bytes; ++i) {
    OBS_TRY_VOID(job.check());
    job.tell({"parts", i, parts.size()});
    total -= shares[i];
    if (policy.choice.is_whole()) {
      OBS_TRY_VOID(drop(parts[i], tally));
    } else if (shares[i] > 0) {
      OBS_TRY([[maybe_unused]] const auto rest, remove_rows(parts[i], condition, tally));
    }
  }
  return {};
}

}  // namespace obs::store
