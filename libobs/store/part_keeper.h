// The keeper: a thread of low priority that looks whether the parts of a store are still what was
// written, and sets aside those that are not. Internal to libobs/store.
//
// When a store is opened all parts are looked at from outside. Then each is read, at a rate that
// nobody notices, and again a day later. Parts of spans that have no rollups, since they were
// rewritten or are of an earlier obs, get them; and parts whose index is missing or damaged a new
// one.

#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "libobs/base/clock.h"
#include "libobs/base/fs.h"
#include "libobs/base/result.h"
#include "libobs/store/engine.h"
#include "libobs/store/part_table.h"

namespace obs::store {

// Reads a part and, if it is damaged, sets it aside: then true. The caller holds the table's
// rewriting().
Result<bool> set_aside_if_damaged(Fs& fs, const std::string& dir, PartTable& table,
                                  const Part& part, Timestamp now);

class PartKeeper {
 public:
  PartKeeper(Fs& fs, const Clock& clock, std::string dir, PartTable& table, Engine& engine);
  ~PartKeeper();

  void stop();

 private:
  void run();
  void look(const Part& part);
  void read(const Part& part);
  bool read_all();
  // True when there was something to do.
  bool fill_one();
  // The index of a part that has a bad one; `whole` as look_at_index().
  void mend_index(const Part& part, bool whole);
  void mend_missing();
  bool connect();
  bool is_live(const Part& part) const;
  // False: we are to stop.
  bool pause(Duration duration);

  Fs& fs_;
  const Clock& clock_;
  const std::string dir_;
  PartTable& table_;
  Engine& engine_;
  std::unique_ptr<DuckdbConnection> connection_;
  std::set<std::int64_t> tried_;   // Parts that were without rollups.
  std::set<std::int64_t> mended_;  // Parts whose index was made anew, or could not be.
  std::mutex mutex_;               // Guards what is below.
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace obs::store
