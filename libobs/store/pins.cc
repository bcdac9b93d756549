#include "libobs/store/pins.h"

#include <unistd.h>

#include <array>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "libobs/base/hash.h"
#include "libobs/base/text.h"
#include "libobs/store/part_index.h"
#include "libobs/store/store_files.h"

namespace obs::store {
namespace {

constexpr std::string_view kLeaseFile = "lease";

std::string make_pin_name() {
  std::array<std::byte, 8> random{};
  fill_random(random);
  std::string name = std::to_string(::getpid()) + "-";
  append_hex(name, random);
  return name;
}

}  // namespace

Pins::Pins(Fs& fs, std::string dir) : fs_(fs), dir_(std::move(dir)) {
  // A writer that looks for dead leases may take a new directory, before we lock it, for one.
  for (int attempt = 0; attempt < 3 && own_dir_.empty(); ++attempt) (void)open();
}

Pins::~Pins() {
  if (!own_dir_.empty()) (void)fs_.remove_tree(own_dir_);
}

Result<void> Pins::open() {
  const std::string name = join_path(join_path(dir_, kPinnedDir), make_pin_name());
  OBS_TRY_VOID(fs_.make_dirs(name));
  OBS_TRY(auto lease, FileLock::try_take(join_path(name, kLeaseFile), describe_process()));
  if (!lease) return fail(Errc::kUnavailable, "no lease on " + name);
  lease_.emplace(std::move(*lease));
  own_dir_ = name;
  return {};
}

Result<std::vector<std::string>> Pins::pin(std::span<const Part> parts) {
  std::vector<std::string> paths;
  std::set<std::int64_t> wanted;
  for (const Part& part : parts) {
    wanted.insert(part.id);
    OBS_TRY(std::string path, link(part));
    paths.push_back(std::move(path));
  }
  for (auto pin = pinned_.begin(); pin != pinned_.end();) {
    if (wanted.count(pin->first) != 0) {
      ++pin;
      continue;
    }
    (void)fs_.remove(pin->second);
    (void)fs_.remove(index_path(pin->second));
    pin = pinned_.erase(pin);
  }
  return paths;
}

Result<std::string> Pins::link(const Part& part) {
  const std::string path = join_path(dir_, part.path);
  if (own_dir_.empty()) return path;
  if (const auto known = pinned_.find(part.id); known != pinned_.end()) return known->second;
  const std::string pin = join_path(own_dir_, fmt::format("{}.parquet", part.id));
  auto linked = fs_.link(path, pin);
  if (!linked && linked.error().code == Errc::kNotFound) return fail(std::move(linked).error());
  if (!linked) return path;  // A file system without hard links.
  pinned_[part.id] = pin;
  // Without it, reading only takes longer.
  if (has_index(part.signal)) (void)fs_.link(index_path(path), index_path(pin));
  return pin;
}

void remove_dead_pins(Fs& fs, const std::string& dir) {
  const std::string pinned = join_path(dir, kPinnedDir);
  const auto entries = fs.list(pinned);
  if (!entries) return;
  for (const DirEntry& entry : *entries) {
    const std::string path = join_path(pinned, entry.name);
    if (!entry.is_directory) continue;
    const auto lease = FileLock::try_take(join_path(path, kLeaseFile), {});
    if (lease && *lease) (void)fs.remove_tree(path);
  }
}

}  // namespace obs::store
