#include "cmd/obs/suite.h"

#include <cerrno>
#include <cstdlib>

#include <unistd.h>

#include <fmt/format.h>

#include "libobs/base/fs.h"
#include "libobs/base/text.h"

namespace obs::suite {
namespace {

constexpr Program kPrograms[] = {
    {"obs-ingest", "receive telemetry over OTLP and more and write it to any place"},
    {"obs-store", "put a stream of records to rest in a store"},
    {"obs-query", "ask a store: SQL, logs, spans, metrics, traces"},
    {"obs-sim", "simulate a shop of a dozen services, with incidents"},
};
constexpr std::string_view kPrefix = "obs-";
constexpr std::string_view kDefaultPath = "/usr/local/bin:/usr/bin:/bin";

// The folder this executable lies in; empty when the kernel does not tell.
std::string own_directory() {
  std::string path(4096, '\0');  // PATH_MAX
  const ssize_t size = ::readlink("/proc/self/exe", path.data(), path.size());
  if (size <= 0) return {};
  return parent_path(std::string_view(path).substr(0, static_cast<std::size_t>(size)));
}

bool is_executable(const std::string& path) { return ::access(path.c_str(), X_OK) == 0; }

// Of the names without prefix, so that `obs quary` is told of `query`.
std::string suggest(std::string_view name) {
  std::vector<std::string_view> known = {"up", "doctor"};
  for (const Program& program : programs()) known.push_back(program.name.substr(kPrefix.size()));
  const std::string_view nearest = find_nearest(name, known);
  return nearest.empty() ? "; 'obs --help' lists them"
                         : fmt::format("; did you mean '{}'?", nearest);
}

}  // namespace

std::span<const Program> programs() { return kPrograms; }

Result<std::string> find_program(std::string_view name) {
  const std::string own = own_directory();
  if (!own.empty() && is_executable(join_path(own, name))) return join_path(own, name);
  const char* const set = std::getenv("PATH");
  for (const std::string_view folder : split(set ? set : kDefaultPath, ':')) {
    const std::string path = join_path(folder.empty() ? "." : folder, name);
    if (is_executable(path)) return path;
  }
  return fail(Errc::kNotFound, fmt::format("{} is neither in {} nor on PATH", name, own));
}

Error run_program(std::string_view name, std::span<char* const> arguments) {
  const std::string program = fmt::format("{}{}", kPrefix, name);
  // What holds a slash would be a path beside us, not a name.
  const auto path = name.find('/') == std::string_view::npos
                        ? find_program(program)
                        : Result<std::string>(fail(Errc::kNotFound, ""));
  if (!path) {
    return {Errc::kInvalidArgument, fmt::format("there is no command '{}'{}", name, suggest(name))};
  }
  std::vector<char*> argv = {const_cast<char*>(program.c_str())};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  argv.push_back(nullptr);
  ::execv(path->c_str(), argv.data());
  return fail_errno(errno, "run " + *path).error;
}

std::string describe_programs() {
  std::string out = "The suite (obs NAME … runs obs-NAME …):\n";
  for (const Program& program : programs()) {
    out += fmt::format("  {:<12}{}\n", program.name, program.summary);
  }
  return out;
}

}  // namespace obs::suite
