// The file system as the store sees it: an interface, so that tests can make the nth write fail,
// lose what was not synced, or fill the disk.
//
// Every call blocks. A path is a plain string. Errors name the action and the path. Safe to use
// from any thread; one File is for one thread at a time.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/bytes.h"
#include "libobs/base/result.h"

namespace obs {

// A file open for appending.
class File {
 public:
  virtual ~File() = default;
  // Writes all of it or fails; after a failure the end of the file is undefined until truncate().
  virtual Result<void> append(Bytes bytes) = 0;
  // fdatasync: what was appended survives a power cut once this has returned.
  virtual Result<void> sync() = 0;
  virtual Result<void> truncate(std::uint64_t size) = 0;
  virtual std::uint64_t size() const = 0;
};

// A file's bytes, mapped for reading. A file that another process appends to keeps the size it had
// when mapped.
class Mapping {
 public:
  virtual ~Mapping() = default;
  virtual Bytes bytes() const = 0;
};

struct DirEntry {
  std::string name;
  bool is_directory = false;
  std::uint64_t size = 0;
};

class Fs {
 public:
  virtual ~Fs() = default;

  virtual Result<std::unique_ptr<File>> open_append(
      const std::string& path) = 0;  // Creates it if missing.
  virtual Result<std::unique_ptr<Mapping>> map(const std::string& path) = 0;
  virtual Result<std::string> read_file(const std::string& path) = 0;
  // Writes a temporary beside it, syncs, renames over `path`, syncs the directory: old or new,
  // never half.
  virtual Result<void> replace_file(const std::string& path, std::string_view contents) = 0;

  virtual Result<void> make_dirs(
      const std::string& path) = 0;  // mkdir -p; no error if it is there.
  virtual Result<std::vector<DirEntry>> list(
      const std::string& path) = 0;  // Sorted by name; no "." and "..".
  virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
  virtual Result<void> link(const std::string& from, const std::string& to) = 0;  // Hard link.
  virtual Result<void> remove(
      const std::string& path) = 0;  // A file; kNotFound when it is not there.
  virtual Result<void> remove_tree(
      const std::string& path) = 0;  // A directory and all in it; no error if gone.
  virtual Result<void> sync_file(
      const std::string& path) = 0;  // For a file that another library wrote.
  virtual Result<void> sync_dir(
      const std::string& path) = 0;  // Makes renames and creations in it durable.
  virtual bool exists(const std::string& path) = 0;
};

// The machine's own. Lives for the whole process.
Fs& system_fs();

// "a/b" and "c" make "a/b/c"; an absolute `name` wins.
std::string join_path(std::string_view dir, std::string_view name);

// The directory a path lies in: "a/b" makes "a", "/a" makes "/", and "a" makes ".".
std::string parent_path(std::string_view path);

}  // namespace obs
