// Whole files, brought from one directory to another. Internal to libobs/store.

#pragma once

#include <cstdint>
#include <string>

#include "libobs/base/fs.h"
#include "libobs/base/result.h"

namespace obs::store {

// A file as a manifest knows it.
struct FileFacts {
  std::uint64_t bytes = 0;
  std::uint64_t hash = 0;  // XXH3-64.
};

Result<FileFacts> measure_file(Fs& fs, const std::string& path);
// kMalformed: the file has other bytes than these.
Result<void> check_file(Fs& fs, const std::string& path, const FileFacts& facts);

// Makes `to` from `from`, durably but for the entry in its directory, and never half: by a hard
// link where that works, which takes no time, else by a copy. False: it was copied. kNotFound:
// there is no `from`.
Result<bool> link_or_copy(Fs& fs, const std::string& from, const std::string& to);
Result<void> copy_file(Fs& fs, const std::string& from, const std::string& to);

}  // namespace obs::store
