// What a reader's snapshot lacks because it is damaged. Internal to libobs/store.

#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "libobs/base/fs.h"
#include "libobs/base/result.h"
#include "libobs/store/catalog_blobs.h"
#include "libobs/store/part_damage.h"
#include "libobs/store/session.h"
#include "libobs/store/sqlite.h"

namespace obs::store {

// One thread.
class SnapshotDamage {
 public:
  SnapshotDamage(Fs& fs, std::string dir) : fs_(fs), dir_(std::move(dir)) {}

  // A new snapshot is to have these parts: those that are known to be damaged, or look so from
  // outside, are taken out. What a writer set aside is told of where the filter may want it. A part
  // that is missing may only have been merged away since: whether it counts as damaged is for who
  // has looked again to say.
  enum class Missing { kMayBeMerged, kIsDamage };
  Result<void> leave_out(Sqlite& catalog, const SnapshotFilter& filter, Missing missing,
                         std::vector<Part>& parts);
  void add(const std::vector<std::string>& sentences);

  // Reads every part of the snapshot; names those that are damaged, and leaves them out from now
  // on.
  std::vector<std::string> find(Sqlite& catalog);

  const std::vector<std::string>& sentences() const { return sentences_; }

 private:
  bool is_damaged(const Part& part, Missing missing);

  Fs& fs_;
  const std::string dir_;
  std::vector<Part> parts_;  // Of the snapshot.
  std::vector<std::string> sentences_;
  std::map<std::int64_t, PartDamage> damaged_;  // By part; those of earlier snapshots too.
  std::set<std::int64_t> looked_at_;
};

}  // namespace obs::store
