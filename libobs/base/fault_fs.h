// A file system that fails on demand, for tests: wraps another, whose files it really changes.
//
// Four ways to fail. A chosen call can fail (fail_nth); the disk can fill up (set_room); the
// machine can stop at a chosen call (stop_at); and the power can be cut, which takes back
// everything that nobody made durable:
//
//   * bytes appended since the last sync() of their file, or sync_file() of its path;
//   * bytes whose sync failed, for ever: the kernel takes them for written, and a second sync that
//     succeeds does not bring them to the disk;
//   * creations, renames, links and removals in a directory since its last sync_dir().
//
// A file renamed here but written by another library has no durable bytes until sync_file().
// Directories themselves, remove_tree(), and what never passes through this Fs, always survive.
// Contents of removed and overwritten files are kept in memory. Safe to use from any thread.

#pragma once

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "libobs/base/fs.h"

namespace obs {

enum class FsCall : std::uint8_t { kOpen, kWrite, kSync, kSyncDir, kRename, kLink, kRemove };
inline constexpr std::size_t kFsCallCount = 7;

class FaultFs final : public Fs {
 public:
  explicit FaultFs(Fs& inner) : inner_(inner) {}

  // The nth such call from now on (1: the next) fails, once, with this errno. A failing write puts
  // half of its bytes into the file first. kSync is File::sync() and sync_file().
  void fail_nth(FsCall call, std::uint64_t nth, int error = EIO);
  // From the nth call of any kind on, all fail, as for a process that is no more: power_cut() or
  // restart() ends that.
  void stop_at(std::uint64_t nth);
  // Only this many more bytes fit; the write that goes beyond fills the disk, then fails with
  // ENOSPC. Nothing gives room back but another set_room().
  void set_room(std::uint64_t bytes);
  // Such calls so far, failed ones included: a test runs once to count, then fails each in turn.
  std::uint64_t count(FsCall call) const;
  std::uint64_t count_all() const;

  // What a power cut makes of bytes that are not durable.
  enum class Tail : std::uint8_t {
    kLost,  // They are gone.
    kTorn,  // The file has its length, and zeros instead of them; changes of directories stay.
  };
  // Takes back what is not durable. Every File opened before fails from here on; new ones work, as
  // after a restart. Fails when the wrapped Fs does.
  Result<void> power_cut(Tail tail = Tail::kLost);
  // The process is killed, and nothing else: what it wrote is there. Files opened before fail.
  void restart();

  Result<std::unique_ptr<File>> open_append(const std::string& path) override;
  Result<std::unique_ptr<Mapping>> map(const std::string& path) override;
  Result<std::string> read_file(const std::string& path) override;
  Result<void> replace_file(const std::string& path, std::string_view contents) override;
  Result<void> make_dirs(const std::string& path) override;
  Result<std::vector<DirEntry>> list(const std::string& path) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> link(const std::string& from, const std::string& to) override;
  Result<void> remove(const std::string& path) override;
  Result<void> remove_tree(const std::string& path) override;
  Result<void> sync_file(const std::string& path) override;
  Result<void> sync_dir(const std::string& path) override;
  bool exists(const std::string& path) override;

 private:
  class FaultFile;
  // A change of a directory that a power cut takes back.
  struct Change {
    std::string directory;
    std::function<Result<void>()> undo;
  };
  // What of a file is durable, shared by its names: `size` bytes but for stretches whose sync
  // failed.
  struct Extent {
    std::uint64_t size = 0;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> holes{};  // Begin, end.
  };
  using Durable = std::shared_ptr<Extent>;

  Result<void> begin(FsCall call, const std::string& action);
  Result<void> sync(Extent& durable, std::uint64_t size, const std::string& path);
  std::uint64_t take_room(std::uint64_t bytes);
  Result<void> write(File& file, Bytes bytes, const std::string& path);
  // What a power cut would leave of a file; nullopt when there is none.
  Result<std::optional<std::string>> read_durable(const std::string& path);
  Result<void> restore(const std::string& path, const std::optional<std::string>& contents);
  Result<void> cut_file(const std::string& path, const Extent& durable, Tail tail);
  Durable durable_of(const std::string& path, std::uint64_t if_unknown);

  Fs& inner_;
  mutable std::recursive_mutex mutex_;
  std::array<std::uint64_t, kFsCallCount> counts_{};
  // The count at which the call fails, 0: none, and how.
  std::array<std::uint64_t, kFsCallCount> failing_{};
  std::array<int, kFsCallCount> errors_{};
  std::uint64_t all_ = 0;
  std::uint64_t stop_ = 0;  // The count of all calls from which on they fail; 0: none.
  std::uint64_t room_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t cuts_ = 0;
  std::map<std::string, Durable> durable_;
  std::vector<Change> changes_;
};

}  // namespace obs
