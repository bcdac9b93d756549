#include "libobs/store/merger.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <utility>

#include "libobs/store/duckdb_sql.h"
#include "libobs/store/paced_source.h"
#include "libobs/store/part_keeper.h"
#include "libobs/store/part_notes.h"
#include "libobs/store/pins.h"
#include "libobs/store/point_merge.h"
#include "libobs/store/rollup_blobs.h"

namespace obs::store {
namespace {

// Merged parts are written once and read for long.
constexpr int kMergeLevel = 3;

// A merge that failed for want of room is tried again without haste.
constexpr std::chrono::seconds kRetryInterval{10};
// While something else rewrites parts, which may take this long or minutes.
constexpr std::chrono::milliseconds kBusyInterval{50};

// What a merge waits before each two thousand rows while a flush is under way, which would take the
// merge a tenth of that. Nobody knows how long flushes go on without a pause.
constexpr std::chrono::milliseconds kYield{50};

// Of ioprio_set(2), for which there is no header: this thread, the class "best effort", its last
// level.
constexpr int kIoThread = 1;
constexpr int kIoLast = 2 << 13 | 7;

// Ingestion and queries come first. Linux keeps priorities by thread.
void lower_priority() {
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), 10);
  (void)::syscall(SYS_ioprio_set, kIoThread, 0, kIoLast);
}

}  // namespace

Merger::Merger(Fs& fs, const Clock& clock, std::string dir, Engine& engine, PartTable& table,
               MergeOptions options, const std::atomic<bool>& flushing, Registry& registry)
    : fs_(fs),
      clock_(clock),
      dir_(dir),
      engine_(engine),
      table_(table),
      options_(options),
      flushing_(flushing),
      merges_(registry.counter("obs_store_merges_total", "Merges of small parts into one.")),
      rows_(registry.counter("obs_store_rows_merged_total", "Rows rewritten by merges.")),
      writer_(fs, std::move(dir)),
      thread_([this] { run(); }) {}

Merger::~Merger() { stop(); }

void Merger::notify() {
  {
    const std::lock_guard lock(mutex_);
    notified_ = true;
  }
  wake_.notify_one();
}

void Merger::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    if (copier_ != nullptr) copier_->interrupt();
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

std::string Merger::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

void Merger::run() {
  lower_priority();
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    wake_.wait(lock, [this] { return stopping_ || notified_; });
    notified_ = false;
    const std::size_t skipped = skip_.size();
    lock.unlock();
    auto merged = merge_once();
    lock.lock();
    if (merged && *merged == Outcome::kBusy) {
      wake_.wait_for(lock, kBusyInterval, [this] { return stopping_; });
    }
    // There may be more.
    if (merged && *merged != Outcome::kNothing) notified_ = true;
    if (!merged) {
      // Parts that are left alone from now on are no reason to wait; anything else would fail
      // again.
      const bool left_alone = skip_.size() > skipped;
      if (!left_alone) wake_.wait_for(lock, kRetryInterval, [this] { return stopping_; });
      notified_ = true;
    }
  }
}

Result<Merger::Outcome> Merger::merge_once() {
  std::set<std::int64_t> skip;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return Outcome::kNothing;
    skip = skip_;
  }
  // Not waited for, so that stop() is not either.
  const std::unique_lock rewriting(table_.rewriting(), std::try_to_lock);
  if (!rewriting.owns_lock()) return Outcome::kBusy;
  const std::vector<Part> parts = choose_merge(table_.parts(), options_, clock_.now(), skip);
  if (parts.empty()) return Outcome::kNothing;
  // What is damaged may still be readable, as something else; it must not become part of a good
  // one.
  for (const Part& part : parts) {
    OBS_TRY(const bool aside, set_aside_if_damaged(fs_, dir_, table_, part, clock_.now()));
    if (aside) return Outcome::kMerged;  // Choose anew.
  }
  auto merged = write(parts);
  if (!merged) {
    note_failure(merged.error(), parts);
    return fail(std::move(merged).error());
  }
  for (PartBlob& blob : merge_rollups(table_, parts)) merged->blobs.push_back(std::move(blob));
  CatalogChange change;
  change.added.push_back(*merged);
  for (const Part& part : parts) change.removed.push_back(part.id);
  // A commit that fails may yet have happened; so the new file stays, as one that the next open
  // removes if the catalog does not know it.
  if (auto committed = table_.commit(change); !committed) {
    note_failure(committed.error(), {});
    return fail(std::move(committed).error());
  }
  table_.retire_files(parts);
  remove_dead_pins(fs_, dir_);
  merges_.add();
  rows_.add(merged->rows);
  const std::lock_guard lock(mutex_);
  // A part that could not be read is still there, and so is the word of it.
  if (skip_.empty()) failure_.clear();
  return Outcome::kMerged;
}

Result<void> Merger::connect() {
  if (reader_ != nullptr) return {};
  OBS_TRY(auto copier, engine_.connect());
  OBS_TRY(reader_, engine_.connect());
  const std::lock_guard lock(mutex_);
  copier_ = std::move(copier);
  return {};
}

Result<Part> Merger::write(const std::vector<Part>& parts) {
  Part merged = describe_merged(parts, options_);
  merged.id = table_.next_id();
  std::vector<PartFile> files;
  files.reserve(parts.size());
  for (const Part& part : parts) files.push_back(to_file(dir_, part));
  const auto paced = [this](PartRows rows) {
    return make_paced(std::move(rows), [this] { return pace(); });
  };
  if (auto numbers = start_number_merge(merged, files)) {
    return writer_.write(paced(*std::move(numbers)), std::move(merged), kMergeLevel);
  }
  OBS_TRY_VOID(connect());
  OBS_TRY(auto scan, start_merge(*reader_, merged, files));
  PartNotes notes(merged.signal, merged.group_rows);
  OBS_TRY(merged, notes.write_part(engine_.rows(), writer_, *copier_, paced(std::move(scan)),
                                   std::move(merged), kMergeLevel));
  return notes.finish(fs_, dir_, std::move(merged));
}

Result<void> Merger::pace() {
  std::unique_lock lock(mutex_);
  if (flushing_) wake_.wait_for(lock, kYield, [this] { return stopping_; });
  if (stopping_) return fail(Errc::kUnavailable, "the store is closing");
  return {};
}

// What is not a matter of room or of being stopped is one of the parts, and another try would fail
// like this one. If none of them is found out, all are left alone.
void Merger::note_failure(const Error& error, const std::vector<Part>& parts) {
  std::set<std::int64_t> unreadable;
  const bool lasting = error.code != Errc::kUnavailable && !parts.empty();
  if (lasting) {
    for (const Part& part : parts) {
      if (!can_read(part)) unreadable.insert(part.id);
    }
    if (unreadable.empty()) {
      for (const Part& part : parts) unreadable.insert(part.id);
    }
  }
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  failure_ = "merge: " + error.message;
  skip_.insert(unreadable.begin(), unreadable.end());
}

bool Merger::can_read(const Part& part) {
  if (!connect()) return true;
  const std::vector<PartFile> files = to_files(dir_, part, table_.parts());
  auto chunks = reader_->query_chunks(select_from(part.signal, files, {}));
  if (!chunks) return false;
  for (;;) {
    const auto more = chunks->next();
    if (!more) return false;
    if (!*more) return true;
  }
}

}  // namespace obs::store
