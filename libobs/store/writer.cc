#include "libobs/store/writer.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "libobs/base/file_lock.h"
#include "libobs/base/text.h"
#include "libobs/store/caretaker.h"
#include "libobs/store/catalog.h"
#include "libobs/store/committer.h"
#include "libobs/store/engine.h"
#include "libobs/store/flusher.h"
#include "libobs/store/merger.h"
#include "libobs/store/part_keeper.h"
#include "libobs/store/part_table.h"
#include "libobs/store/pins.h"
#include "libobs/store/replay.h"
#include "libobs/store/retain.h"
#include "libobs/store/store_files.h"
#include "libobs/store/writer_socket.h"

namespace obs::store {
namespace {

Result<FileLock> take_lock(Fs& fs, const std::string& dir) {
  const std::string path = join_path(dir, kLockFile);
  OBS_TRY(auto lock, FileLock::try_take(path, describe_process()));
  if (lock) return std::move(*lock);
  const auto holder = fs.read_file(path);
  return fail(Errc::kUnavailable,
              fmt::format("store {} is in use by {}; a store has one writer at a time", dir,
                          holder && !holder->empty() ? *holder : "another process"));
}

// The directory, made if need be, by the name it has from anywhere.
Result<std::string> prepare_directory(Fs& fs, const std::string& dir) {
  OBS_TRY([[maybe_unused]] const DirectoryKind kind, inspect_directory(fs, dir));
  OBS_TRY_VOID(fs.make_dirs(dir));
  std::error_code error;
  const std::filesystem::path canonical = std::filesystem::canonical(dir, error);
  if (error) return fail_errno(error.value(), "find directory " + dir);
  return canonical.string();
}

MergeOptions merge_options(const WriterOptions& options) {
  return {options.merge_rows, options.merge_parts, options.flush_rows, options.merge_past_parts};
}

Result<void> make_folders(Fs& fs, const std::string& dir) {
  for (const std::string_view name : {kWalDir, kPinnedDir}) {
    OBS_TRY_VOID(fs.make_dirs(join_path(dir, name)));
  }
  return fs.sync_dir(dir);
}

RecentIds recall_ids(const std::vector<AppliedBatches>& applied, const Replayed& replayed,
                     Duration window, Timestamp now) {
  RecentIds recent(window);
  for (const AppliedBatches& flush : applied) {
    for (const model::BatchId& id : flush.ids) recent.add(id, now);
  }
  for (const MemSegmentPtr& segment : replayed.segments) {
    for (const SequencedBatch& batch : segment->batches) recent.add(batch.batch->id, now);
  }
  return recent;
}

std::uint64_t next_seq(const CatalogState& state, const Replayed& replayed) {
  std::uint64_t next = state.next_seq;
  for (const MemSegmentPtr& segment : replayed.segments) next = std::max(next, segment->next_seq);
  return next;
}

std::size_t memory_of(const Replayed& replayed) {
  std::size_t memory = 0;
  for (const MemSegmentPtr& segment : replayed.segments) memory += segment->memory;
  return memory;
}

// Sentences about what of the WAL could not be read: what was found now, and what an earlier writer
// set aside. Any thread.
class WalDamage {
 public:
  WalDamage(Fs& fs, const std::string& dir, std::vector<std::string> found)
      : sentences_(std::move(found)) {
    const auto segments = fs.list(join_path(dir, kDamagedDir));
    if (!segments) return;
    for (const DirEntry& entry : *segments) add_older(entry.name);
  }

  std::vector<std::string> sentences() const {
    const std::lock_guard lock(mutex_);
    return sentences_;
  }
  void forget() {
    const std::lock_guard lock(mutex_);
    sentences_.clear();
  }

 private:
  void add_older(const std::string& name) {
    const auto names_it = [&](const std::string& sentence) {
      return sentence.find(name) != std::string::npos;
    };
    if (std::any_of(sentences_.begin(), sentences_.end(), names_it)) return;
    sentences_.push_back(
        join_path(kDamagedDir, name) +
        " was set aside: not all of it could be read (obs-store forget removes it)");
  }

  mutable std::mutex mutex_;
  std::vector<std::string> sentences_;
};

// What a writer may keep of the memory that it used; see WriterOptions::queue_bytes.
std::size_t most_memory(std::size_t queue_bytes) { return queue_bytes / 5 * 9; }

// What open() gathers before any thread runs.
struct Opened {
  std::string dir;
  FileLock lock;
  std::unique_ptr<PartTable> table;
  Replayed replayed;
  WalLog log;
  RecentIds recent;
  std::uint64_t next_seq;
};

class StoreWriter final : public Writer {
 public:
  StoreWriter(Fs& fs, const Clock& clock, Opened opened, Registry& registry,
              const WriterOptions& options)
      : dir_(opened.dir),
        lock_(std::move(opened.lock)),
        ledger_(registry, "store"),
        damage_(fs, dir_, std::move(opened.replayed.damage)),
        engine_(options.duckdb),
        table_(std::move(opened.table)),
        merger_(fs, clock, dir_, engine_, *table_, merge_options(options), flushing_, registry),
        keeper_(fs, clock, dir_, *table_, engine_),
        flusher_(Flush(fs, clock, dir_, engine_, *table_,
                       {options.flush_rows, options.dedup_window}, registry),
                 flushing_, most_memory(options.queue_bytes),
                 [this](std::size_t memory) {
                   committer_->release(memory);
                   merger_.notify();
                 }),
        caretaker_(fs, clock, dir_, engine_, *table_, merge_options(options),
                   {[this] { return flush(); }, [this] { merger_.notify(); },
                    [this] { damage_.forget(); }},
                   registry) {
    table_->keep_replaced(options.keep_replaced);
    const Replayed& replayed = opened.replayed;
    committer_.emplace(
        clock, GroupCommit(clock, std::move(opened.log), std::move(opened.recent), opened.next_seq),
        CommitterOptions{options.flush_rows, options.flush_bytes, options.flush_age,
                         options.queue_bytes},
        memory_of(replayed), ledger_, registry,
        [this](MemSegmentPtr segment) { flusher_.add(std::move(segment)); });
    for (const MemSegmentPtr& segment : replayed.segments) flusher_.add(segment);
    open_care(options.retain);
  }

