#include "libobs/places/file_tail.h"

#include <cerrno>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "libobs/base/bytes.h"
#include "libobs/base/hash.h"
#include "libobs/net/wake.h"
#include "libobs/places/delivery.h"
#include "libobs/places/file_checkpoint.h"
#include "libobs/places/file_identity.h"
#include "libobs/places/sent_stretches.h"
#include "libobs/places/tailed_file.h"

namespace obs::places {
namespace {

constexpr std::size_t kInFlightBytes = 32 * kMiB;
// How often a followed file is looked at: below what a person notices.
constexpr Duration kPoll = 100 * kMillisecond;
constexpr Duration kScanEvery = kSecond;
// How long what was renamed may still be written to by who has not noticed.
constexpr Duration kRotatedGrace = 5 * kSecond;
// How long a file that begins as another does may be a copy that a rotation is about to make of it.
constexpr Duration kCopyGrace = kMinute;
// Descriptors; more files are told of and left for later.
constexpr std::size_t kMostFiles = 4096;

class FileTail final : public pipeline::Source {
 public:
  FileTail(FileTailOptions options, std::unique_ptr<FileCheckpoint> checkpoint, Registry& registry)
      : options_(std::move(options)),
        checkpoint_(std::move(checkpoint)),
        ledger_(registry, "tail"),
        files_gauge_(registry.gauge("obs_places_tail_files", "Files being followed.")) {}

  Result<void> run(pipeline::Sink& sink, std::stop_token stop) override {
    Delivery delivery(sink, ledger_, kInFlightBytes, stop);
    const std::stop_callback on_stop(stop, [this] { wake_.raise(); });
    delivery_ = &delivery;
    Result<void> read = resume();
    while (read && !stop.stop_requested()) read = turn(stop);
    (void)delivery.finish();
    delivery_ = nullptr;
    auto noted = note_settled();
    auto saved = checkpoint_->save();
    return !read ? read : !noted ? noted : saved;
  }

 private:
  struct Followed {
    std::string id;
    std::unique_ptr<TailedFile> file;
    Prefix prefix;
    bool at_end = false;                   // Nothing was there when it was last looked at.
    std::optional<Duration> lost_name_at;  // When its name was gone, or another's.
    Duration grew_at = 0;
  };
  // A file that was cut: a copy of it goes on from there.
  struct Cut {
    std::uint64_t prefix_hash = 0;
    std::uint64_t offset = 0;
    std::string last_bytes;  // Before the offset.
    Duration at = 0;
  };

  Result<void> turn(const std::stop_token& stop);
  Result<void> scan();
  Result<void> adopt(const std::string& path, bool is_rotated);
  Result<void> follow(Followed followed, int fd, const std::string& path, std::uint64_t offset);
  std::optional<std::uint64_t> find_start(int fd, const Inode& inode, const Prefix& prefix,
                                          std::uint64_t size);
  Result<void> resume();
  Result<void> resume_renamed(const FileMark& mark);
  Result<bool> advance(Followed& followed);
  Result<bool> look_for_rotation(const Inode& inode, Followed& followed);
  Result<void> begin_anew(const Inode& inode, Followed& followed, std::uint64_t read_to);
  Result<void> send(const std::string& id, Stretch stretch, bool is_new);
  Result<void> note_settled();
  Result<void> note_done(const std::string& id);
  TailedFile::Emit emitter(const std::string& id) {
    return [this, id](Stretch stretch) { return send(id, std::move(stretch), true); };
  }
  void warn(const std::string& message) const {
    if (options_.warn) options_.warn("tail: " + message);
  }
  static Duration now() { return system_clock().monotonic(); }

