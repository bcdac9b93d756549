#include "cmd/obs-pipe/branches.h"

#include <utility>

#include <fmt/format.h>

#include "cmd/obs-pipe/place_branch.h"
#include "libobs/base/bytes.h"
#include "libobs/base/fs.h"

namespace obs::pipe {
namespace {

constexpr std::string_view kFileScheme = "file:";
constexpr std::size_t kWaitingBytes = 256 * kKiB;

class FileBranch final : public Branch {
 public:
  FileBranch(std::unique_ptr<File> file, bool syncs) : file_(std::move(file)), syncs_(syncs) {}

  Result<void> add(std::string_view line) override {
    waiting_.append(line) += '\n';
    return waiting_.size() < kWaitingBytes ? Result<void>() : flush();
  }
  Result<void> flush() override {
    if (waiting_.empty()) return {};
    const std::string text = std::exchange(waiting_, {});
    OBS_TRY_VOID(file_->append(as_bytes(text)));
    return syncs_ ? file_->sync() : Result<void>();
  }
  Result<void> close() override { return flush(); }

 private:
  std::unique_ptr<File> file_;
  bool syncs_;
  std::string waiting_;
};

Result<std::unique_ptr<Branch>> open_branch(const std::string& text) {
  OBS_TRY(const places::Address address, places::parse_address(text));
  if (!text.starts_with(kFileScheme)) return open_place_branch(address);
  OBS_TRY(auto file, system_fs().open_append(address.path));
  return std::unique_ptr<Branch>(
      std::make_unique<FileBranch>(std::move(file), address.option("sync") == "1"));
}

}  // namespace

Result<void> Branches::open(const std::vector<std::string>& addresses) {
  for (const std::string& address : addresses) {
    if (branches_.contains(address)) continue;
    OBS_TRY(auto branch, open_branch(address));
    branches_[address] = std::move(branch);
  }
  return {};
}

Result<void> Branches::add(std::string_view address, std::string_view line) {
  const std::lock_guard lock(mutex_);
  const auto branch = branches_.find(address);
  return branch == branches_.end() ? Result<void>() : branch->second->add(line);
}

Result<void> Branches::flush() {
  const std::lock_guard lock(mutex_);
  for (auto& [address, branch] : branches_) OBS_TRY_VOID(branch->flush());
  return {};
}

// All are closed; the first that fails tells.
Result<void> Branches::close() {
  const std::lock_guard lock(mutex_);
  Result<void> result;
  for (auto& [address, branch] : branches_) {
    auto closed = branch->close();
    if (!closed && result) result = std::move(closed);
  }
  branches_.clear();
  return result;
}

void Branches::stop() {
  for (auto& [address, branch] : branches_) branch->stop();
}

}  // namespace obs::pipe