  ~StoreWriter() override { (void)close(); }

  void write(model::BatchPtr batch, pipeline::Ack ack) override {
    if (batch->size() == 0) return ack({});
    committer_->write(std::move(batch), std::move(ack));
  }

  Result<void> flush() override {
    committer_->seal();
    return flusher_.drain();
  }

  Result<CareCounts> care(const CareRequest& request, CareJob& job) override {
    return caretaker_.run(request, job);
  }

  Result<void> close() override {
    socket_.reset();
    retainer_.reset();
    committer_->stop();
    auto flushed = flusher_.stop();
    merger_.stop();
    keeper_.stop();
    table_->remove_retired(PartTable::Retired::kAll);
    lock_.reset();
    return flushed;
  }

  std::vector<pipeline::Health> health() const override {
    pipeline::Health health{"dir:" + dir_, true, {}};
    for (const std::string& failure : {committer_->failure(), flusher_.failure()}) {
      if (failure.empty()) continue;
      health.ready = false;
      add_detail(health, failure);
    }
    for (const std::string& note : damage_.sentences()) add_detail(health, note);
    for (const std::string& note : table_->damage()) add_detail(health, note);
    const std::string retaining = retainer_ ? retainer_->failure() : std::string();
    for (const std::string& failure :
         {merger_.failure(), table_->sql_failure(), socket_failure_, retaining}) {
      if (!failure.empty()) add_detail(health, failure);
    }
    return {health};
  }

  const pipeline::Ledger& ledger() const override { return ledger_; }

 private:
  // A store without a socket stores as well as any; commands then say that they cannot reach us.
  void open_care(const std::vector<RetainPolicy>& policies) {
    const auto run = [this](const CareRequest& request, CareJob& job) {
      return caretaker_.run(request, job);
    };
    auto socket = WriterSocket::open(dir_, run, *this);
    if (socket) {
      socket_ = *std::move(socket);
    } else {
      socket_failure_ = socket.error().message;
    }
    if (!policies.empty()) retainer_ = std::make_unique<Retainer>(policies, run);
  }

  static void add_detail(pipeline::Health& health, const std::string& sentence) {
    if (!health.detail.empty()) health.detail += "; ";
    health.detail += sentence;
  }

  const std::string dir_;
  std::optional<FileLock> lock_;
  pipeline::Ledger ledger_;
  WalDamage damage_;
  Engine engine_;
  std::unique_ptr<PartTable> table_;
  std::atomic<bool> flushing_ = false;
  Merger merger_;
  PartKeeper keeper_;
  Flusher flusher_;
  Caretaker caretaker_;
  std::optional<Committer> committer_;  // It feeds the others.
  std::string socket_failure_;
  std::unique_ptr<WriterSocket> socket_;  // Last, both: they ask the others.
  std::unique_ptr<Retainer> retainer_;
};

Result<Opened> open_store(Fs& fs, const Clock& clock, const std::string& given,
                          const WriterOptions& options) {
  OBS_TRY_VOID(find_duckdb());
  OBS_TRY(const std::string dir, prepare_directory(fs, given));
  OBS_TRY(FileLock lock, take_lock(fs, dir));
  OBS_TRY(Catalog catalog, Catalog::open(join_path(dir, kCatalogFile), clock.now()));
  OBS_TRY_VOID(make_folders(fs, dir));
  OBS_TRY(const CatalogState state, catalog.state());
  // All that the catalog kept: the window before its last flush, however long ago that was. A
  // source delivers again what was pending then.
  OBS_TRY(const auto applied, catalog.applied_since(0));
  OBS_TRY(Replayed replayed, replay_wal(fs, dir, state.applied_segment, clock.monotonic()));
  OBS_TRY(WalLog log, resume_log(fs, dir, replayed));
  remove_segments(fs, dir, state.applied_segment);
  remove_dead_pins(fs, dir);
  OBS_TRY(auto table, PartTable::open(fs, dir, std::move(catalog)));
  RecentIds recent = recall_ids(applied, replayed, options.dedup_window, clock.now());
  const std::uint64_t seq = next_seq(state, replayed);
  return Opened{dir,
                std::move(lock),
                std::move(table),
                std::move(replayed),
                std::move(log),
                std::move(recent),
                seq};
}

}  // namespace

Result<std::unique_ptr<Writer>> Writer::open(Fs& fs, const Clock& clock, std::string dir,
                                             Registry& registry, WriterOptions options) {
  OBS_TRY_VOID(settle_policies(options.retain));  // Before anything is touched.
  auto opened = open_store(fs, clock, dir, options);
  if (!opened) return fail(std::move(opened).error().during("open store " + dir));
  return std::make_unique<StoreWriter>(fs, clock, *std::move(opened), registry, options);
}

}  // namespace obs::store
