#include "libobs/base/fault_fs.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace obs {

using Lock = std::lock_guard<std::recursive_mutex>;

class FaultFs::FaultFile final : public File {
 public:
  FaultFile(FaultFs& fs, std::unique_ptr<File> inner, std::string path, Durable durable)
      : fs_(fs),
        inner_(std::move(inner)),
        path_(std::move(path)),
        durable_(std::move(durable)),
        cuts_(fs.cuts_) {}

  Result<void> append(Bytes bytes) override {
    const Lock lock(fs_.mutex_);
    OBS_TRY_VOID(check_power());
    return fs_.write(*inner_, bytes, path_);
  }

  Result<void> sync() override {
    const Lock lock(fs_.mutex_);
    OBS_TRY_VOID(check_power());
    OBS_TRY_VOID(fs_.sync(*durable_, inner_->size(), path_));
    return inner_->sync();
  }

  Result<void> truncate(std::uint64_t size) override {
    const Lock lock(fs_.mutex_);
    OBS_TRY_VOID(check_power());
    OBS_TRY_VOID(inner_->truncate(size));
    durable_->size = std::min(durable_->size, size);
    return {};
  }

  std::uint64_t size() const override { return inner_->size(); }

 private:
  Result<void> check_power() const {
    if (cuts_ != fs_.cuts_) return fail_errno(EIO, "use " + path_ + " after the power cut");
    return {};
  }

  FaultFs& fs_;
  std::unique_ptr<File> inner_;
  std::string path_;
  Durable durable_;
  std::uint64_t cuts_;
};

void FaultFs::fail_nth(FsCall call, std::uint64_t nth, int error) {
  const Lock lock(mutex_);
  const auto index = static_cast<std::size_t>(call);
  failing_[index] = counts_[index] + nth;
  errors_[index] = error;
}

void FaultFs::stop_at(std::uint64_t nth) {
  const Lock lock(mutex_);
  stop_ = all_ + nth;
}

void FaultFs::set_room(std::uint64_t bytes) {
  const Lock lock(mutex_);
  room_ = bytes;
}

std::uint64_t FaultFs::count(FsCall call) const {
  const Lock lock(mutex_);
  return counts_[static_cast<std::size_t>(call)];
}

std::uint64_t FaultFs::count_all() const {
  const Lock lock(mutex_);
  return all_;
}

Result<void> FaultFs::begin(FsCall call, const std::string& action) {
  const auto index = static_cast<std::size_t>(call);
  if (++all_ >= stop_ && stop_ != 0) return fail_errno(EIO, action + " after the end");
  if (++counts_[index] == failing_[index]) return fail_errno(errors_[index], action);
  return {};
}

// The stretch that a failed sync was for is never durable.
Result<void> FaultFs::sync(Extent& durable, std::uint64_t size, const std::string& path) {
  auto begun = begin(FsCall::kSync, "sync " + path);
  if (!begun && size > durable.size) durable.holes.emplace_back(durable.size, size);
  durable.size = size;
  return begun;
}

std::uint64_t FaultFs::take_room(std::uint64_t bytes) {
  const std::uint64_t taken = std::min(bytes, room_);
  room_ -= taken;
  return taken;
}

Result<void> FaultFs::write(File& file, Bytes bytes, const std::string& path) {
  if (auto begun = begin(FsCall::kWrite, "write " + path); !begun) {
    OBS_TRY_VOID(file.append(bytes.first(bytes.size() / 2)));
    return begun;
  }
  const Bytes fits = bytes.first(take_room(bytes.size()));
  OBS_TRY_VOID(file.append(fits));
  if (fits.size() < bytes.size()) return fail_errno(ENOSPC, "write " + path);
  return {};
}

FaultFs::Durable FaultFs::durable_of(const std::string& path, std::uint64_t if_unknown) {
  Durable& durable = durable_[path];
  if (!durable) durable = std::make_shared<Extent>(Extent{if_unknown});
  return durable;
}

Result<std::optional<std::string>> FaultFs::read_durable(const std::string& path) {
  if (!inner_.exists(path)) return std::optional<std::string>();
  OBS_TRY(std::string contents, inner_.read_file(path));
  if (const auto found = durable_.find(path); found != durable_.end()) {
    contents.resize(std::min<std::size_t>(contents.size(), found->second->size));
  }
  return std::optional(std::move(contents));
}

Result<void> FaultFs::restore(const std::string& path, const std::optional<std::string>& contents) {
  if (!contents) return {};
  durable_[path] = std::make_shared<Extent>(Extent{contents->size()});
  return inner_.replace_file(path, *contents);
}

Result<void> FaultFs::cut_file(const std::string& path, const Extent& durable, Tail tail) {
  if (!inner_.exists(path)) return {};
  OBS_TRY(std::string contents, inner_.read_file(path));
  const std::string before = contents;
  const auto blank = [&](std::size_t begin, std::size_t end) {
    end = std::min(end, contents.size());
    if (begin < end) contents.replace(begin, end - begin, end - begin, '\0');
  };
  for (const auto& [begin, end] : durable.holes) blank(begin, end);
  if (tail == Tail::kTorn) {
    blank(durable.size, contents.size());
  } else {
    contents.resize(std::min<std::size_t>(contents.size(), durable.size));
  }
  return contents == before ? Result<void>() : inner_.replace_file(path, contents);
}

