// Pins: a reader's hold on the parts of its snapshot. Each is a hard link below DIR/pinned/, so
// that a part that a merge replaces stays readable to those who began with it. Internal to
// libobs/store.

#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libobs/base/file_lock.h"
#include "libobs/base/fs.h"
#include "libobs/base/result.h"
#include "libobs/store/part.h"

namespace obs::store {

// One reader's links, in a directory of its own with a lease that dies with the process. Removed
// with this object. One thread.
class Pins {
 public:
  // `dir` is the store. Where nothing can be created there (a read-only copy, a store of another
  // user), parts are read in place.
  Pins(Fs& fs, std::string dir);
  ~Pins();
  Pins(const Pins&) = delete;
  Pins& operator=(const Pins&) = delete;

  // Pins these parts and lets go of all others. Paths to read, in order. kNotFound: one is gone
  // already; the snapshot is too old.
  Result<std::vector<std::string>> pin(std::span<const Part> parts);

 private:
  Result<void> open();
  Result<std::string> link(const Part& part);

  Fs& fs_;
  const std::string dir_;
  std::string own_dir_;  // Empty where nothing can be pinned.
  std::optional<FileLock> lease_;
  std::map<std::int64_t, std::string> pinned_;  // Path by part id.
};

// Removes what readers that died left behind. For the writer.
void remove_dead_pins(Fs& fs, const std::string& dir);

}  // namespace obs::store
