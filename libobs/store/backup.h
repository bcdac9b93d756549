// Backup of a store into a directory, and the way back.
//
// A backup is made beside a living writer, and shares its parts with the store where both are on
// one file system: parts never change, so a hard link is as good as a copy. Into a directory that
// has a backup already, only what is new is brought, and what is gone is removed. The manifest is
// what makes it one: it is replaced last, atomically, and what it names is not touched before, so a
// backup that was killed leaves the one before it as it was.

#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>

#include "libobs/base/clock.h"
#include "libobs/base/fs.h"
#include "libobs/base/result.h"
#include "libobs/model/batch.h"
#include "libobs/store/care.h"

namespace obs::store {

struct BackupCounts {
  std::array<std::uint64_t, model::kSignalCount> rows{};
  std::uint64_t parts = 0;
  std::uint64_t bytes = 0;   // Of parts and sidecars.
  std::uint64_t linked = 0;  // Files that were not there before.
  std::uint64_t copied = 0;
  std::uint64_t removed = 0;  // Files of the backup before that this one has no more.
};

// Records that are still in the WAL are not in it: flush before. `dest` is made when it is missing.
// Refuses, with kInvalidArgument, a directory that is neither empty nor a backup of this store, and
// one within the store. kUnavailable: another backup into it is under way, or the disk is full.
Result<BackupCounts> backup_store(Fs& fs, const Clock& clock, const std::string& dir,
                                  const std::string& dest,
                                  const std::function<void(const CareProgress&)>& tell);

// Makes a store of a backup, under its name only once it is whole and every file was compared with
// its checksum. kInvalidArgument: `dest` is there and not empty, or `backup` is none. kMalformed
// names the file that is not what it was.
Result<BackupCounts> restore_store(Fs& fs, const std::string& backup, const std::string& dest,
                                   const std::function<void(const CareProgress&)>& tell);

}  // namespace obs::store
