// How far followed files have been read: what `--tail-state` keeps.
//
// A file is an incarnation: what one inode held from its creation, or from the moment it was cut to
// nothing, on. Each has a random id, and what is sent of it are stretches of whole records. A
// stretch is written down before it is sent, so that after a crash the same stretches are sent
// again with the ids that they had, and a sink that has them already knows them; what was
// acknowledged is never sent again, and what was not never skipped.
//
// The file is lines of JSON: a snapshot, which replaces it atomically, and what came since.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "libobs/base/fs.h"
#include "libobs/base/result.h"

namespace obs::places {

struct FileMark {
  std::string path;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  // The file's first bytes, so that an inode that was used again is not taken for the same file.
  std::uint64_t prefix_size = 0;
  std::uint64_t prefix_hash = 0;
  std::uint64_t done = 0;  // Everything before was acknowledged.
  // What was sent beyond, by where it begins: where it ends.
  std::map<std::uint64_t, std::uint64_t> sent;
};

// Not thread-safe.
class FileCheckpoint {
 public:
  using Marks = std::map<std::string, FileMark>;  // By id, 32 hex digits.

  // Reads what is there; an empty `path` keeps nothing beyond the process. A last line that was cut
  // short by a crash is left out. kMalformed: the file is none of ours.
  static Result<std::unique_ptr<FileCheckpoint>> open(Fs& fs, std::string path);

  const Marks& marks() const { return marks_; }

  // Each is on its way to the disk when it returns; begin() and save() are there.
  Result<std::string> begin(FileMark mark);  // Returns the id of the new incarnation.
  Result<void> sent(const std::string& id, std::uint64_t from, std::uint64_t to);
  Result<void> done(const std::string& id, std::uint64_t to);
  // A better prefix, another name.
  void update(const std::string& id, const std::string& path, std::uint64_t prefix_size,
              std::uint64_t prefix_hash);
  Result<void> forget(const std::string& id);
  // A snapshot.
  Result<void> save();

 private:
  FileCheckpoint(Fs& fs, std::string path) : fs_(fs), path_(std::move(path)) {}

  Result<void> append(std::string_view line);

  Fs& fs_;
  const std::string path_;
  Marks marks_;
  std::unique_ptr<File> file_;
};

}  // namespace obs::places
