#include "cmd/obs-pipe/branches.h"

#include <fmt/format.h>

#include "libobs/base/bytes.h"

namespace obs::pipe {
namespace {

constexpr std::string_view kScheme = "file:";
constexpr std::size_t kWaitingBytes = 256 * kKiB;

}  // namespace

Result<Branches> Branches::open(const std::vector<std::string>& addresses) {
  Branches branches;
  for (const std::string& address : addresses) {
    if (!address.starts_with(kScheme)) {
      return fail(Errc::kInvalidArgument,
                  fmt::format("\"{}\": route and tee write to files, as in \"file:errors.ndjson\"; "
                              "pipe into obs-store for other places",
                              address));
    }
    if (branches.branches_.contains(address)) continue;
    OBS_TRY(auto file, system_fs().open_append(address.substr(kScheme.size())));
    branches.branches_[address].file = std::move(file);
  }
  return branches;
}

Result<void> Branches::add(std::string_view address, std::string_view line) {
  const auto branch = branches_.find(address);
  if (branch == branches_.end()) return {};
  branch->second.waiting.append(line) += '\n';
  return branch->second.waiting.size() < kWaitingBytes ? Result<void>() : write(branch->second);
}

Result<void> Branches::write(Branch& branch) {
  const std::string text = std::exchange(branch.waiting, {});
  return branch.file->append(as_bytes(text));
}

Result<void> Branches::flush() {
  for (auto& [address, branch] : branches_) OBS_TRY_VOID(write(branch));
  return {};
}

}  // namespace obs::pipe
