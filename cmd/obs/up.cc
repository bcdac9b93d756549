#include "cmd/obs/up.h"

#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>

#include "cmd/obs/supervisor.h"
#include "libobs/app/run.h"
#include "libobs/base/fs.h"
#include "libobs/base/text.h"

namespace obs::suite {
namespace {

// How far back the simulation begins, so that there is something to see at once, and what goes
// wrong in it unless something else was asked for.
constexpr std::string_view kSimStart = "-10m";
constexpr std::string_view kSimIncident = "payment-timeout@5m+3m";

// A folder for as long as we run.
class TemporaryFolder {
 public:
  static Result<TemporaryFolder> make() {
    std::error_code error;
    std::string path = std::filesystem::temp_directory_path(error) / "obs-up-XXXXXX";
    if (error || !::mkdtemp(path.data())) return fail_errno(errno, "make a temporary folder");
    return TemporaryFolder(std::move(path));
  }
  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ~TemporaryFolder() {
    if (!path_.empty()) (void)system_fs().remove_tree(path_);
  }

  std::string file(std::string_view name) const { return join_path(path_, name); }

 private:
  explicit TemporaryFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

Member make_ingest(const UpOptions& options, const std::string& port_file) {
  Member member{"obs-ingest", {"--http", options.http, "--port-file", port_file}};
  const auto to = options.to.empty() ? std::vector{app::default_store()} : options.to;
  for (const std::string& address : to) {
    member.arguments.push_back("--to");
    member.arguments.push_back(address);
  }
  if (options.verbose) member.arguments.push_back("--verbose");
  return member;
}

// Where to reach who listens there: all interfaces have a loopback among them.
std::string reachable_host(std::string_view http) {
  const std::string host(http.substr(0, http.rfind(':')));
  if (host.empty() || host == "0.0.0.0") return "127.0.0.1";
  return host == "[::]" ? "[::1]" : host;
}

Member make_sim(const UpOptions& options, std::string_view port) {
  Member member{"obs-sim",
                {"--to", fmt::format("otlphttp://{}:{}", reachable_host(options.http), port),
                 "--rate", fmt::format("{}", options.rate), "--start", std::string(kSimStart)}};
  // Other traces each time, since they may go to the store that has the last ones.
  const auto seed = static_cast<std::uint64_t>(system_clock().now());
  member.arguments.insert(member.arguments.end(), {"--seed", std::to_string(seed)});
  auto incidents = options.incidents;
  if (incidents.empty()) incidents.emplace_back(kSimIncident);
  for (const std::string& incident : incidents) {
    member.arguments.insert(member.arguments.end(), {"--incident", incident});
  }
  if (options.verbose) member.arguments.push_back("--verbose");
  return member;
}

// True when a signal asked us to end before all of it stood.
Result<bool> start_all(const UpOptions& options, const TemporaryFolder& folder,
                       Supervisor& supervisor, const app::Log& log) {
  const std::string port_file = folder.file("http-port");
  OBS_TRY_VOID(supervisor.start(make_ingest(options, port_file)));
  OBS_TRY(const bool interrupted,
          supervisor.run_until([&] { return system_fs().exists(port_file); }));
  if (interrupted) return true;
  OBS_TRY(const std::string port_text, system_fs().read_file(port_file));
  const std::string_view port = trim(port_text);
  if (options.sim || !options.incidents.empty()) {
    OBS_TRY_VOID(supervisor.start(make_sim(options, port)));
  }
  const std::string url = fmt::format("http://{}:{}", reachable_host(options.http), port);
  log.info("up; Ctrl-C ends it", {{"otlp.endpoint", model::Value::string(url)}});
  return false;
}

// The exit status of what ended by itself is ours, where it means something.
int exit_code_of(const Supervisor& supervisor, const Error& error) {
  const auto ending = supervisor.ending();
  const bool known = ending && ending->signal == 0 &&
                     (ending->code == app::kExitUsage || ending->code == app::kExitBadData ||
                      ending->code == app::kExitBug);
  return known ? ending->code : app::exit_code(error);
}

}  // namespace

Result<int> run_up(const UpOptions& options) {
  const app::Log log("obs");
  OBS_TRY(const TemporaryFolder folder, TemporaryFolder::make());
  Supervisor supervisor(log);
  auto interrupted = start_all(options, folder, supervisor, log);
  if (interrupted && !*interrupted) interrupted = supervisor.run_until([] { return false; });
  if (!interrupted) {
    log.error(interrupted.error().message);
    supervisor.stop();
    return exit_code_of(supervisor, interrupted.error());
  }
  supervisor.stop();
  return app::kExitDone;
}

}  // namespace obs::suite