Result<void> FaultFs::power_cut(Tail tail) {
  const Lock lock(mutex_);
  restart();
  for (; !changes_.empty(); changes_.pop_back()) {
    if (tail == Tail::kLost) OBS_TRY_VOID(changes_.back().undo());
  }
  for (const auto& [path, durable] : durable_) OBS_TRY_VOID(cut_file(path, *durable, tail));
  durable_.clear();
  return {};
}

void FaultFs::restart() {
  const Lock lock(mutex_);
  ++cuts_;
  stop_ = 0;
}

Result<std::unique_ptr<File>> FaultFs::open_append(const std::string& path) {
  const Lock lock(mutex_);
  OBS_TRY_VOID(begin(FsCall::kOpen, "open " + path));
  const bool is_new = !inner_.exists(path);
  OBS_TRY(auto file, inner_.open_append(path));
  if (is_new) {
    durable_[path] = std::make_shared<Extent>();
    changes_.push_back({parent_path(path), [this, path]() -> Result<void> {
                          durable_.erase(path);
                          return inner_.exists(path) ? inner_.remove(path) : Result<void>();
                        }});
  }
  const Durable durable = durable_of(path, file->size());
  return std::make_unique<FaultFile>(*this, std::move(file), path, durable);
}

Result<void> FaultFs::replace_file(const std::string& path, std::string_view contents) {
  const Lock lock(mutex_);
  const std::string temporary = path + ".tmp";
  const auto write_and_rename = [&]() -> Result<void> {
    OBS_TRY(auto file, open_append(temporary));
    OBS_TRY_VOID(file->append(as_bytes(contents)));
    OBS_TRY_VOID(file->sync());
    return rename(temporary, path);
  };
  if (auto replaced = write_and_rename(); !replaced) {
    if (inner_.exists(temporary)) OBS_TRY_VOID(remove(temporary));
    return fail(std::move(replaced).error().during("replace " + path));
  }
  return sync_dir(parent_path(path));
}

Result<void> FaultFs::rename(const std::string& from, const std::string& to) {
  const Lock lock(mutex_);
  OBS_TRY_VOID(begin(FsCall::kRename, "rename " + from + " to " + to));
  OBS_TRY(auto replaced, read_durable(to));
  OBS_TRY_VOID(inner_.rename(from, to));
  durable_[to] = durable_of(from, 0);
  durable_.erase(from);
  changes_.push_back({parent_path(to), [this, from, to, replaced]() -> Result<void> {
                        if (!inner_.exists(to)) return {};
                        OBS_TRY_VOID(inner_.rename(to, from));
                        durable_[from] = durable_of(to, 0);
                        durable_.erase(to);
                        return restore(to, replaced);
                      }});
  return {};
}

Result<void> FaultFs::link(const std::string& from, const std::string& to) {
  const Lock lock(mutex_);
  OBS_TRY_VOID(begin(FsCall::kLink, "link " + from + " as " + to));
  OBS_TRY_VOID(inner_.link(from, to));
  if (durable_.count(from)) durable_[to] = durable_[from];
  changes_.push_back({parent_path(to), [this, to]() -> Result<void> {
                        durable_.erase(to);
                        return inner_.exists(to) ? inner_.remove(to) : Result<void>();
                      }});
  return {};
}

Result<void> FaultFs::remove(const std::string& path) {
  const Lock lock(mutex_);
  OBS_TRY_VOID(begin(FsCall::kRemove, "remove " + path));
  OBS_TRY(auto removed, read_durable(path));
  OBS_TRY_VOID(inner_.remove(path));
  durable_.erase(path);
  changes_.push_back({parent_path(path),
                      [this, path, removed]() -> Result<void> { return restore(path, removed); }});
  return {};
}

Result<void> FaultFs::sync_file(const std::string& path) {
  const Lock lock(mutex_);
  OBS_TRY(const auto mapping, inner_.map(path));
  OBS_TRY_VOID(sync(*durable_of(path, 0), mapping->bytes().size(), path));
  return inner_.sync_file(path);
}

Result<void> FaultFs::sync_dir(const std::string& path) {
  const Lock lock(mutex_);
  OBS_TRY_VOID(begin(FsCall::kSyncDir, "sync " + path));
  OBS_TRY_VOID(inner_.sync_dir(path));
  const std::string directory =
      path.size() > 1 && path.ends_with('/') ? path.substr(0, path.size() - 1) : path;
  std::erase_if(changes_, [&](const Change& change) { return change.directory == directory; });
  return {};
}

Result<void> FaultFs::remove_tree(const std::string& path) {
  const Lock lock(mutex_);
  const std::string inside = path + "/";
  std::erase_if(durable_, [&](const auto& entry) { return entry.first.starts_with(inside); });
  std::erase_if(changes_, [&](const Change& change) {
    return change.directory == path || change.directory.starts_with(inside);
  });
  return inner_.remove_tree(path);
}

Result<std::unique_ptr<Mapping>> FaultFs::map(const std::string& path) { return inner_.map(path); }
Result<std::string> FaultFs::read_file(const std::string& path) { return inner_.read_file(path); }
Result<void> FaultFs::make_dirs(const std::string& path) { return inner_.make_dirs(path); }
Result<std::vector<DirEntry>> FaultFs::list(const std::string& path) { return inner_.list(path); }
bool FaultFs::exists(const std::string& path) { return inner_.exists(path); }

}  // namespace obs