  const FileTailOptions options_;
  std::unique_ptr<FileCheckpoint> checkpoint_;
  pipeline::Ledger ledger_;
  Gauge& files_gauge_;
  net::Wake wake_;
  Delivery* delivery_ = nullptr;
  std::map<Inode, Followed> files_;
  std::set<Inode> ignored_;
  std::map<Inode, Duration> held_;  // What may be a copy, and since when.
  std::vector<Cut> cuts_;
  SentStretches sent_;
  std::set<std::string> over_;  // Ids of which no more will come.
  bool is_dirty_ = false;       // The checkpoint wants a snapshot.
  bool told_most_ = false;
  std::optional<Duration> scanned_;
};

Result<void> FileTail::turn(const std::stop_token& stop) {
  if (!scanned_ || now() - *scanned_ >= kScanEvery) {
    scanned_ = now();
    OBS_TRY_VOID(scan());
    if (std::exchange(is_dirty_, false)) OBS_TRY_VOID(checkpoint_->save());
  }
  bool busy = false;
  for (auto entry = files_.begin(); entry != files_.end() && !stop.stop_requested();) {
    Followed& followed = entry->second;
    OBS_TRY(const bool grew, advance(followed));
    busy = busy || grew;
    bool stays = true;
    if (!grew) {
      OBS_TRY(stays, look_for_rotation(entry->first, followed));
    }
    entry = stays ? std::next(entry) : files_.erase(entry);
  }
  OBS_TRY_VOID(note_settled());
  files_gauge_.set(static_cast<double>(files_.size()));
  if (!busy) (void)net::wait_ready(-1, false, false, &wake_, kPoll);
  return {};
}

Result<bool> FileTail::advance(Followed& followed) {
  const auto emit = emitter(followed.id);
  // What was written after a pause may have been written over: cut and grown again since.
  if (followed.at_end &&
      read_prefix(followed.file->fd(), followed.prefix.size).hash != followed.prefix.hash)
    return false;
  OBS_TRY(const bool grew, followed.file->read(emit));
  followed.at_end = !grew;
  if (grew) followed.grew_at = now();
  OBS_TRY_VOID(followed.file->settle(now(), emit));
  if (grew && followed.prefix.size < kPrefixBytes) {
    followed.prefix = read_prefix(followed.file->fd());
    checkpoint_->update(followed.id, followed.file->path(), followed.prefix.size,
                        followed.prefix.hash);
    is_dirty_ = true;
  }
  return grew;
}

// At the end of a file. False when it need not be followed any longer.
Result<bool> FileTail::look_for_rotation(const Inode& inode, Followed& followed) {
  struct stat opened {};
  if (::fstat(followed.file->fd(), &opened) != 0) return true;
  const bool is_other =
      read_prefix(followed.file->fd(), followed.prefix.size).hash != followed.prefix.hash;
  if (static_cast<std::uint64_t>(opened.st_size) < followed.file->offset() || is_other) {
    OBS_TRY_VOID(begin_anew(inode, followed, followed.file->offset()));
    return true;
  }
  struct stat named {};
  const bool has_name = ::stat(followed.file->path().c_str(), &named) == 0;
  if (has_name && inode_of(named) == inode) {
    followed.lost_name_at.reset();
    return true;
  }
  if (!followed.lost_name_at) {
    followed.lost_name_at = now();
    scanned_.reset();  // What has taken its name is new, or it has another name now.
  }
  const Duration quiet_since = std::max(*followed.lost_name_at, followed.grew_at);
  if (now() - quiet_since < kRotatedGrace) return true;
  OBS_TRY_VOID(followed.file->end(emitter(followed.id)));
  over_.insert(followed.id);
  OBS_TRY_VOID(note_done(followed.id));
  return false;
}

// It was cut to nothing: another file, as far as offsets go.
Result<void> FileTail::begin_anew(const Inode& inode, Followed& followed, std::uint64_t read_to) {
  OBS_TRY_VOID(followed.file->end(emitter(followed.id)));
  cuts_.push_back({followed.prefix.hash, read_to, followed.file->last_bytes(), now()});
  scanned_.reset();
  over_.insert(followed.id);
  OBS_TRY_VOID(note_done(followed.id));
  const std::string path = followed.file->path();
  const int fd = ::dup(followed.file->fd());
  if (fd < 0) return fail_errno(errno, fmt::format("follow {}", path));
  Followed next;
  next.prefix = read_prefix(fd);
  OBS_TRY(next.id,
          checkpoint_->begin(
              {path, inode.first, inode.second, next.prefix.size, next.prefix.hash, 0, {}}));
  next.file = std::make_unique<TailedFile>(fd, path, 0, options_.multiline, ledger_);
  followed = std::move(next);
  return {};
}

Result<void> FileTail::scan() {
  std::erase_if(cuts_, [](const Cut& cut) { return now() - cut.at > kCopyGrace; });
  for (const std::string& path : find_files(options_.patterns)) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    const auto known = files_.find(inode_of(info));
    if (known != files_.end()) {
      // It was renamed to another name that we follow.
      if (known->second.lost_name_at) known->second.file->rename(path);
      continue;
    }
    if (!ignored_.contains(inode_of(info))) OBS_TRY_VOID(adopt(path, false));
  }
  return {};
}

// Where to begin with a file that is no acquaintance; nullopt: not now.
std::optional<std::uint64_t> FileTail::find_start(int fd, const Inode& inode, const Prefix& prefix,
                                                  std::uint64_t size) {
  if (prefix.size < kPrefixBytes) return 0;
  for (const Cut& cut : cuts_) {
    if (cut.prefix_hash == prefix.hash && cut.offset <= size &&
        has_before(fd, cut.offset, cut.last_bytes))
      return cut.offset;
  }
  for (const auto& [other, followed] : files_) {
    const std::uint64_t both = std::min(size, followed.file->offset());
    if (followed.prefix.hash != prefix.hash || followed.prefix.size < kPrefixBytes ||
        !same_before(fd, followed.file->fd(), both))
      continue;
    const Duration since = held_.try_emplace(inode, now()).first->second;
    if (now() - since < kCopyGrace) return std::nullopt;
  }
  return 0;
}

Result<void> FileTail::adopt(const std::string& path, bool is_rotated) {
  if (files_.size() >= kMostFiles) {
    if (!std::exchange(told_most_, true))
      warn(fmt::format("more than {} files match; the rest wait", kMostFiles));
    return {};
  }
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat info {};
  if (fd < 0 || ::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    if (fd < 0 && errno != ENOENT) {
      warn(fail_errno(errno, fmt::format("open {}", path)).error.message);
      if (struct stat named{}; ::stat(path.c_str(), &named) == 0) ignored_.insert(inode_of(named));
    }
    if (fd >= 0) ::close(fd);
    return {};
  }
  const Inode inode = inode_of(info);
  const auto size = static_cast<std::uint64_t>(info.st_size);
  Followed followed;
  followed.prefix = read_prefix(fd);
  if (is_rotated) followed.lost_name_at = now();
  std::vector<std::string> strangers;  // What had this inode before.
  for (const auto& [id, mark] : checkpoint_->marks()) {
    if (Inode{mark.device, mark.inode} != inode || over_.contains(id)) continue;
    if (mark.done <= size && read_prefix(fd, mark.prefix_size).hash == mark.prefix_hash) {
      followed.id = id;
    } else {
      strangers.push_back(id);
    }
  }
  for (const std::string& id : strangers) OBS_TRY_VOID(checkpoint_->forget(id));
  if (!followed.id.empty()) return follow(std::move(followed), fd, path, 0);
  if (followed.prefix.compressed) {
    ignored_.insert(inode);
    ::close(fd);
    return {};
  }
  const auto start = find_start(fd, inode, followed.prefix, size);
  if (!start) {
    ::close(fd);
    return {};
  }
  held_.erase(inode);
  OBS_TRY(followed.id, checkpoint_->begin({path,
                                           inode.first,
                                           inode.second,
                                           followed.prefix.size,
                                           followed.prefix.hash,
                                           *start,
                                           {}}));
  return follow(std::move(followed), fd, path, *start);
}

// Sends again what was sent and not acknowledged, as it was; then goes on.
Result<void> FileTail::follow(Followed followed, int fd, const std::string& path,
                              std::uint64_t offset) {
  const FileMark mark = checkpoint_->marks().at(followed.id);
  offset = std::max(offset, mark.done);
  std::vector<Stretch> again;
  for (const auto& [from, to] : mark.sent) {
    if (from != offset) break;
    again.push_back(TailedFile::read_again(fd, path, from, to, options_.multiline, ledger_));
    offset = to;
  }
  struct stat info {};
  const Inode inode = ::fstat(fd, &info) == 0 ? inode_of(info) : Inode();
  followed.file = std::make_unique<TailedFile>(fd, path, offset, options_.multiline, ledger_);
  const std::string id = followed.id;
  files_.emplace(inode, std::move(followed));
  for (Stretch& stretch : again) OBS_TRY_VOID(send(id, std::move(stretch), false));
  return {};
}

// What was being followed when we ended, under whatever name it has now.
Result<void> FileTail::resume() {
  const FileCheckpoint::Marks marks = checkpoint_->marks();
  for (const auto& [id, mark] : marks) {
    struct stat info {};
    const bool has_name =
        ::stat(mark.path.c_str(), &info) == 0 && inode_of(info) == Inode{mark.device, mark.inode};
    if (has_name) {
      OBS_TRY_VOID(adopt(mark.path, false));
    } else {
      OBS_TRY_VOID(resume_renamed(mark));
    }
    if (!files_.contains({mark.device, mark.inode}) && checkpoint_->marks().contains(id)) {
      warn(fmt::format("{} is gone; what was written to it after byte {} was not read", mark.path,
                       mark.done));
      OBS_TRY_VOID(checkpoint_->forget(id));
    }
  }
  return {};
}

// A rotation renames within a directory.
Result<void> FileTail::resume_renamed(const FileMark& mark) {
  const std::string directory = parent_path(mark.path);
  const auto entries = system_fs().list(directory);
  if (!entries) return {};
  for (const DirEntry& entry : *entries) {
    const std::string path = join_path(directory, entry.name);
    struct stat info {};
    if (::stat(path.c_str(), &info) == 0 && inode_of(info) == Inode{mark.device, mark.inode})
      return adopt(path, true);
  }
  return {};
}

Result<void> FileTail::send(const std::string& id, Stretch stretch, bool is_new) {
  if (is_new) OBS_TRY_VOID(checkpoint_->sent(id, stretch.from, stretch.to));
  sent_.add(id, stretch.from, stretch.to, stretch.batches.size());
  for (std::size_t i = 0; i < stretch.batches.size(); ++i) {
    model::Batch& batch = stretch.batches[i];
    batch.id.bytes = hash128(fmt::format("{} {} {} {}", id, stretch.from, stretch.to, i));
    OBS_TRY_VOID(delivery_->send(std::make_shared<const model::Batch>(std::move(batch)),
                                 [this, id, from = stretch.from](Result<void> outcome) {
                                   // What is refused for good is counted as failed, and would be
                                   // again.
                                   const bool taken =
                                       outcome || outcome.error().code != Errc::kUnavailable;
                                   if (taken && !outcome) warn(outcome.error().message);
                                   sent_.answered(id, from, taken);
                                 }));
  }
  return {};
}

Result<void> FileTail::note_settled() {
  for (const std::string& id : sent_.hear()) OBS_TRY_VOID(note_done(id));
  return {};
}

// Moves an id's mark over what was taken, in order.
Result<void> FileTail::note_done(const std::string& id) {
  if (const auto done = sent_.take_done(id)) OBS_TRY_VOID(checkpoint_->done(id, *done));
  if (!sent_.is_settled(id)) return {};
  return over_.erase(id) == 1 ? checkpoint_->forget(id) : Result<void>();
}

}  // namespace

Result<std::unique_ptr<pipeline::Source>> open_file_tail(FileTailOptions options,
                                                         Registry& registry) {
  OBS_TRY(auto checkpoint, FileCheckpoint::open(system_fs(), options.state));
  return std::unique_ptr<pipeline::Source>(
      std::make_unique<FileTail>(std::move(options), std::move(checkpoint), registry));
}

}  // namespace obs::places
