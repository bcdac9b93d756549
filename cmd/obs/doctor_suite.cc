// What of the suite itself can be wrong: its programs, its libraries, its places.

#include <poll.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <fmt/format.h>

#include "cmd/obs/doctor.h"
#include "cmd/obs/process.h"
#include "cmd/obs/suite.h"
#include "libobs/base/bytes.h"
#include "libobs/base/clock.h"
#include "libobs/base/fs.h"
#include "libobs/base/text.h"
#include "libobs/places/places.h"
#include "libobs/places/redis_connection.h"
#include "libobs/store/session.h"

namespace obs::suite {
namespace {

// A program that prints its version has done so long before.
constexpr Duration kVersionLimit = 5 * kSecond;
// Less is soon full: a day of modest traffic takes about as much.
constexpr std::uint64_t kRoomWanted = 2 * kGiB;
constexpr auto kTmpfs = 0x01021994;
constexpr auto kNfs = 0x6969;

// The one line that `path --version` prints.
Result<std::string> read_version(const std::string& path) {
  OBS_TRY(Process process, Process::start(path, {"--version"}));
  pollfd ended{process.exit(), POLLIN, 0};
  if (::poll(&ended, 1, static_cast<int>(kVersionLimit / kMillisecond)) != 1) {
    return fail(Errc::kUnavailable, path + " --version does not end");
  }
  char text[256];
  const ssize_t size = ::read(process.output(), text, sizeof(text));
  if (size <= 0) return fail(Errc::kIo, path + " --version prints nothing");
  return std::string(trim({text, static_cast<std::size_t>(size)}));
}

void check_program(const Program& program, const Report& report) {
  const auto path = find_program(program.name);
  if (!path) return report(Verdict::kFail, path.error().message);
  const auto version = read_version(*path);
  if (!version) return report(Verdict::kFail, version.error().message);
  const std::string wanted = fmt::format("{} {}", program.name, OBS_VERSION);
  if (*version != wanted) {
    return report(Verdict::kFail,
                  fmt::format("{} is \"{}\", but this is obs {}: install one version", *path,
                              *version, OBS_VERSION));
  }
  report(Verdict::kOk, fmt::format("{} at {}", wanted, *path));
}

Result<std::string> read_duckdb_version() {
  OBS_TRY(auto database, store::Database::open({}));
  OBS_TRY(auto connection, database->connect());
  return connection->query_text("SELECT version() WHERE $1 = ''", "");
}

// The folder in which something would have to be made for `path` to exist.
std::string existing_ancestor(std::string path) {
  while (!system_fs().exists(path) && parent_path(path) != path) path = parent_path(path);
  return path;
}

void check_disk(const std::string& folder, const Report& report) {
  struct statvfs room {};
  struct statfs kind {};
  if (::statvfs(folder.c_str(), &room) != 0 || ::statfs(folder.c_str(), &kind) != 0) return;
  const std::uint64_t free = std::uint64_t{room.f_bavail} * room.f_frsize;
  const std::string text = fmt::format("{:.1f} GiB free for the store",
                                       static_cast<double>(free) / static_cast<double>(kGiB));
  report(free < kRoomWanted ? Verdict::kWarn : Verdict::kOk, text);
  if (kind.f_type == kTmpfs) {
    report(Verdict::kWarn, folder + " is in memory: what is stored there ends with the machine");
  } else if (kind.f_type == kNfs) {
    report(Verdict::kWarn, folder + " is on NFS, whose locks and syncs a store cannot rely on");
  }
}

}  // namespace

void check_programs(const Report& report) {
  for (const Program& program : programs()) check_program(program, report);
}

void check_duckdb(const Report& report) {
  const auto version = read_duckdb_version();
  if (!version) return report(Verdict::kFail, version.error().message);
  report(Verdict::kOk, "DuckDB " + *version + " loads");
}

void check_store(const std::string& text, const Report& report) {
  const auto address = places::parse_address(text);
  if (!address) return report(Verdict::kFail, address.error().message);
  if (address->scheme != "dir") {
    return report(Verdict::kFail, address->text + " is no store; a store is dir:PATH");
  }
  const std::string& dir = address->path;
  const std::string folder = existing_ancestor(dir);
  if (::access(folder.c_str(), W_OK | X_OK) != 0) {
    return report(Verdict::kFail, fmt::format("store {}: may not write in {}", dir, folder));
  }
  check_disk(folder, report);
  const auto session = store::Session::open(system_fs(), dir, {});
  if (session) return report(Verdict::kOk, "store " + dir + " is readable and may be written");
  if (folder != dir || session.error().code == Errc::kNotFound) {
    return report(Verdict::kOk, "store " + dir + " does not exist yet and may be made");
  }
  report(Verdict::kFail, session.error().message);
}

void check_redis(const std::string& text, const Report& report) {
  const auto check = [&]() -> Result<void> {
    OBS_TRY(const auto address, places::parse_address(text));
    OBS_TRY(const auto settings, places::read_redis_settings(address, "obs-doctor"));
    OBS_TRY(const auto connection, places::RedisConnection::open(settings));
    return places::check_durability(*connection, settings);
  };
  const auto checked = check();
  if (!checked) return report(Verdict::kFail, checked.error().during("Redis").message);
  report(Verdict::kOk, "Redis answers and keeps what it is given");
}

}  // namespace obs::suite
