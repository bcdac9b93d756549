// Keeps the undecided records of a receiver's `tailsample`: durable before they are acknowledged,
// decided when their time has come, and handed on until somebody has them.
//
// One thread writes the journal: what came meanwhile goes in as one group, with one sync. A record
// is acknowledged to its sender when the group is on disk, and applied to the state only then. What
// is decided is delivered with an id that follows from the journal and the number of the output: a
// delivery that is repeated, after a failure or in another process, is known again.
//
// The wait of a trace goes by the clock, from the arrival of its first record on.

#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/file_lock.h"
#include "libobs/base/fs.h"
#include "libobs/base/metrics.h"
#include "libobs/pipeline/sink.h"
#include "libobs/places/tail_journal.h"
#include "libobs/places/tail_state.h"

namespace obs::places {

// What a program says of its `tailsample`.
struct TailRules {
  lang::TailSampleOptions sampling;
  std::vector<std::string> policies;  // As written.
};

struct TailKeeperOptions {
  std::string dir;  // Made when it is missing. One process at a time.
  // Undecided, unsent and unwritten records together; beyond that a take() is refused.
  std::size_t max_bytes = std::size_t{512} << 20;
  // A journal is rewritten when it is this long, and twice the state in it.
  std::uint64_t rewrite_bytes = std::uint64_t{64} << 20;
};

class TailKeeper {
 public:
  // An output to hand on, under ids made from `id`; told once what became of it, on any thread.
  // What fails with kUnavailable is delivered again.
  using Deliver = std::function<void(const TailOutput& output, const model::BatchId& id,
                                     std::function<void(Result<void>)> done)>;
  // Records that were dropped, by signal. On the keeper's thread.
  using Dropped = std::function<void(const std::array<std::uint64_t, model::kSignalCount>&)>;
  struct Hooks {
    Deliver deliver;
    Dropped dropped;
    std::function<void(std::string_view)> warn;
  };

  // Reads what an earlier process left; begins to work with start(). kUnavailable: another process
  // has the directory. The file system, clock and registry outlive it.
  static Result<std::unique_ptr<TailKeeper>> open(Fs& fs, const Clock& clock,
                                                  const TailKeeperOptions& options,
                                                  const TailRules& rules, Registry& registry);
  ~TailKeeper();

  // Records that an earlier process left undecided or unsent.
  const std::array<std::uint64_t, model::kSignalCount>& recovered() const { return recovered_; }
  void start(Hooks hooks);

  // Takes records of a batch; the lines are copied. Acks kUnavailable when there is no room, or
  // when the journal cannot be written. A batch whose id was taken before is acked and forgotten:
  // then `is_repeated` is called first. Any thread.
  void take(model::Signal signal, const model::BatchId& id, std::span<const TailRecord> records,
            std::function<void()> is_repeated, pipeline::Ack ack);
  // The rules of another program, for the traces that wait too. Any thread.
  void use(const TailRules& rules);

  // Writes what was taken, and waits for deliveries under way, pipeline::kStopGrace at most. What
  // is undecided stays for the next process.
  void close();

 private:
  struct Write {
    std::string change;  // Its records as one, but for the time.
    model::BatchId id;
    std::function<void()> is_repeated;
    pipeline::Ack ack;
  };
  struct Delivery {
    bool under_way = false;
    int failures = 0;
    Duration next_try = 0;  // On the monotonic clock.
  };
  struct Group {
    std::vector<Write> writes;
    std::vector<std::uint64_t> sent;
    std::vector<TailRules> rules;
  };

  TailKeeper(const Clock& clock, const TailKeeperOptions& options, const TailRules& rules,
             Registry& registry, FileLock lock);

  void run();
  Group wait_for_work();
  void work(Group group);
  std::vector<std::string> changes_of(Group& group, std::vector<Write*>& repeated);
  void apply(const std::vector<std::string>& changes);
  void count(const TailDecided& decided);
  void deliver_due();
  void deliver(const TailOutput& output);
  void settle(std::uint64_t output, Result<void> outcome);
  void rewrite_if_long();
  void publish();
  model::BatchId id_of(std::uint64_t output) const;

  const Clock& clock_;
  const TailKeeperOptions options_;
  Registry& registry_;
  const FileLock lock_;
  std::optional<TailJournal> journal_;
  TailState state_;                    // The thread's.
  std::vector<std::string> policies_;  // Likewise.
  bool is_writable_ = true;            // Likewise: the last commit succeeded.
  Hooks hooks_;
  std::array<std::uint64_t, model::kSignalCount> recovered_{};

  std::mutex mutex_;
  std::condition_variable wake_;
  Group waiting_;
  std::size_t waiting_bytes_ = 0;  // Of waiting_'s records.
  std::size_t state_bytes_ = 0;    // As last published.
  std::map<std::uint64_t, Delivery> deliveries_;
  std::size_t under_way_ = 0;
  bool stopping_ = false;
  bool has_warned_ = false;
  std::thread thread_;
};

}  // namespace obs::places
